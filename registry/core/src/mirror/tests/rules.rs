//! Which names and versions a rule is about, and what is said of one that cannot be read.

use super::super::{Rule, Selection};
use super::{Wanted, exact, include, rule};
use crate::package::{PackageId, Version};

fn read(text: &str) -> Rule {
    Rule::read(&rule(text), "include[0]").unwrap()
}

fn id(text: &str) -> PackageId {
    let (org, name) = text.split_once('/').unwrap();
    PackageId { org: org.parse().unwrap(), name: name.parse().unwrap() }
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, yes, no) in [
        ("x/*", "x/a", "y/a"),
        ("x/a", "x/a", "x/ab"),
        ("x/a*", "x/a", "x/ba"),
        ("x/*a", "x/ba", "x/ab"),
        ("x/a*a", "x/aa", "x/a"),
        ("x/aws.*.client", "x/aws.s3.client", "x/aws.client"),
        ("x/a*b*c", "x/abbc", "x/acb"),
        ("x/*b*b*", "x/abab", "x/ab"),
        ("x/**", "x/a", "y/a"),
    ] {
        assert!(read(pattern).is_about(&id(yes)), "{pattern} {yes}");
        assert!(!read(pattern).is_about(&id(no)), "{pattern} {no}");
    }
    assert_eq!(read("x/a").package(), Some(id("x/a")));
    assert_eq!(read("x/a*").package(), None);
}

#[test]
fn pre_releases_lie_where_their_version_lies() {
    for (range, yes, no) in [
        (">=1.0.0", vec!["1.0.0", "1.2.0-rc.1", "1.0.0-rc.1"], vec!["0.9.0", "0.9.0-rc.1"]),
        (">=1.2.0, <2.0.0", vec!["1.2.0", "1.9.9", "1.3.0-a"], vec!["2.0.0", "2.0.0-rc.1", "1.1.9"]),
        (">=1.0.0-rc.2", vec!["1.0.0-rc.2", "1.0.0", "1.1.0-a"], vec!["1.0.0-rc.1"]),
        ("<1.0.0-rc.2", vec!["1.0.0-rc.1", "0.9.0"], vec!["1.0.0-rc.2", "1.0.0"]),
        ("=1.2.3", vec!["1.2.3"], vec!["1.2.4"]),
        ("~1.2", vec!["1.2.0", "1.2.9"], vec!["1.3.0"]),
        ("*", vec!["0.1.0", "1.0.0-rc.1"], vec![]),
    ] {
        let rule = read(&format!("x/a {range}"));
        let has = |version: &&str| rule.matches(&id("x/a"), &version.parse::<Version>().unwrap());
        assert_eq!(
            (yes.iter().filter(|v| has(v)).count(), no.iter().filter(|v| has(v)).count()),
            (yes.len(), 0),
            "{range}"
        );
    }
}

#[test]
fn an_error_says_which_entry_and_what_to_do() {
    let with = |wanted: Wanted| Selection::read(&wanted).unwrap_err().to_string();
    let excluding = |text: &str| Wanted { exclude: vec![rule("x/a"), rule(text)], ..Wanted::default() };
    let cases = [
        (with(include(&["X/a"])), "include[0].organization: invalid organization \"X\": "),
        (with(excluding("x/a?")), "exclude[1].name: \"a?\" is no name of packages: use letters"),
        (with(excluding("x/1a")), "exclude[1].name: \"1a\" is no name"),
        (with(excluding("x/a >=1.x.y")), "exclude[1].versions: \">=1.x.y\" is no range of versions ("),
        (
            with(excluding("x/a >=1.0.0 <2")),
            "write comparators with commas between them, such as \">=1.2.0, <2.0.0\"",
        ),
        (
            with(Wanted { platforms: vec!["linux".to_owned()], ..Wanted::default() }),
            "platforms[0]: invalid platform",
        ),
        (with(Wanted { keep_latest: Some(0), ..Wanted::default() }), "keepLatest: 0 versions"),
        (
            with(Wanted { minimum_distribution: Some("12".to_owned()), ..Wanted::default() }),
            "minimumDistribution: \"12\" is no distribution: use one such as 2201.8.0",
        ),
    ];
    for (text, expected) in cases {
        assert!(text.contains(expected), "{text}");
    }
    let mut bad = exact("x/a:1.0.0");
    bad.version = "1".to_owned();
    let text = with(Wanted { exact: vec![exact("x/a:1.0.0"), bad], ..Wanted::default() });
    assert!(text.starts_with("exact[1]: invalid version \"1\""), "{text}");
}
