//! What is read out of good balas.

use std::io::Read as _;

use barre_testkit::bala::png;
use barre_testkit::catalogue::{self, Package as Known};
use uuid::Uuid;

use super::*;
use crate::change::{Change, MAX_CHANGE_BYTES, Salt};
use crate::description::{Module, Visibility};
use crate::digest::Digest;
use crate::release::{Origin, Stored};
use crate::state::kind::released::Released;

fn released(bala: &Bala) -> Released {
    let (digest, origin) = (Digest::of(b""), Origin::Local);
    bala.released(Stored { digest, size: 1, folder: Uuid::nil(), document: digest, origin, published: None })
}

fn compare(known: &Known, Bala { description: bala, graph: found_graph, .. }: &Bala) {
    assert_eq!(bala.coordinates.to_string(), known.coordinates());
    assert_eq!(bala.platform.as_str(), known.platform);
    assert_eq!(bala.distribution, known.distribution);
    assert_eq!(bala.graalvm, known.graalvm);
    assert_eq!(bala.summary, known.summary);
    assert_eq!(bala.repository, known.repository);
    assert_eq!(
        (&bala.keywords, &bala.authors, &bala.licenses),
        (&known.keywords, &known.authors, &known.licenses)
    );
    assert_eq!((bala.icon.is_some(), &bala.tool), (known.icon, &known.tool));
    assert_eq!(bala.visibility, Visibility::Public);
    let names: Vec<_> = bala.modules.iter().map(|module| &module.name).collect();
    assert_eq!(names, known.modules.iter().collect::<Vec<_>>());
    for module in &bala.modules {
        assert_eq!(module.exported, known.exported.contains(&module.name), "{}", module.name);
    }
    let mut graph: Vec<_> = known.graph.iter().collect();
    let own = known.coordinates();
    graph.push((&own, &known.dependencies));
    for (package, needs) in graph {
        let node = found_graph.iter().find(|node| node.package.to_string() == *package).unwrap();
        let mut found: Vec<_> = node.dependencies.iter().map(ToString::to_string).collect();
        found.sort();
        let mut needs = needs.clone();
        needs.sort();
        assert_eq!(found, needs, "{package}");
    }
    assert_eq!(found_graph.len(), known.graph.len() + 1);
    assert!(found_graph.is_sorted());
}

#[test]
fn every_package_of_the_catalogue_is_read_back() {
    for known in catalogue::packages() {
        let package = Package::from(known);
        let bala = accept(&package.build());
        bala.check_file_name(&package.file_name()).unwrap();
        compare(known, &bala);
        let kind = released(&bala).into();
        let line = Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: "token:ci".into(), kind }.to_line();
        assert!(line.len() < MAX_CHANGE_BYTES / 4, "{} takes {} bytes", known.coordinates(), line.len());
    }
}

#[test]
fn a_schema_4_bala_has_the_same_facts() {
    let package = || {
        greet()
            .module("greet.formal", false)
            .dependency("ballerina/io:1.8.0")
            .dependency("ballerina/lang.__internal:0.0.0")
            .visibility("private")
    };
    let java = accept(&package().build());
    let toml = accept(&package().schema4().manifest("keywords", vec!["a"]).build());
    assert_eq!((toml.graph, toml.document.readme), (java.graph, None));
    let (toml, java) = (toml.description, java.description);
    assert_eq!((toml.bala_version.as_str(), java.bala_version.as_str()), ("4", "3.0.0"));
    assert_eq!((toml.coordinates, toml.platform), (java.coordinates, java.platform));
    assert_eq!(
        (toml.visibility, toml.distribution, toml.specification),
        (Visibility::Private, java.distribution, java.specification)
    );
    assert_eq!((toml.summary.as_str(), toml.keywords), ("", vec!["a".into()]));
    let names = |modules: &[Module]| modules.iter().map(|m| (m.name.clone(), m.exported)).collect::<Vec<_>>();
    assert_eq!(names(&toml.modules), names(&java.modules));
}

#[test]
fn every_package_of_the_catalogue_is_read_back_from_schema_4_too() {
    for known in catalogue::packages() {
        let package = Package::from(known);
        let (java, toml) = (accept(&package.build()), accept(&package.schema4().build()));
        assert_eq!(toml.graph, java.graph, "{}", known.coordinates());
        assert_eq!(toml.description.keywords, java.description.keywords);
        let names = |bala: &Bala| bala.description.modules.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&toml), names(&java));
    }
}

