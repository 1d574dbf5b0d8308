use super::*;

#[test]
fn each_mode_goes_as_far_as_it_may() {
    let world = World::of(&[
        "a/x:0.1.0",
        "a/x:0.1.7",
        "a/x:0.2.0",
        "a/x:1.0.0",
        "a/x:1.0.9",
        "a/x:1.0.10",
        "a/x:1.4.0",
        "a/x:2.0.0",
    ]);
    for (version, soft, medium, hard) in [
        ("1.0.0", "1.4.0", "1.0.10", "1.0.0"),
        ("1.0.10", "1.4.0", "1.0.10", "1.0.10"),
        ("1.4.0", "1.4.0", "1.4.0", "1.4.0"),
        ("0.1.0", "0.1.7", "0.1.7", "0.1.0"),
        ("0.2.0", "0.2.0", "0.2.0", "0.2.0"),
        ("2.0.0", "2.0.0", "2.0.0", "2.0.0"),
        // It need not be there itself.
        ("1.0.1", "1.4.0", "1.0.10", "a/x has no version 1.0.1"),
        (
            "1.5.0",
            "a/x has no version 1.x that is 1.5.0 or newer",
            "a/x has no version 1.5.x that is 1.5.0 or newer",
            "a/x has no version 1.5.0",
        ),
        (
            "0.3.0",
            "a/x has no version 0.3.x that is 0.3.0 or newer",
            "a/x has no version 0.3.x that is 0.3.0 or newer",
            "a/x has no version 0.3.0",
        ),
        ("18446744073709551615.18446744073709551615.0", "", "", ""),
    ] {
        for (mode, expected) in [("soft", soft), ("medium", medium), ("hard", hard), ("LOCKED", hard)] {
            let given = world.version(&wanted(&format!("a/x:{version}"), mode.parse().unwrap()));
            if expected.is_empty() {
                assert!(given.starts_with("a/x has no version"), "{given}");
            } else {
                assert_eq!(given, expected, "{version} {mode}");
            }
        }
    }
    for mode in [Mode::Soft, Mode::Medium, Mode::Hard] {
        assert_eq!(world.version(&wanted("a/x", mode)), "2.0.0", "{mode:?}");
    }
    assert_eq!("sticky".parse::<Mode>(), Err(Unknown));
}

#[test]
fn a_pre_release_is_given_where_nothing_stable_would_do() {
    let world =
        World::of(&["a/x:1.0.0-rc.1", "a/x:1.0.0-rc.2", "a/x:1.1.0-beta", "a/y:1.0.0", "a/y:2.0.0-rc.1"]);
    assert_eq!(world.version(&wanted("a/x", Mode::Soft)), "1.1.0-beta");
    assert_eq!(world.version(&wanted("a/x:1.0.0-rc.1", Mode::Medium)), "1.0.0-rc.2");
    assert_eq!(world.version(&wanted("a/x:1.0.0-rc.1", Mode::Hard)), "1.0.0-rc.1");
    assert_eq!(world.version(&wanted("a/x:1.0.0", Mode::Soft)), "1.1.0-beta");
    assert_eq!(world.version(&wanted("a/y", Mode::Soft)), "1.0.0");
    // A pre-release of the next major version is of the next major version.
    assert_eq!(world.version(&wanted("a/y:1.0.0", Mode::Soft)), "1.0.0");
    assert_eq!(world.version(&wanted("a/y:2.0.0-rc.1", Mode::Soft)), "2.0.0-rc.1");
    let mut world = world;
    world.publish(release("a/x:1.0.0"));
    for (version, given) in [("1.0.0-rc.1", "1.0.0"), ("1.0.0", "1.0.0"), ("1.1.0-alpha", "1.1.0-beta")] {
        assert_eq!(world.version(&wanted(&format!("a/x:{version}"), Mode::Soft)), given);
    }
}

