//! What lock files say.

use std::collections::BTreeMap;

use super::super::locks::{Needed, Project};
use super::super::verified::{Given, locked, verify};
use super::world::names;
use crate::package::Coordinates;

const LOCK: &str = r#"
[ballerina]
dependencies-toml-version = "2"
distribution-version = "2201.12.0"

[[package]]
org = "ballerina"
name = "io"
version = "1.8.0"
dependencies = [
	{org = "ballerina", name = "jballerina.java"},
	{org = "ballerina", name = "lang.value"}
]
modules = [
	{org = "ballerina", packageName = "io", moduleName = "io"}
]

[[package]]
org = "ballerina"
name = "jballerina.java"
version = "0.0.0"

[[package]]
org = "ballerina"
name = "test"
version = "0.0.0"
scope = "testOnly"

[[package]]
org = "ballerinax"
name = "mocks"
version = "1.0.0"
scope = "testOnly"
dependencies = [
	{org = "ballerina", name = "io"}
]

[[package]]
org = "acme"
name = "shop"
version = "0.1.0"
dependencies = [
	{org = "acme", name = "greet"},
	{org = "ballerina", name = "test"},
	{org = "ballerinax", name = "mocks"}
]

[[package]]
org = "acme"
name = "greet"
version = "1.2.0-rc.1"
dependencies = [
	{org = "ballerina", name = "io"}
]
"#;

fn read(lock: &str, manifest: Option<&str>) -> Project {
    Project::read(lock, manifest).unwrap()
}

fn refused(lock: &str, manifest: Option<&str>) -> String {
    Project::read(lock, manifest).unwrap_err().to_string()
}

#[test]
fn a_lock_is_read_without_the_project_and_what_ships_with_the_distribution() {
    let project = read(LOCK, None);
    assert_eq!(project.own.map(|own| own.to_string()).as_deref(), Some("acme/shop:0.1.0"));
    assert_eq!(
        names(project.locked.keys()),
        ["acme/greet:1.2.0-rc.1", "ballerina/io:1.8.0", "ballerinax/mocks:1.0.0"]
    );
    let needs: Vec<_> = project.locked.values().map(|needs| format!("{needs:?}")).collect();
    assert_eq!(needs, ["{ballerina/io}", "{}", "{ballerina/io}"]);
}

#[test]
fn what_another_project_is_comes_from_no_upstream() {
    let greet = "[[package]]\norg = \"acme\"\nname = \"greet\"\nversion = \"1.3.0\"\n";
    let needed = Needed::by(&[read(LOCK, None), read(greet, None)]);
    assert_eq!(names(&needed.versions), ["ballerina/io:1.8.0", "ballerinax/mocks:1.0.0"]);
    assert_eq!(names(&needed.own), ["acme/greet:1.2.0-rc.1"]);
}

#[test]
fn the_manifest_says_which_is_the_project_where_the_lock_does_not() {
    let package =
        |name: &str| format!("[[package]]\norg = \"acme\"\nname = \"{name}\"\nversion = \"1.0.0\"\n");
    let two = package("a") + &package("b");
    assert!(refused(&two, None).contains("acme/a:1.0.0 or acme/b:1.0.0: put its Ballerina.toml beside it"));
    let own = |manifest| read(&two, Some(manifest)).own.map(|own| own.to_string());
    assert_eq!(own("[package]\norg = \"acme\"\nname = \"b\"").as_deref(), Some("acme/b:1.0.0"));
    assert_eq!(own("[package]\nname = \"a\"").as_deref(), Some("acme/a:1.0.0"));
    assert_eq!(own("[package]\norg = \"other\""), None);
    // One that was renamed since.
    let project = read(LOCK, Some("[package]\norg = \"acme\"\nname = \"store\""));
    assert_eq!(project.own.map(|own| own.to_string()).as_deref(), Some("acme/shop:0.1.0"));
}

#[test]
fn what_is_no_lock_is_refused() {
    assert!(refused("[[package", None).starts_with("TOML parse error"));
    assert!(refused("", Some("[package")).starts_with("of the Ballerina.toml beside it: "));
    assert!(refused(&LOCK.replace("\"1.8.0\"", "\"1.8\""), None).contains("invalid version \"1.8\""));
    assert!(refused(&LOCK.replace("\"acme\"", "\"Acme\""), None).contains("invalid organization"));
    let twice = LOCK.to_owned() + "[[package]]\norg = \"ballerina\"\nname = \"io\"\nversion = \"1.8.1\"\n";
    assert!(refused(&twice, None).starts_with("it locks ballerina/io:1.8.0 and ballerina/io:1.8.1"));
    assert!(read("", None).locked.is_empty());
}

#[test]
fn what_is_not_as_it_is_locked_is_told_once() {
    let projects = [read(LOCK, None), read(LOCK, None)];
    assert_eq!(
        names(locked(&projects)),
        ["acme/greet:1.2.0-rc.1", "ballerina/io:1.8.0", "ballerinax/mocks:1.0.0"]
    );
    let project = &projects[0].locked;
    let version = |c: &Coordinates| Given::Version { version: c.version.clone(), needs: project[c].clone() };
    let same: BTreeMap<_, _> = project.keys().map(|c| (c.clone(), version(c))).collect();
    assert!(verify(&projects, &same).is_empty());
    let told = |coordinates: &str, given: Option<Given>| {
        let (key, mut all) = (coordinates.parse().unwrap(), same.clone());
        match given {
            Some(given) => drop(all.insert(key, given)),
            None => drop(all.remove(&key)),
        }
        verify(&projects, &all).into_iter().map(|finding| finding.to_string()).collect::<Vec<_>>()
    };
    let needing = |needs: &[&str]| {
        let needs =
            needs.iter().map(|name| format!("{name}:1.0.0").parse::<Coordinates>().unwrap().package());
        Some(Given::Version { version: "1.0.0".parse().unwrap(), needs: needs.collect() })
    };
    for (coordinates, given, expected) in [
        ("ballerina/io:1.8.0", None, "ballerina/io:1.8.0 is missing: the registry says nothing of it"),
        ("ballerina/io:1.8.0", Some(Given::Nothing("no".to_owned())), "ballerina/io:1.8.0 is missing: no"),
        ("ballerina/io:1.8.0", needing(&[]), "ballerina/io:1.8.0 differs: the registry gives 1.0.0 for it"),
        ("ballerinax/mocks:1.0.0", needing(&[]), "mocks:1.0.0 differs: it does not need ballerina/io there"),
        ("ballerinax/mocks:1.0.0", needing(&["ballerina/io", "x/y"]), "differs: it also needs x/y there"),
        ("ballerinax/mocks:1.0.0", needing(&["x/y"]), "it needs x/y, and not ballerina/io, there"),
    ] {
        let told = told(coordinates, given);
        assert!(told.len() == 1 && told[0].ends_with(expected), "{told:?}");
    }
}
