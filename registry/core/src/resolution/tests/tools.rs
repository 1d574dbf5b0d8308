//! Which release a project gets for a tool.

use std::sync::Arc;

use super::*;

/// The same with this tool in it.
fn with(tool: &str, text: &str) -> Released {
    let mut released = release(text);
    released.description.tool = Some(tool.to_owned());
    released
}

fn shop() -> World {
    let mut world = World::of(&["acme/scan:0.9.0", "acme/scan:1.3.0", "acme/scan:3.0.0"]);
    for version in ["1.0.0", "1.0.5", "1.1.0", "2.0.0"] {
        world.publish(with("scan", &format!("acme/scan:{version}")));
    }
    world.publish(with("Graph", "acme/graph:1.0.0"));
    world
}

fn tool(id: &str, version: Option<&str>, mode: Mode) -> ToolWanted {
    let version = version.map(|version| version.parse().unwrap());
    ToolWanted { id: id.to_owned(), range: Range::new(version, mode) }
}

#[test]
fn a_tool_is_given_in_a_version_that_contains_it() {
    let world = shop().deprecate("acme/scan:1.0.5");
    let resolver = Resolver::new(&world.0, |_| Suit::Suits { place: 0 }, Limits::default());
    for (wanted, expected) in [
        (tool("scan", None, Mode::Soft), Some("acme/scan:2.0.0")),
        (tool("scan", Some("1.0.0"), Mode::Soft), Some("acme/scan:1.1.0")),
        (tool("scan", Some("1.0.0"), Mode::Medium), Some("acme/scan:1.0.0")),
        (tool("scan", Some("1.0.5"), Mode::Hard), Some("acme/scan:1.0.5")),
        (tool("scan", Some("1.3.0"), Mode::Hard), None),
        (tool("scan", Some("0.9.0"), Mode::Soft), None),
        (tool("graph", None, Mode::Soft), Some("acme/graph:1.0.0")),
        (tool("GRAPH", None, Mode::Soft), Some("acme/graph:1.0.0")),
        (tool("acme/scan", None, Mode::Soft), None),
        (tool("", None, Mode::Soft), None),
    ] {
        let found = resolver.tools(std::slice::from_ref(&wanted)).unwrap().remove(0);
        let found = found.map(|release| release.description.coordinates.to_string());
        assert_eq!(found.as_deref(), expected, "{wanted:?}");
    }
    assert!(resolver.tools(&vec![tool("scan", None, Mode::Soft); 1001]).is_err());
}

#[test]
fn a_tool_that_is_hidden_or_suits_nobody_is_not_there() {
    let world = shop();
    for other in [Suit::Hidden, Suit::OtherPlatform] {
        let newest = |release: &Release| release.description.coordinates.version == "2.0.0".parse().unwrap();
        let suit = everybody_but(|release| newest(release).then_some(other));
        let resolver = Resolver::new(&world.0, suit, Limits::default());
        let found =
            resolver.tools(&[tool("scan", None, Mode::Soft), tool("scan", Some("2.0.0"), Mode::Hard)]);
        let version = |release: Arc<Release>| release.description.coordinates.version.to_string();
        let found: Vec<_> = found.unwrap().into_iter().map(|found| found.map(version)).collect();
        assert_eq!(found, [Some("1.1.0".to_owned()), None]);
    }
}