#[test]
fn a_deprecated_version_is_given_where_it_is_locked_or_nothing_else_would_do() {
    let world = World::of(&["a/x:1.0.0", "a/x:1.1.0", "a/x:1.2.0", "a/x:1.3.0-rc", "a/x:2.0.0"])
        .deprecate("a/x:1.1.0")
        .deprecate("a/x:1.2.0")
        .deprecate("a/x:2.0.0");
    for (version, mode, given) in [
        ("a/x:1.1.0", Mode::Hard, "1.1.0 (old)"),
        ("a/x:1.0.0", Mode::Medium, "1.0.0"),
        ("a/x:1.1.0", Mode::Medium, "1.1.0 (old)"),
        // A build that has it is not moved to another deprecated one, or to a pre-release …
        ("a/x:1.1.0", Mode::Soft, "1.1.0 (old)"),
        // … and one that does not have it gets rather that.
        ("a/x:1.0.1", Mode::Soft, "1.3.0-rc"),
        ("a/x:1.0.0", Mode::Soft, "1.0.0"),
        ("a/x:2.0.0", Mode::Soft, "2.0.0 (old)"),
        ("a/x", Mode::Soft, "1.0.0"),
    ] {
        assert_eq!(world.version(&wanted(version, mode)), given, "{version} {mode:?}");
    }
    // Of deprecated versions alone, the newest.
    let gone = World::of(&["a/x:1.0.0", "a/x:1.1.0"]).deprecate("a/x:1.0.0").deprecate("a/x:1.1.0");
    assert_eq!(gone.version(&wanted("a/x", Mode::Soft)), "1.1.0 (old)");
    assert_eq!(gone.version(&wanted("a/x:1.0.0", Mode::Soft)), "1.0.0 (old)");
    assert_eq!(gone.version(&wanted("a/x:1.0.1", Mode::Soft)), "1.1.0 (old)");
}

#[test]
fn the_graph_is_what_the_version_was_built_with() {
    let world = World::of(&[
        "a/x:1.0.0 ballerina/lang.int:0.0.0 b/gone:1.0.0 c/z:1.0.0",
        "c/z:1.0.0",
        "c/z:1.0.5",
        "ballerina/http:2.0.0 ballerina/jballerina.java:0.0.0",
    ]);
    let found = world.resolve(&[wanted("a/x:1.0.0", Mode::Soft), wanted("ballerina/http", Mode::Soft)]);
    let graphs: Vec<_> = found.iter().map(|found| found.as_ref().unwrap().graph.clone()).collect();
    let expected = |text: &str| release(text).graph;
    // What is not here, what is older than the newest and what ships with the distribution stays as it was locked.
    assert_eq!(graphs[0], expected("a/x:1.0.0 ballerina/lang.int:0.0.0 b/gone:1.0.0 c/z:1.0.0"));
    assert_eq!(graphs[1], expected("ballerina/http:2.0.0 ballerina/jballerina.java:0.0.0"));
}

#[test]
fn a_cycle_is_no_more_than_a_graph() {
    let mut world = World::new();
    let names = ["a/x:1.0.0", "a/y:1.0.0", "a/z:1.0.0"].map(|c| c.parse::<Coordinates>().unwrap());
    let mut released = release("a/x:1.0.0");
    let next = |i: usize| vec![names[(i + 1) % 3].clone()];
    released.graph = (0..3).map(|i| Node { package: names[i].clone(), dependencies: next(i) }).collect();
    let graph = released.graph.clone();
    world.publish(released);
    assert_eq!(world.resolve(&[wanted("a/x", Mode::Soft)])[0].as_ref().unwrap().graph, graph);
}

/// Logs may hold graphs from before it was checked that they are whole.
#[test]
fn what_a_graph_lacks_is_added() {
    let mut world = World::new();
    let mut nothing = release("a/none:1.0.0");
    nothing.graph.clear();
    let mut edges = release("a/edges:1.0.0 b/y:1.0.0 b/z:1.0.0");
    edges.graph.retain(|node| node.package == edges.description.coordinates);
    world.publish(nothing);
    world.publish(edges);
    let found = world.resolve(&[wanted("a/none", Mode::Soft), wanted("a/edges", Mode::Soft)]);
    assert_eq!(found[0].as_ref().unwrap().graph, release("a/none:1.0.0").graph);
    assert_eq!(found[1].as_ref().unwrap().graph, release("a/edges:1.0.0 b/y:1.0.0 b/z:1.0.0").graph);
}

#[test]
fn what_is_not_here_says_why() {
    let world = World::of(&["a/x:1.0.0"]);
    for (text, why) in [
        ("a/none:1.0.0", "package not found: a/none"),
        (
            "ballerina/lang.int:0.0.0",
            "ballerina/lang.int is a part of every distribution, and in no registry",
        ),
        (
            "ballerina/jballerina.java",
            "ballerina/jballerina.java is a part of every distribution, and in no registry",
        ),
        ("a/lang.int:0.0.0", "package not found: a/lang.int"),
        ("a/x:2.0.0", "a/x has no version 2.x that is 2.0.0 or newer"),
    ] {
        assert_eq!(world.version(&wanted(text, Mode::Soft)), why);
    }
}

