//! What is well formed, and what some client could not take: a published version stays for ever, so it is refused.

use barre_testkit::bala::png;
use serde_json::json;

use super::*;

fn text(package: &Package) -> String {
    refuse(&package.build()).to_string()
}

/// The entry of `greet` at `path`, as text.
fn manifest(path: &str) -> String {
    let entries =
        greet().module("greet.formal", true).dependency("acme/a:1.0.0").platform("java21").entries();
    let entry = entries.into_iter().find(|entry| entry.name == path.as_bytes()).unwrap();
    String::from_utf8(entry.data).unwrap()
}

#[test]
fn keys_are_there_once_at_every_depth() {
    for (file, part, twice) in [
        ("package.json", "\"name\": \"greet\"", "\"name\": \"greet\", \"name\": \"greet\""),
        ("package.json", "\"name\": \"greet.formal\"", "\"name\": \"a\", \"name\": \"greet.formal\""),
        ("package.json", "\"path\": ", "\"path\": \"platform/x\", \"path\": "),
        ("package.json", "\"path\": ", "\"artifactId\": 1, \"artifactId\": 2, \"path\": "),
        ("package.json", "\"template\"", "\"x\": [{\"y\": {\"z\": 1, \"z\": 2}}], \"template\""),
        ("dependency-graph.json", "\"org\": \"acme\"", "\"org\": \"acme\", \"org\": \"acme\""),
        ("dependency-graph.json", "\"module_name\": ", "\"module_name\": \"x\", \"module_name\": "),
        ("bala.json", "\"built_by\": ", "\"Built_By\": \"x\", \"built_by\": "),
    ] {
        let good = manifest(file);
        assert!(good.contains(part), "{file}: {part}");
        let text = text(&greet().file(file, good.replacen(part, twice, 1)));
        assert!(
            text.starts_with(file) && (text.contains("twice") || text.contains("duplicate")),
            "{twice}: {text}"
        );
    }
}

/// Go takes either spelling for the other; Java does not.
#[test]
fn keys_are_written_in_their_case() {
    for (file, key, other) in [
        ("package.json", "organization", "Organization"),
        ("package.json", "version", "VERSION"),
        ("package.json", "template", "Template"),
        ("package.json", "path", "Path"),
        ("dependency-graph.json", "packages", "Packages"),
        ("dependency-graph.json", "dependencies", "Dependencies"),
        ("dependency-graph.json", "version", "Ver\u{17f}ion"),
        ("bala.json", "bala_version", "Bala_version"),
    ] {
        let mut bad = manifest(file);
        let at = bad.rfind(&format!("\"{key}\"")).unwrap();
        bad.replace_range(at + 1..=at + key.len(), other);
        let text = text(&greet().file(file, bad));
        assert!(
            text.starts_with(file) && text.contains(&format!("must be written \"{key}\"")),
            "{other}: {text}"
        );
    }
    let text = refuse(&greet().schema4().file("Bala.toml", "[Bala]\nschema_version=4").build()).to_string();
    assert!(text.contains("must be written \"bala\""), "{text}");
}

#[test]
fn an_object_is_no_list() {
    let list = r#"{"packages":[["acme","greet","1.0.0",[]]]}"#;
    let text = text(&greet().file("dependency-graph.json", list));
    assert!(text.contains("expected an object"), "{text}");
}

#[test]
fn what_is_declared_or_exported_is_there() {
    let declared = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
    let gone = text(&greet().manifest("modules", declared(&["greet", "greet.gone"])));
    assert!(gone.starts_with("package.json names the module \"greet.gone\""), "{gone}");
    let gone = text(&greet().manifest("export", vec!["greet", "greet.gone"]));
    assert!(gone.contains("\"greet.gone\""), "{gone}");
    let twice = text(&greet().manifest("modules", declared(&["greet", "greet"])));
    assert!(twice.contains("twice"), "{twice}");
    let gone = text(&greet().schema4().module("greet.gone", true).without("modules/gone/main.bal"));
    assert!(gone.starts_with("Bala.toml names the module \"greet.gone\""), "{gone}");
    let gone = text(&greet().schema4().manifest("export", vec!["gone"]));
    assert!(gone.starts_with("Ballerina.toml names the module \"greet.gone\""), "{gone}");
    accept(
        &greet().schema4().module("greet.formal", true).manifest("export", vec!["formal", "greet"]).build(),
    );
}

