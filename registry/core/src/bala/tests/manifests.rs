//! What a well-formed archive may not say.

use barre_testkit::bala::png;
use serde_json::json;

use super::*;
use crate::description::Module;

fn text(package: &Package) -> String {
    refuse(&package.build()).to_string()
}

#[test]
fn missing_and_misspelled_manifests_are_refused() {
    for file in ["package.json", "bala.json", "dependency-graph.json"] {
        let missing = refuse(&greet().without(file).build());
        assert!(matches!(&missing, Invalid::Missing { file: missing } if missing == file), "{missing}");
        let misspelled = refuse(&greet().without(file).file(&file.to_uppercase(), "{}").build());
        assert!(matches!(misspelled, Invalid::Misspelled { wanted, .. } if wanted == file));
    }
    for file in ["Ballerina.toml", "Dependencies.toml"] {
        assert!(matches!(refuse(&greet().schema4().without(file).build()), Invalid::Missing { .. }));
    }
    assert!(matches!(refuse(&greet().file("Bala.toml", "").build()), Invalid::TwoFormats));
}

#[test]
fn json_with_surprises_is_refused() {
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for (manifest, part) in [
        (deep.as_str(), "recursion limit"),
        (r#"{"name":"a","name":"b"}"#, "twice"),
        (r#"{"x":1,"x":2}"#, "twice"),
        (r#"{"version":1e400}"#, "number out of range"),
        (r#"{"name":"\ud800"}"#, "hex escape"),
        ("\u{feff}{}", "byte-order mark"),
        ("[]", "expected an object"),
        ("{} x", "trailing"),
        ("{", "EOF"),
        ("", "EOF"),
    ] {
        for file in ["package.json", "bala.json", "dependency-graph.json"] {
            let text = text(&greet().file(file, manifest));
            assert!(text.starts_with(file) && text.contains(part), "{file}: {text}");
        }
    }
    assert!(text(&greet().manifest("name", 1)).contains("expected a string"));
    assert!(text(&greet().file("package.json", b"{\"name\":\"\xff\"}".to_vec())).contains("not UTF-8"));
}

#[test]
fn toml_with_surprises_is_refused() {
    let deep = format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let tables = format!("x = {}1{}", "{a=".repeat(5_000), "}".repeat(5_000));
    let dotted = format!("x{} = 1", ".x".repeat(5_000));
    let repeated = "name = 1\nname = 2";
    for toml in
        [&deep, &tables, &dotted, repeated, "\u{feff}a = 1", "package = 1\nmodules = 1", "a = \"\\ud800\""]
    {
        for file in ["Bala.toml", "Ballerina.toml", "Dependencies.toml"] {
            let refused = refuse(&greet().schema4().file(file, toml).build());
            assert!(matches!(&refused, Invalid::Manifest { .. }), "{file}: {refused}");
        }
    }
}

#[test]
fn a_large_manifest_is_refused() {
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20));
    assert!(matches!(
        flaw(&greet().file("package.json", large).build()),
        Flaw::TooLarge { limit: 524_288, .. }
    ));
}

#[test]
fn every_part_of_the_identity_is_checked() {
    for (key, bad) in [
        ("organization", vec!["", "Acme", "a-b", "..", "con", "аcme"]),
        ("name", vec!["", ".", "..", ".a", "a__b", "1a", "nul", "x.con", "a/b", "é"]),
        (
            "version",
            vec![
                "",
                "1.0",
                "01.0.0",
                "1.0.0+build",
                "latest",
                "../1.0.0",
                "99999999999999999999999.0.0",
                "1.0.2147483648",
            ],
        ),
        ("platform", vec!["", "java", "java8", "java99", "go1", "2020r2-any", "Any"]),
    ] {
        for value in bad {
            let refused = refuse(&greet().manifest(key, value).build());
            assert!(
                matches!(refused, Invalid::Name { file: "package.json", .. }),
                "{key} {value}: {refused}"
            );
        }
        refuse(&greet().manifest(key, json!(null)).build());
    }
    assert!(matches!(refuse(&Package::new("acme", "greet", "0.0.0").build()), Invalid::BuiltIn));
    assert!(text(&greet().manifest("visibility", "secret")).contains("visibility"));
}

#[test]
fn the_file_name_must_be_what_the_bala_says() {
    let bala = accept(&greet().platform("java21").build());
    bala.check_file_name("acme-greet-java21-1.0.0.bala").unwrap();
    for wrong in ["acme-greet-any-1.0.0.bala", "acme-greet-java21-1.0.1.bala", "x.bala", "", "../a.bala"] {
        let text = bala.check_file_name(wrong).unwrap_err().to_string();
        assert!(text.contains("acme-greet-java21-1.0.0.bala"), "{text}");
    }
}

#[test]
fn only_known_formats_are_read() {
    for (json, part) in
        [(r#"{"balo_version":"1.0.0"}"#, "2201.0.0"), (r#"{"bala_version":"9.0.0"}"#, "bala_version")]
    {
        assert!(text(&greet().file("bala.json", json)).contains(part));
    }
    accept(&greet().file("bala.json", r#"{"bala_version":"2.0.0","built_by":"WSO2"}"#).build());
    assert!(
        text(&greet().schema4().file("Bala.toml", "[bala]\nschema_version = \"5\"\n"))
            .contains("schema_version")
    );
    let typed = text(&greet().schema4().file("Bala.toml", "[bala]\nschema_version = true\n"));
    assert!(typed.contains("expected a version"), "{typed}");
}

#[test]
fn modules_must_belong_to_the_package() {
    let missing = text(&greet().without("modules/greet/main.bal"));
    assert!(missing.contains("modules/greet"), "{missing}");
    for folder in
        ["modules/other/x.bal", "modules/greetings/x.bal", "modules/greet./x.bal", "modules/greet.a-b/x.bal"]
    {
        refuse(&greet().file(folder, "").build());
    }
}

#[test]
fn a_readme_is_needed() {
    for package in [greet().readme(""), greet().readme(" \n"), greet().without("docs/README.md")] {
        assert!(matches!(refuse(&package.build()), Invalid::NoReadme));
    }
    for other in ["docs/Package.md", "docs/modules/greet/README.md", "docs/modules/greet/Module.md"] {
        let bala = accept(&greet().without("docs/README.md").file(other, "# Hi").build());
        assert_eq!(bala.document.readme.as_deref(), Some(other));
    }
}

#[test]
fn documents_are_limited() {
    let limits = Limits::for_testing();
    let read = |package: &Package| read(Cursor::new(package.build()), &limits).unwrap_err();
    let flawed = |invalid| matches!(invalid, Invalid::Entry { flaw: Flaw::TooLarge { .. }, .. });
    assert!(flawed(read(&greet().readme(&"word ".repeat(2_000)))));
    assert!(flawed(read(&greet().icon(png(&[7; 9_000])))));
    let many = (0..4).fold(greet(), |p, n| p.file(&format!("docs/{n}.md"), vec![b'x'; 5_000]));
    assert!(flawed(read(&many)));
    accept(&greet().file("docs/manual.pdf", vec![1; 2 << 20]).build());
}

#[test]
fn what_manifests_name_must_be_there() {
    let library = json!([{ "path": "platform/java21/gone.jar" }]);
    let plugin = r#"{"plugin_class":"X","dependency_paths":["compiler-plugin/libs/gone.jar"]}"#;
    let tool = r#"{"tool_id":"x","dependency_paths":["tool/libs/gone.jar"]}"#;
    for package in [
        greet().manifest("platformDependencies", library),
        greet().file("compiler-plugin/compiler-plugin.json", plugin),
        greet().file("tool/bal-tool.json", tool),
        greet().manifest("icon", "docs/gone.png"),
    ] {
        let refused = refuse(&package.build());
        assert!(matches!(refused, Invalid::MissingDependency { .. }), "{refused}");
    }
    // Scope `provided` has no path, and Windows writes backslashes.
    let fine = json!([{ "artifactId": "a", "scope": "provided" }, { "path": "platform\\java21\\a.jar" }]);
    accept(&greet().manifest("platformDependencies", fine).file("platform/java21/a.jar", "x").build());
    assert!(text(&greet().tool("a b")).contains("tool_id"));
}

#[test]
fn lists_and_lines_are_limited() {
    assert!(matches!(refuse(&greet().manifest("keywords", vec!["x"; 51]).build()), Invalid::TooMany { .. }));
    assert!(matches!(
        refuse(&greet().manifest("keywords", vec!["x".repeat(101)]).build()),
        Invalid::TooLong { .. }
    ));
    assert!(matches!(
        refuse(&greet().manifest("source_repository", "x".repeat(3_000)).build()),
        Invalid::TooLong { .. }
    ));
    accept(&greet().manifest("keywords", vec!["ü".repeat(100); 50]).build());
}

fn graph(packages: &serde_json::Value) -> Package {
    greet().file("dependency-graph.json", json!({ "packages": packages }).to_string())
}

fn node(name: &str, needs: &[&str]) -> serde_json::Value {
    let reference = |name: &str| json!({ "org": "acme", "name": name, "version": "1.0.0" });
    let mut node = reference(name);
    node["dependencies"] = needs.iter().map(|name| reference(name)).collect();
    node
}

#[test]
fn a_graph_must_make_sense() {
    let refused = refuse(&graph(&json!([node("other", &[])])).build());
    assert!(matches!(refused, Invalid::NotInGraph { .. }));
    assert!(matches!(
        refuse(&graph(&json!([node("greet", &["greet"])])).build()),
        Invalid::SelfDependency { .. }
    ));
    let twice = json!([node("greet", &[]), node("a", &["b"]), node("a", &[])]);
    assert!(matches!(refuse(&graph(&twice).build()), Invalid::Contradiction { .. }));
    assert!(matches!(refuse(&greet().dependency("acme/a:1.0").build()), Invalid::Name { .. }));
    // Clients look up each edge among the nodes.
    let open = json!([node("a", &[]), node("greet", &["a", "b"])]);
    let text = refuse(&graph(&open).build()).to_string();
    assert!(
        text.starts_with("acme/greet:1.0.0 depends on acme/b:1.0.0, which dependency-graph.json"),
        "{text}"
    );
    let other = json!({ "org": "acme", "name": "a", "version": "1.0.1" });
    let text = refuse(&graph(&json!([node("a", &[]), other, node("greet", &["a"])])).build()).to_string();
    assert!(text.contains("two versions of one package, acme/a:1.0.0 and acme/a:1.0.1"), "{text}");
    let older = json!({ "org": "acme", "name": "greet", "version": "0.9.0" });
    assert!(matches!(
        refuse(&graph(&json!([older, node("greet", &[])])).build()),
        Invalid::TwoVersions { .. }
    ));
    // A cycle through others is strange, and harmless.
    let cycle = json!([
        node("a", &["greet"]),
        node("greet", &["a", "b", "a"]),
        node("a", &["greet"]),
        node("b", &[])
    ]);
    let bala = accept(&graph(&cycle).build());
    assert_eq!(
        format!("{:?}", bala.graph[2]),
        "Node { package: acme/greet:1.0.0, dependencies: [acme/a:1.0.0, acme/b:1.0.0] }"
    );
    assert_eq!(accept(&greet().file("dependency-graph.json", "{}").build()).graph.len(), 1);
}

#[test]
fn a_graph_that_does_not_fit_into_a_change_is_refused() {
    let nodes: Vec<_> = (0..7_000).map(|n| node(&format!("p{n}"), &[])).chain([node("greet", &[])]).collect();
    let refused = refuse(&graph(&nodes.into()).build());
    assert!(matches!(refused, Invalid::Facts { .. }), "{refused}");
}

#[test]
fn a_lock_must_have_a_version_for_every_edge() {
    let lock = |text: &str| refuse(&greet().schema4().file("Dependencies.toml", text).build());
    let own = "[[package]]\norg=\"acme\"\nname=\"greet\"\nversion=\"1.0.0\"\n";
    assert!(matches!(
        lock(&format!("{own}dependencies=[{{org=\"acme\",name=\"x\"}}]")),
        Invalid::NoVersion { dependency, .. } if dependency == "acme/x"
    ));
    assert!(lock(&format!("{own}{own}")).to_string().contains("two versions"));
    let other = own.replace("greet", "other");
    assert!(matches!(lock(&other), Invalid::NotInGraph { file: "Dependencies.toml", .. }));
    assert!(lock("[[package]").to_string().starts_with("Dependencies.toml: "));
}

/// A text that a thousand modules name would be a thousand times in one answer.
#[test]
fn a_module_has_a_readme_of_its_own_or_none() {
    let modules = serde_json::json!([
        { "name": "greet", "readme": "docs/README.md" },
        { "name": "greet.a", "export": true, "readme": "docs/modules/greet.a/README.md" },
        { "name": "greet.b", "readme": "docs/modules/greet.a/README.md" },
        { "name": "greet.c", "readme": "docs/README.md" },
    ]);
    let bala = greet()
        .module("greet.a", true)
        .module("greet.b", false)
        .module("greet.c", false)
        .manifest("modules", modules)
        .file("docs/modules/greet.a/README.md", "About a.")
        .without("docs/modules/greet.b/README.md")
        .without("docs/modules/greet.c/README.md");
    let Bala { description, document, .. } = accept(&bala.build());
    let readme = |module: &Module| document.module_readmes.get(&module.name).map(String::as_str);
    let readmes: Vec<_> = description.modules.iter().map(readme).collect();
    assert_eq!(readmes, [Some("docs/README.md"), Some("docs/modules/greet.a/README.md"), None, None]);
}