#[test]
fn what_may_not_be_seen_is_not_there() {
    let mut world = World::of(&["a/x:1.0.0", "a/secret:1.0.0"]);
    let mut private = release("a/x:1.1.0");
    private.description.visibility = Visibility::Private;
    world.publish(private);
    let hidden = |release: &Release| {
        let described = &release.description;
        let hidden =
            described.visibility == Visibility::Private || described.coordinates.name.as_str() == "secret";
        hidden.then_some(Suit::Hidden)
    };
    let resolver = Resolver::new(&world.0, everybody_but(hidden), Limits::default());
    let told = |text: &str, mode| shown(&resolver.packages(&[wanted(text, mode)]).unwrap()[0]);
    assert_eq!(told("a/x:1.0.0", Mode::Soft), "1.0.0");
    assert_eq!(told("a/x:1.1.0", Mode::Hard), "a/x has no version 1.1.0");
    assert_eq!(told("a/x:1.2.0", Mode::Hard), "a/x has no version 1.2.0");
    for mode in [Mode::Soft, Mode::Hard] {
        assert_eq!(told("a/secret:1.0.0", mode), "package not found: a/secret");
        assert_eq!(told("a/absent:1.0.0", mode), "package not found: a/absent");
    }
}

#[test]
fn platforms_and_distributions_that_do_not_suit_are_passed_over() {
    let mut world = World::of(&["a/x:1.0.0"]);
    for (platform, text) in [("java17", "a/x:1.1.0"), ("java21", "a/x:1.2.0"), ("java11", "a/x:1.3.0")] {
        world.publish(on(platform, text));
    }
    let suit = |release: &Release| match release.description.platform.as_str() {
        "java21" => Some(Suit::OtherDistribution { place: 1 }),
        "java11" => Some(Suit::OtherPlatform),
        _ => None,
    };
    let resolver = Resolver::new(&world.0, everybody_but(suit), Limits::default());
    for (text, mode, given) in [
        ("a/x:1.0.0", Mode::Soft, "1.1.0"),
        ("a/x", Mode::Soft, "1.1.0"),
        ("a/x:1.2.0", Mode::Hard, "1.2.0"),
        (
            "a/x:1.2.0",
            Mode::Medium,
            "a/x has no version 1.2.x that is 1.2.0 or newer for the distribution that asks",
        ),
        ("a/x:1.3.0", Mode::Hard, "a/x has no version 1.3.0 for the platforms that are asked for"),
        ("a/x:1.4.0", Mode::Hard, "a/x has no version 1.4.0"),
    ] {
        assert_eq!(shown(&resolver.packages(&[wanted(text, mode)]).unwrap()[0]), given, "{text}");
    }
}

#[test]
fn the_platform_that_is_liked_best_is_given() {
    let place = |release: &Release| match release.description.platform.as_str() {
        "java21" => Some(Suit::Suits { place: 0 }),
        "java17" => Some(Suit::OtherDistribution { place: 0 }),
        _ => Some(Suit::Suits { place: 1 }),
    };
    for order in [["java17", "any", "java21"], ["java21", "java17", "any"], ["any", "java21", "java17"]] {
        let mut world = World::new();
        for platform in order {
            world.publish(on(platform, "a/x:1.0.0"));
        }
        let resolver = Resolver::new(&world.0, everybody_but(place), Limits::default());
        let platform = |mode| {
            let found = resolver.packages(&[wanted("a/x:1.0.0", mode)]).unwrap().remove(0).unwrap();
            found.release.description.platform.to_string()
        };
        assert_eq!(platform(Mode::Soft), "java21");
        assert_eq!(platform(Mode::Hard), "java17");
    }
}

#[test]
fn what_asks_for_too_much_hears_so() {
    let world = World::of(&["a/x:1.0.0 b/y:1.0.0", "a/x:1.0.1-a", "a/x:1.0.1-b"]);
    let ask = |limits, count| {
        let resolver = Resolver::new(&world.0, |_| Suit::Suits { place: 0 }, limits);
        resolver.packages(&vec![wanted("a/x:1.0.0", Mode::Soft); count]).map(|found| found.len())
    };
    let limits = Limits { wanted: 2, looks: 8, graphs: 6 * 60 };
    assert_eq!(ask(limits, 2), Ok(2));
    assert_eq!(ask(limits, 3), Err(TooMuch::Wanted(2)));
    assert_eq!(ask(Limits { looks: 7, ..limits }, 2), Err(TooMuch::Looks(7)));
    assert_eq!(ask(Limits { graphs: 6 * 60 - 1, ..limits }, 2), Err(TooMuch::Graphs(6 * 60 - 1)));
}