#[test]
fn a_library_lies_in_a_folder() {
    let root =
        greet().manifest("platformDependencies", json!([{ "path": "auth.jar" }])).file("auth.jar", "PK");
    let text = text(&root);
    assert!(text.contains("\"auth.jar\"") && text.contains("put libraries below platform/"), "{text}");
}

#[test]
fn an_icon_is_an_image() {
    let not = |path: &str| flaw(&greet().manifest("icon", path).build());
    assert_eq!(not("package.json"), Flaw::NotPng);
    assert_eq!(flaw(&greet().icon("<svg/>").build()), Flaw::NotPng);
    assert_eq!(flaw(&greet().icon([]).build()), Flaw::NotPng);
    accept(&greet().icon(png(&[])).build());
}

#[test]
fn schema_4_says_so() {
    for bala in [
        "",
        "[build]\nplatform = \"any\"\n",
        "[bala]\n",
        "[bala]\nschema_version = \"3\"",
        "[bala]\nschema_version = 5",
    ] {
        let text = text(&greet().schema4().file("Bala.toml", bala));
        assert!(text.contains("schema_version is not 4"), "{bala}: {text}");
    }
    accept(&greet().schema4().file("Bala.toml", "[bala]\nschema_version = 4\n").build());
}

#[test]
fn platforms_are_those_of_clients() {
    for platform in ["any", "java11", "java17", "java21", "java25", "go1.26", "go1.9"] {
        let bala = accept(&greet().platform(platform).build());
        assert_eq!(bala.description.platform.as_str(), platform);
        accept(&greet().schema4().platform(platform).distribution("").build());
    }
    for platform in ["java99", "java8", "go1.", "go2.1", "go1.26.0"] {
        let text = text(&greet().manifest("platform", platform));
        assert!(text.contains("java25") && text.contains("go1."), "{text}");
    }
}

/// Java reads the numbers of every version in a list, and in a graph, into ints.
#[test]
fn numbers_of_versions_fit_an_int() {
    for version in ["2147483648.0.0", "1.0.20251124153000", "1.0.0-rc.2147483648"] {
        let text = text(&Package::new("acme", "greet", version));
        assert!(text.contains("at most 2147483647"), "{text}");
        let needed = refuse(&greet().dependency(&format!("acme/a:{version}")).build());
        assert!(matches!(needed, Invalid::Name { file: "dependency-graph.json", .. }), "{needed}");
    }
    accept(&Package::new("acme", "greet", "1.2147483647.0-rc.2147483647").build());
}

#[test]
fn lines_have_no_control_characters_and_keep_their_direction() {
    for bad in ["a\u{1b}[2Jb", "a\u{202e}b", "a\r\nb", "a\u{7}", "a\u{2028}b", "a\u{9b}b"] {
        for package in [
            greet().manifest("authors", vec![bad]),
            greet().manifest("keywords", vec!["fine", bad]),
            greet().manifest("licenses", vec![bad]),
            greet().manifest("ballerina_version", bad),
            greet().manifest("language_spec_version", bad),
            greet().manifest("implementation_vendor", bad),
            greet().manifest("source_repository", bad),
        ] {
            let refused = refuse(&package.build());
            assert!(matches!(refused, Invalid::Characters { .. }), "{bad:?}: {refused}");
        }
        let bala_json = json!({ "bala_version": format!("3.{bad}") });
        assert!(text(&greet().file("bala.json", bala_json.to_string())).contains("bala_version"));
    }
    for bad in ["a\u{1b}[2Jb", "a\u{202e}b", "a\u{7}"] {
        let modules = json!([{ "name": "greet", "description": bad }]);
        for package in [greet().description(bad), greet().manifest("modules", modules)] {
            assert!(matches!(refuse(&package.build()), Invalid::Characters { .. }), "{bad:?}");
        }
    }
    accept(&greet().description("Two\r\n\tlines.").manifest("authors", vec!["می\u{200c}خواهم"]).build());
    for bad in ["3", "3.x", "3.0.0.", "3.1000.0", "30.0.0", "3.0.0.0.0", ""] {
        let fine = bad == "3";
        let bala = greet().file("bala.json", json!({ "bala_version": bad }).to_string()).build();
        assert_eq!(read(Cursor::new(&bala), &Limits::default()).is_ok(), fine, "{bad}");
    }
}

