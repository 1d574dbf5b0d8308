use std::cmp::Ordering;

use proptest::prelude::*;

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

/// Which of two versions is newer, as semver.org says it: by its text.
fn compare(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| {
        let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let numbers: Vec<u64> = numbers.split('.').map(|number| number.parse().unwrap()).collect();
        let pre = pre.map(|pre| pre.split('.').map(str::to_owned).collect::<Vec<_>>());
        (numbers, pre)
    };
    let field = |one: &String, other: &String| match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    };
    let ((one, one_pre), (other, other_pre)) = (parts(one), parts(other));
    one.cmp(&other).then_with(|| match (one_pre, other_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => {
            let differs = one.iter().zip(&other).map(|(one, other)| field(one, other));
            differs.reduce(Ordering::then).unwrap_or(Ordering::Equal).then(one.len().cmp(&other.len()))
        }
    })
}

proptest! {
    #[test]
    fn any_text_is_a_version_as_it_stands_or_is_refused(
        text in "\\PC{0,12}|[0-9a-z.+*/ -]{0,12}|[ v]?(0|[1-9])([.](0|[1-9]|01)){1,3}(-[0-9a-c.]{0,6})?[ +]?",
    ) {
        match text.parse::<Version>() {
            Ok(version) => prop_assert_eq!(version.to_string(), text),
            Err(invalid) => prop_assert!(invalid.to_string().len() < 300),
        }
    }

    #[test]
    fn versions_are_in_the_order_of_semver(
        one in "[0-2][.][0-2][.]([0-9]|10)(-(a|b|0|2|10|a-)([.](a|b|1|9|10)){0,2})?",
        other in "[0-2][.][0-2][.]([0-9]|10)(-(a|b|0|2|10|a-)([.](a|b|1|9|10)){0,2})?",
    ) {
        let order = one.parse::<Version>().unwrap().cmp(&other.parse().unwrap());
        prop_assert_eq!(order, compare(&one, &other), "{} {}", one, other);
    }
}