#[test]
fn what_nobody_reads_may_be_anything() {
    let values = "s=\"\\u0041\"\nm='''\nx'''\nb=true\ni=-1\nf=1.5\nn=nan\nd=2026-01-01T10:00:00Z\nt=10:00:00\na=[1,{x=1}]\n";
    let toml = format!("{values}[bala]\nschema_version=\"4\"\n[more]\n{values}");
    accept(&greet().schema4().file("Bala.toml", toml).build());
    let json = r#"{"bala_version":"3.0.0","x":[null,true,-1,1.5,18446744073709551616,"\u00e9",{"y":{}}]}"#;
    accept(&greet().file("bala.json", json).build());
    let nothing = r#"{"packages":null,"modules":null}"#;
    accept(&greet().file("dependency-graph.json", nothing).build());
}

#[test]
fn test_only_dependencies_of_a_lock_are_left_out() {
    let lock = "[[package]]\norg=\"acme\"\nname=\"greet\"\nversion=\"1.0.0\"\ndependencies=[{org=\"ballerina\",name=\"test\"}]\n\
                [[package]]\norg=\"ballerina\"\nname=\"test\"\nversion=\"0.0.0\"\nscope=\"testOnly\"\n";
    let bala = accept(&greet().schema4().file("Dependencies.toml", lock).build());
    assert_eq!(bala.graph.len(), 1);
    assert!(bala.graph[0].dependencies.is_empty());
}

#[test]
fn the_manifest_may_name_other_readmes() {
    let modules = serde_json::json!([{ "name": "greet.a", "readme": "docs/modules/greet.a/about.md" }]);
    let package = greet().module("greet.a", false).manifest("readme", "docs/about.md");
    let package = package.manifest("modules", modules).file("docs/about.md", "About greet.");
    let Bala { description, document, .. } =
        accept(&package.file("docs/modules/greet.a/about.md", "About a.").build());
    assert_eq!(document.readme.as_deref(), Some("docs/about.md"));
    assert_eq!(
        (description.summary.as_str(), &*description.modules[1].summary),
        ("About greet.", "About a.")
    );
}

/// One writer lists what is exported, another one says it of each module.
#[test]
fn a_module_is_exported_in_either_way() {
    let exported = |key: &str, value: serde_json::Value| {
        let package = greet().module("greet.a", false).module("greet.b", false).manifest(key, value);
        let modules = accept(&package.build()).description.modules;
        modules.iter().map(|module| module.exported).collect::<Vec<_>>()
    };
    assert_eq!(exported("export", serde_json::json!(["greet.a"])), [true, true, false]);
    let said = serde_json::json!([{ "name": "greet.b", "export": true }]);
    assert_eq!(exported("modules", said), [true, false, true]);
}

#[test]
fn summary_and_readmes_come_from_the_documents() {
    let bala = accept(&greet().module("greet.formal", true).build());
    assert_eq!(bala.description.summary, "The greet package.");
    assert_eq!(bala.description.modules[1].summary, "greet.formal");
    assert_eq!(bala.document.module_readmes["greet.formal"], "docs/modules/greet.formal/README.md");
    let described = accept(&greet().description("Says hello.\nOften.").build());
    assert_eq!(described.description.summary, "Says hello.");
    let latin1 = accept(&greet().file("docs/README.md", b"caf\xe9".to_vec()).build());
    assert_eq!(latin1.description.summary, "caf\u{fffd}");
}

#[test]
fn the_change_holds_what_the_bala_says() {
    let released = released(&accept(&greet().icon(png(&[1])).visibility("private").build()));
    let described = &released.description;
    assert_eq!(described.coordinates.to_string(), "acme/greet:1.0.0");
    assert_eq!(
        (described.visibility, described.icon.as_deref()),
        (Visibility::Private, Some("docs/icon.png"))
    );
    assert_eq!(released.graph.len(), 1);
}

/// A lenient reader sees in an accepted archive what the strict one saw.
#[test]
fn the_zip_crate_reads_the_same() {
    for known in catalogue::packages().iter().step_by(7) {
        let bytes = Package::from(known).build();
        let bala = accept(&bytes);
        let mut other = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        for (path, text) in &bala.document.documents {
            let mut found = String::new();
            other.by_name(path).unwrap().read_to_string(&mut found).unwrap();
            assert_eq!(found, *text);
        }
        assert_eq!(other.len(), Package::from(known).entries().len());
    }
}