#[test]
fn a_repository_is_an_address() {
    for bad in [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
    ] {
        let refused = refuse(&greet().manifest("source_repository", bad).build());
        assert!(matches!(refused, Invalid::Repository { .. }), "{bad}: {refused}");
    }
    for fine in [
        "",
        "https://github.com/acme/greet",
        "HTTP://example.com",
        "git@github.com:acme/greet.git",
        "ssh://git@example.com/x",
        "git+https://example.com/x",
        "github.com/acme/greet",
    ] {
        accept(&greet().manifest("source_repository", fine).build());
    }
}

/// Old Java wrote its JSON in the encoding of the machine.
#[test]
fn a_manifest_in_another_encoding_is_explained() {
    let json = manifest("package.json").replace("acme", "acm\u{e9}");
    let latin1: Vec<u8> = json.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let refused = text(&greet().file("package.json", latin1));
    assert!(refused.contains("JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8"), "{refused}");
    let toml = text(&greet().schema4().file("Ballerina.toml", b"# \xe9\n".to_vec()));
    assert!(toml.contains("save it as UTF-8") && !toml.contains("JAVA"), "{toml}");
}

#[test]
fn texts_are_decoded_or_refused() {
    let readme = |bytes: Vec<u8>| greet().file("docs/README.md", bytes).build();
    let utf16 =
        |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let text = "\u{feff}# Hello\r\n\r\nGreets people 🎃.\r\n";
    for bytes in [text.as_bytes().to_vec(), utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)] {
        let bala = accept(&readme(bytes));
        assert_eq!(bala.description.summary, "Greets people 🎃.");
        assert_eq!(bala.document.readme(), &text[3..]);
    }
    let odd = [utf16(text, u16::to_le_bytes), vec![0]].concat();
    let lone = utf16(text, u16::to_le_bytes).into_iter().chain([0, 0xd8]).collect();
    for bytes in [odd, lone] {
        assert_eq!(flaw(&readme(bytes)), Flaw::Utf16);
    }
    // Without its mark there is a NUL beside each letter.
    assert_eq!(flaw(&readme(utf16("Hello", u16::to_le_bytes))), Flaw::Controls { line: 1 });
}

#[test]
fn texts_have_no_control_characters() {
    for control in ["\u{1}", "\u{1b}[31m", "\0", "\u{7f}", "\u{b}"] {
        let readme = format!("# Greet\n\nSays{control} hello.\n");
        assert_eq!(flaw(&greet().readme(&readme).build()), Flaw::Controls { line: 3 }, "{control:?}");
        assert!(matches!(flaw(&greet().file("docs/x.TXT", readme).build()), Flaw::Controls { .. }));
    }
    accept(&greet().readme("Tab\tand\r\nlines\x0c and twice converted \u{85} \u{92}.").build());
}

/// A byte that is no text becomes three.
#[test]
fn texts_count_as_they_are_kept() {
    let limits = Limits::for_testing();
    let readme = |length| greet().file("docs/README.md", vec![0x80; length]).build();
    let length = usize::try_from(limits.document_bytes).unwrap();
    read(Cursor::new(readme(length / 3)), &limits).unwrap();
    let refused = read(Cursor::new(readme(length / 3 + 1)), &limits).unwrap_err();
    assert!(matches!(refused, Invalid::Entry { flaw: Flaw::TooLarge { .. }, .. }), "{refused}");
}
