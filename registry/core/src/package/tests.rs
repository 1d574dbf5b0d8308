use super::*;

#[test]
fn organizations() {
    for good in ["acme", "a", "ballerinax", "a_1", "_x", "9lives"] {
        assert!(good.parse::<Org>().is_ok(), "{good}");
    }
    for bad in ["", "Acme", "a-b", "a.b", "..", "a/b", "deprecate", "undeprecate", "con", "аcme", "a\0"] {
        assert!(bad.parse::<Org>().is_err(), "{bad}");
    }
    assert!("a".repeat(256).parse::<Org>().is_ok());
    assert!("a".repeat(257).parse::<Org>().is_err());
}

#[test]
fn names() {
    for good in ["http", "health.clients.fhir", "tool_scan", "Foo", "a1.b2", "lang.__internal"] {
        assert!(good.parse::<Name>().is_ok(), "{good}");
    }
    for bad in
        ["", ".", "..", ".a", "a.", "a..b", "1a", "_a", "a_", "a__b", "a-b", "a/b", "nul", "CON.x", "é"]
    {
        assert!(bad.parse::<Name>().is_err(), "{bad}");
    }
    assert!("a".repeat(256).parse::<Name>().is_ok());
    assert!("a".repeat(257).parse::<Name>().is_err());
}

#[test]
fn versions() {
    for good in ["0.1.0", "1.0.0-beta.1", "10.20.30"] {
        assert!(good.parse::<Version>().is_ok(), "{good}");
    }
    for bad in
        ["1.0", "01.0.0", "1.0.0+build", "1000000000000000000000000000000.0.0", "latest", "*", "../1.0.0"]
    {
        assert!(bad.parse::<Version>().is_err(), "{bad}");
    }
}

#[test]
fn versions_have_at_most_128_characters() {
    let version = |length: usize| format!("1.0.0-{}", "a".repeat(length - "1.0.0-".len()));
    assert!(version(128).parse::<Version>().is_ok());
    assert!(version(129).parse::<Version>().is_err());
}

#[test]
fn platforms() {
    for good in ["any", "java11", "java17", "java21", "java25", "java99", "go1.26", "go1.9"] {
        assert!(good.parse::<Platform>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "java",
        "java8",
        "java211",
        "Any",
        "js",
        "2020r2-any",
        "go1",
        "go1.",
        "go1.x",
        "go2.0",
        "go1.26.1",
    ] {
        assert!(bad.parse::<Platform>().is_err(), "{bad}");
    }
}

#[test]
fn an_error_says_what_would_be_right_and_stays_short() {
    let error = format!("bad\n{}", "x".repeat(10_000)).parse::<Org>().unwrap_err().to_string();
    assert!(error.starts_with("invalid organization \"bad\\nxxx"), "{error}");
    assert!(error.len() < 200, "{error}");
}

#[test]
fn coordinates_and_file_names() {
    let coordinates: Coordinates = "acme/my.pkg:1.2.3-rc.1".parse().unwrap();
    assert_eq!(coordinates.to_string(), "acme/my.pkg:1.2.3-rc.1");
    assert_eq!(coordinates.file_name(&Platform::any()), "acme-my.pkg-any-1.2.3-rc.1.bala");
}
