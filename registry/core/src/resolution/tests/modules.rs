use super::*;

/// A release with more exported modules; those in parentheses are not exported.
fn with(text: &str, modules: &[&str]) -> Released {
    let mut released = release(text);
    for name in modules {
        let exported = !name.starts_with('(');
        let name = name.trim_matches(['(', ')']).to_owned();
        released.description.modules.push(Module { name, exported, summary: String::new() });
    }
    released
}

fn world() -> World {
    let mut world = World::new();
    for released in [
        with("acme/a:1.0.0", &["a.b", "a.c", "a.old", "(a.hidden)"]),
        with("acme/a:1.1.0", &["a.b", "a.c", "(a.hidden)"]),
        with("acme/a:2.0.0", &["a.c"]),
        with("acme/a.b:0.1.0", &["a.b.x"]),
        with("acme/a.b:0.2.0-rc.1", &["a.b.x", "a.b.y"]),
        with("other/a.c:1.0.0", &[]),
    ] {
        world.publish(released);
    }
    world
}

fn find(world: &World, module: &str, locked: &[PackageWanted]) -> String {
    let wanted = ModuleWanted {
        org: "acme".parse().unwrap(),
        module: module.parse().unwrap(),
        locked: locked.to_vec(),
    };
    let resolver = Resolver::new(&world.0, |_| Suit::Suits { place: 0 }, Limits::default());
    let found = resolver.modules(&[wanted]).unwrap().remove(0);
    found.map_or_else(|| "-".to_owned(), |found| found.to_string())
}

#[test]
fn a_module_is_in_the_package_with_the_longest_name_that_exports_it() {
    let world = world();
    for (module, package) in [
        ("a", "acme/a:2.0.0"),
        ("a.b", "acme/a.b:0.1.0"),
        ("a.c", "acme/a:2.0.0"),
        ("a.b.x", "acme/a.b:0.1.0"),
        // Versions that do not export it are passed over, as the client does.
        ("a.b.y", "acme/a.b:0.2.0-rc.1"),
        ("a.old", "acme/a:1.0.0"),
        ("a.hidden", "-"),
        ("a.b.x.y", "-"),
        ("ab", "-"),
        ("none", "-"),
    ] {
        assert_eq!(find(&world, module, &[]), package, "{module}");
    }
}

#[test]
fn a_package_that_is_locked_comes_first() {
    let world = world();
    for (module, locked, mode, package) in [
        ("a.b", "acme/a:1.0.0", Mode::Medium, "acme/a:1.0.0"),
        ("a.b", "acme/a:1.0.0", Mode::Soft, "acme/a:1.1.0"),
        ("a.b", "acme/a:1.1.0", Mode::Hard, "acme/a:1.1.0"),
        // It does not have the module, or is not here, or is another one.
        ("a.b", "acme/a:2.0.0", Mode::Medium, "acme/a.b:0.1.0"),
        ("a.b", "acme/a:3.0.0", Mode::Medium, "acme/a.b:0.1.0"),
        ("a.c", "other/a.c:1.0.0", Mode::Medium, "acme/a:2.0.0"),
        ("a.c", "acme/a.b:0.1.0", Mode::Medium, "acme/a:2.0.0"),
    ] {
        assert_eq!(find(&world, module, &[wanted(locked, mode)]), package, "{module} {locked}");
    }
    let both = [wanted("acme/a:1.0.0", Mode::Medium), wanted("acme/a.b:0.1.0", Mode::Medium)];
    assert_eq!(find(&world, "a.b", &both), "acme/a.b:0.1.0");
}

#[test]
fn modules_of_what_may_not_be_seen_are_not_there() {
    let world = world();
    let hidden = |release: &Release| {
        (release.description.coordinates.to_string() != "acme/a:1.0.0").then_some(Suit::Hidden)
    };
    let resolver = Resolver::new(&world.0, everybody_but(hidden), Limits::default());
    let find = |module: &str| {
        let (org, module) = ("acme".parse().unwrap(), module.parse().unwrap());
        let found = resolver.modules(&[ModuleWanted { org, module, locked: Vec::new() }]).unwrap().remove(0);
        found.map(|found| found.to_string())
    };
    assert_eq!(find("a.b").as_deref(), Some("acme/a:1.0.0"));
    assert_eq!(find("a.b.x"), None);
}

#[test]
fn modules_of_long_names_are_counted_too() {
    let world = world();
    let module = vec!["a"; 100].join(".");
    let wanted = ModuleWanted {
        org: "acme".parse().unwrap(),
        module: module.parse().unwrap(),
        locked: vec![wanted("acme/a", Mode::Soft)],
    };
    let ask = |limits| {
        let resolver = Resolver::new(&world.0, |_| Suit::Suits { place: 0 }, limits);
        resolver.modules(std::slice::from_ref(&wanted))
    };
    assert_eq!(ask(Limits::default()), Ok(vec![None]));
    assert_eq!(ask(Limits { looks: 99, ..Limits::default() }), Err(TooMuch::Looks(99)));
    assert_eq!(ask(Limits { wanted: 1, ..Limits::default() }), Err(TooMuch::Wanted(1)));
}
