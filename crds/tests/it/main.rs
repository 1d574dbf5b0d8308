//! The definitions as users meet them: files on disk, rules, samples.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod package_mirror;
mod rules;

use std::{fs, path::PathBuf};

use barre_crds::{PackageMirror, Registry, definitions};
use serde_json::Value;

fn manifests() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests"))
}

#[test]
fn the_files_on_disk_are_fresh() {
    for crd in definitions() {
        let file = manifests().join("crds").join(format!("{}.yaml", crd.spec.names.plural));
        let on_disk = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            on_disk == serde_saphyr::to_string(&crd).unwrap(),
            "'{}' is stale: run `cargo run -p barre-crds --bin crdgen`",
            file.display()
        );
    }
}

#[test]
fn each_definition_fits_into_an_annotation_twice() {
    for crd in definitions() {
        let size = serde_json::to_vec(&crd).unwrap().len();
        assert!(size <= 128 * 1024, "{} has {size} bytes", crd.spec.names.plural);
    }
}

#[test]
fn a_status_that_nobody_wrote_says_so() {
    for crd in definitions() {
        let crd = serde_json::to_value(&crd).unwrap();
        let status = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"];
        assert_eq!(status["default"]["observedGeneration"], -1);
        assert_eq!(
            status["required"],
            Value::Null,
            "the API server refuses a default that lacks a required field"
        );
    }
}

#[test]
fn strings_and_lists_of_the_spec_are_bounded() {
    fn walk(path: &str, schema: &Value, unbounded: &mut Vec<String>) {
        let bounded = match schema["type"].as_str() {
            Some("string") => schema["maxLength"].is_u64() || schema["enum"].is_array(),
            Some("array") => schema["maxItems"].is_u64(),
            Some("object") if schema["additionalProperties"].is_object() => schema["maxProperties"].is_u64(),
            _ => true,
        };
        if !bounded {
            unbounded.push(path.to_owned());
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            walk(&format!("{path}.{name}"), property, unbounded);
        }
        for part in ["items", "additionalProperties"] {
            if schema[part].is_object() {
                walk(&format!("{path}[]"), &schema[part], unbounded);
            }
        }
    }
    for crd in definitions() {
        let crd = serde_json::to_value(crd).unwrap();
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        let mut unbounded = Vec::new();
        walk("spec", spec, &mut unbounded);
        // Kubernetes' own type.
        unbounded.retain(|path| !path.starts_with("spec.autoscaling.behavior."));
        assert!(unbounded.is_empty(), "{unbounded:?}");
    }
}

#[test]
fn samples_decode_without_loss_and_pass_the_rules() {
    let (mut seen, mut mirrors) = (0, 0);
    for entry in fs::read_dir(manifests().join("samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for document in text.split("\n---\n") {
            let written: Value = serde_saphyr::from_str(document).unwrap();
            if written["kind"] == "PackageMirror" {
                let mirror: PackageMirror = serde_json::from_value(written.clone()).unwrap();
                kube::core::cel::validate_cel(&mirror).unwrap();
                assert_eq!(serde_json::to_value(&mirror).unwrap()["spec"], written["spec"]);
                mirrors += 1;
                continue;
            }
            if written["kind"] != "Registry" {
                continue;
            }
            let registry: Registry = serde_json::from_value(written.clone()).unwrap();
            kube::core::cel::validate_cel(&registry).unwrap();
            let mut read = serde_json::to_value(&registry).unwrap();
            for default in ["provisioning", "deletionPolicy"] {
                if written["spec"]["storage"][default].is_null() {
                    read["spec"]["storage"].as_object_mut().unwrap().remove(default);
                }
            }
            assert_eq!(read["spec"], written["spec"]);
            seen += 1;
        }
    }
    assert!(seen >= 3 && mirrors >= 1);
}
