//! What is planned, for upstreams that are a table.

mod locks;
mod properties;
mod prune;
mod rules;
mod world;

use barre_contract::mirror::{
    Dependencies, Deprecated, Exact, Prereleases, PrunePolicy, Rule, Selection as Wanted,
};
use jiff::Timestamp;

use super::{Conflict, Fact, Found, Plan, Planner, Question, Selection, Step, Verdict};
use crate::package::Coordinates;
use crate::release::Origin;
use crate::state::State;
use world::{World, names, there};

fn rule(text: &str) -> Rule {
    let (package, versions) = text.split_once(' ').map_or((text, None), |(p, v)| (p, Some(v.to_owned())));
    let (organization, name) = package.split_once('/').unwrap();
    Rule { organization: organization.to_owned(), name: Some(name.to_owned()), versions }
}

fn exact(text: &str) -> Exact {
    let Coordinates { org, name, version } = text.parse().unwrap();
    Exact { organization: org.to_string(), name: name.to_string(), version: version.to_string() }
}

fn include(rules: &[&str]) -> Wanted {
    Wanted { include: rules.iter().map(|text| rule(text)).collect(), ..Wanted::default() }
}

fn admit(_: &Found) -> Verdict {
    Verdict::Admitted
}

fn plan(world: &World, wanted: &Wanted) -> Plan {
    world.plan(&State::for_testing(&[]), wanted, admit)
}

/// What is copied, in its order.
fn copied(plan: &Plan) -> Vec<String> {
    names(plan.copy.iter().map(|copy| &copy.found.coordinates))
}

fn missing(plan: &Plan) -> Vec<String> {
    let by = |by: &Option<Coordinates>| by.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    plan.missing.iter().map(|m| format!("{} by {}: {}", m.version, by(&m.by), m.why)).collect()
}

fn skipped(plan: &Plan) -> Vec<String> {
    plan.skipped.iter().map(|skipped| format!("{}: {}", skipped.version, skipped.why)).collect()
}

#[test]
fn what_is_needed_comes_before_what_needs_it() {
    let world =
        World::new(&["x/a:1.0.0 < x/z:1.0.0 y/m:1.0.0", "x/z:1.0.0 < y/m:1.0.0", "y/m:1.0.0", "x/b:1.0.0"]);
    let plan = plan(&world, &include(&["x/*"]));
    assert_eq!(copied(&plan), ["y/m:1.0.0", "x/z:1.0.0", "x/a:1.0.0", "x/b:1.0.0"]);
    assert_eq!(names(&plan.copy[2].after), ["x/z:1.0.0", "y/m:1.0.0"]);
}

#[test]
fn dependencies_come_whole_or_direct_or_not_at_all() {
    let world = World::new(&["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0 < x/c:1.0.0", "x/c:1.0.0"]);
    for (dependencies, expected) in [
        (Dependencies::Transitive, vec!["x/c:1.0.0", "x/b:1.0.0", "x/a:1.0.0"]),
        (Dependencies::Direct, vec!["x/b:1.0.0", "x/a:1.0.0"]),
        (Dependencies::None, vec!["x/a:1.0.0"]),
    ] {
        let plan = plan(&world, &Wanted { dependencies, ..include(&["x/a"]) });
        assert_eq!(copied(&plan), expected);
        assert!(plan.missing.is_empty());
    }
}

#[test]
fn what_a_lock_of_a_dependency_names_comes_as_well() {
    // The lock of a was made when b needed an older c.
    let mut world =
        World::new(&["x/a:1.0.0 < x/b:1.0.0 x/c:1.0.0", "x/b:1.0.0 < x/c:1.1.0", "x/c:1.0.0", "x/c:1.1.0"]);
    world.graph("x/a:1.0.0", &["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0 < x/c:1.0.0", "x/c:1.0.0"]);
    let plan = plan(&world, &include(&["x/a"]));
    assert_eq!(copied(&plan), ["x/c:1.1.0", "x/b:1.0.0", "x/c:1.0.0", "x/a:1.0.0"]);
}

#[test]
fn what_ships_with_the_distribution_is_never_asked_for() {
    let world = World::new(&["x/a:1.0.0 < ballerina/lang.int:0.0.0 ballerinai/observe:0.0.0"]);
    let wanted = Wanted { exact: vec![exact("ballerina/test:0.0.0")], ..include(&["x/a"]) };
    let plan = plan(&world, &wanted);
    assert_eq!((copied(&plan), missing(&plan)), (vec!["x/a:1.0.0".to_owned()], vec![]));
}

#[test]
fn the_newest_are_kept_of_those_that_nothing_else_leaves_out() {
    let mut world =
        World::new(&["x/a:1.0.0", "x/a:1.1.0", "x/a:1.2.0", "x/a:2.0.0-rc.1", "x/a:2.0.0", "x/a:3.0.0"]);
    world.deprecate("x/a:2.0.0", "broken");
    world.version("x/a:1.2.0").platforms = vec!["java11".to_owned()];
    let wanted = Wanted {
        keep_latest: Some(2),
        deprecated: Deprecated::Exclude,
        platforms: vec!["any".to_owned()],
        ..include(&["x/a"])
    };
    let plan = plan(&world, &wanted);
    assert_eq!(copied(&plan), ["x/a:1.1.0", "x/a:3.0.0"]);
    assert_eq!(
        skipped(&plan),
        [
            "x/a:1.0.0: there are enough newer versions",
            "x/a:1.2.0: it is there for none of the selected platforms",
            "x/a:2.0.0-rc.1: it is a pre-release",
            "x/a:2.0.0: it is deprecated",
        ]
    );
}

#[test]
fn each_rule_keeps_its_own_newest_ones() {
    let world = World::new(&["x/a:1.0.0", "x/a:1.1.0", "x/a:2.0.0", "x/a:2.1.0"]);
    let wanted = Wanted { keep_latest: Some(1), ..include(&["x/a <2.0.0", "x/*"]) };
    let plan = plan(&world, &wanted);
    assert_eq!(copied(&plan), ["x/a:1.1.0", "x/a:2.1.0"]);
    assert_eq!(plan.skipped.len(), 2);
}

#[test]
fn what_may_not_come_in_yet_does_not_count_among_the_newest() {
    let world = World::new(&["x/a:1.0.0", "x/a:2.0.0", "x/a:3.0.0"]);
    let wanted = Wanted { keep_latest: Some(1), ..include(&["x/a"]) };
    let until = Some(Timestamp::UNIX_EPOCH);
    let plan = world.plan(&State::for_testing(&[]), &wanted, |found| {
        match found.coordinates.version.to_string().as_str() {
            "3.0.0" => Verdict::Waits { until },
            "2.0.0" => Verdict::Denied { reason: "malware".to_owned() },
            _ => Verdict::Admitted,
        }
    });
    assert_eq!(copied(&plan), ["x/a:1.0.0"]);
    assert_eq!(names(plan.waiting.iter().map(|w| &w.which.coordinates)), ["x/a:3.0.0"]);
    assert_eq!(plan.waiting[0].until, until);
    assert_eq!(plan.denied[0].1, "malware");
    assert!(plan.skipped.is_empty() && plan.selected.len() == 3);
}

#[test]
fn pre_releases_come_where_they_are_wanted_or_named() {
    let world = World::new(&["x/a:1.0.0-rc.1", "x/a:1.1.0-rc.1", "x/a:1.2.0"]);
    let named = Wanted { exact: vec![exact("x/a:1.0.0-rc.1")], ..include(&["x/a"]) };
    assert_eq!(copied(&plan(&world, &named)), ["x/a:1.0.0-rc.1", "x/a:1.2.0"]);
    let all = Wanted { prereleases: Prereleases::Include, ..include(&["x/a >=1.1.0"]) };
    assert_eq!(copied(&plan(&world, &all)), ["x/a:1.1.0-rc.1", "x/a:1.2.0"]);
}

#[test]
fn old_distributions_are_left_out_unless_something_needs_them() {
    let mut world = World::new(&["x/a:1.0.0", "x/a:1.1.0", "x/a:1.2.0 < x/a:1.0.0", "x/a:1.3.0"]);
    for (version, distribution) in
        [("1.0.0", "2201.8.4"), ("1.1.0", "slbeta6"), ("1.2.0", "2201.9.0"), ("1.3.0", "")]
    {
        world.version(&format!("x/a:{version}")).distribution = distribution.to_owned();
    }
    let wanted = Wanted { minimum_distribution: Some("2201.9.0".to_owned()), ..include(&["x/a"]) };
    let plan = plan(&world, &wanted);
    assert_eq!(copied(&plan), ["x/a:1.0.0", "x/a:1.2.0"]);
    assert_eq!(names(plan.skipped.iter().map(|s| &s.version)), ["x/a:1.1.0", "x/a:1.3.0"]);
}

#[test]
fn what_is_excluded_or_gone_and_needed_is_missing() {
    let world = World::new(&["x/a:1.0.0 < x/b:1.0.0 x/c:1.0.0 x/d:1.0.0", "x/b:1.0.0", "x/d:1.0.0"]);
    let exclude = vec![rule("x/b"), rule("x/d >=1.0.0, <2.0.0")];
    let wanted = Wanted { exclude, exact: vec![exact("x/e:1.0.0")], ..include(&["x/*"]) };
    let plan = plan(&world, &wanted);
    assert_eq!(copied(&plan), ["x/a:1.0.0"]);
    assert_eq!(
        missing(&plan),
        [
            "x/b:1.0.0 by x/a:1.0.0: the selection excludes x/b",
            "x/c:1.0.0 by x/a:1.0.0: upstream does not have it",
            "x/d:1.0.0 by x/a:1.0.0: the selection excludes x/d >=1.0.0, <2.0.0",
            "x/e:1.0.0 by -: upstream does not have it",
        ]
    );
    assert_eq!(plan.excluded.keys().map(ToString::to_string).collect::<Vec<_>>(), ["x/b"]);
}

#[test]
fn more_than_may_be_is_nothing_and_is_noticed_early() {
    let world = World::new(&["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0 < x/c:1.0.0", "x/c:1.0.0"]);
    let selection = |max_packages| Selection::read(&Wanted { max_packages, ..include(&["x/a"]) }).unwrap();
    let run = |max| world.run(Planner::new(selection(max), "m".to_owned(), State::for_testing(&[]), admit));
    assert!(run(3).0.is_ok());
    let (refused, asked) = run(1);
    assert!(refused.unwrap_err().to_string().starts_with("more than 1 versions are selected"));
    assert!(!asked.contains(&Question::Graph("x/b:1.0.0".parse().unwrap())), "{asked:?}");
}

#[test]
fn nothing_is_asked_of_organizations_that_somebody_else_fills() {
    let world =
        World::new(&["x/a:1.0.0 < acme/b:1.0.0 acme/c:1.0.0", "acme/b:1.0.0", "acme/c:1.0.0", "z/z:1.0.0"]);
    for origin in [Origin::Local, Origin::Mirror("other".to_owned())] {
        let state = State::for_testing(&[there("acme/b:1.0.0", origin.clone()), there("z/y:1.0.0", origin)]);
        let exact = ["acme/b:1.0.0", "z/z:1.0.0"].map(exact).into();
        let wanted = Wanted { exact, ..include(&["x/a", "acme/*", "z/z"]) };
        let planner = Planner::new(Selection::read(&wanted).unwrap(), "m".to_owned(), state, admit);
        let (plan, asked) = world.run(planner.watching(PrunePolicy::NotSelected));
        let plan = plan.unwrap();
        let about = |question: &Question| format!("{question:?}");
        assert!(
            asked.iter().map(about).all(|q| !q.contains("acme") && !q.contains("z/") && !q.contains("(z"))
        );
        assert_eq!(copied(&plan), ["x/a:1.0.0"]);
        let conflicts: Vec<_> = plan.conflicts.iter().map(ToString::to_string).collect();
        assert!(conflicts[0].starts_with("organization acme is filled by "), "{conflicts:?}");
        assert!(conflicts[1].starts_with("organization z is filled by ") && conflicts.len() == 2);
        assert_eq!(names(plan.missing.iter().map(|m| &m.version)), ["acme/c:1.0.0"]);
    }
}

fn mirrored(coordinates: &str) -> world::There {
    there(coordinates, Origin::Mirror("m".to_owned()))
}

#[test]
fn what_is_there_is_not_copied_and_its_graph_is_not_asked_for() {
    let world = World::new(&["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0"]);
    let state = State::for_testing(&[mirrored("x/a:1.0.0 < x/b:1.0.0")]);
    let wanted = Selection::read(&include(&["x/a"])).unwrap();
    let (plan, asked) = world.run(Planner::new(wanted, "m".to_owned(), state, admit));
    let plan = plan.unwrap();
    assert_eq!(copied(&plan), ["x/b:1.0.0"]);
    assert_eq!(names(plan.present.iter().map(|which| &which.coordinates)), ["x/a:1.0.0"]);
    assert!(!asked.contains(&Question::Graph("x/a:1.0.0".parse().unwrap())));
}

#[test]
fn other_bytes_for_what_is_there_are_a_conflict() {
    let world = World::new(&["x/a:1.0.0"]);
    let mut state = mirrored("x/a:1.0.0");
    state.bytes = "others".to_owned();
    let plan = world.plan(&State::for_testing(&[state]), &include(&["x/a"]), admit);
    assert!(copied(&plan).is_empty());
    assert!(matches!(plan.conflicts.as_slice(), [Conflict::Digest(_)]));
    assert!(plan.conflicts[0].to_string().contains("x/a:1.0.0 for platform any"));
}

#[test]
fn another_platform_of_what_is_there_is_copied() {
    let mut world = World::new(&["x/a:1.0.0"]);
    world.version("x/a:1.0.0").platforms = ["any", "java21"].map(str::to_owned).into();
    let plan = world.plan(&State::for_testing(&[mirrored("x/a:1.0.0")]), &include(&["x/a"]), admit);
    assert_eq!(plan.copy[0].found.platform.as_str(), "java21");
    assert_eq!((plan.copy.len(), plan.present.len()), (1, 1));
}

#[test]
fn deprecations_follow_upstream_also_of_what_is_copied() {
    let mut world = World::new(&["x/a:1.0.0", "x/a:1.1.0", "x/a:1.2.0", "x/a:1.3.0"]);
    world.deprecate("x/a:1.1.0", "use\n2");
    world.deprecate("x/a:1.2.0", "old");
    world.deprecate("x/a:1.3.0", "same");
    let told = |text: &str, message: &str| {
        let mut there = mirrored(text);
        there.deprecated = Some(message.to_owned());
        there
    };
    let state = [told("x/a:1.0.0", "no more"), mirrored("x/a:1.2.0"), told("x/a:1.3.0", "same")];
    let plan = world.plan(&State::for_testing(&state), &include(&["x/a"]), admit);
    let told = plan.deprecations.iter().map(|d| (d.version.version.to_string(), d.message.as_deref()));
    let expected = [("1.0.0", None), ("1.1.0", Some("use 2")), ("1.2.0", Some("old"))];
    assert_eq!(told.collect::<Vec<_>>(), expected.map(|(version, message)| (version.to_owned(), message)));
}

#[test]
fn what_upstream_does_not_answer_stops_nothing_else() {
    let mut world = World::new(&["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0", "x/c:1.0.0 < x/b:1.0.0"]);
    world.fails.insert(Question::Version("x/b:1.0.0".parse().unwrap()));
    world.fails.insert(Question::Graph("x/a:1.0.0".parse().unwrap()));
    let plan = plan(&world, &include(&["x/a", "x/c"]));
    assert_eq!(copied(&plan), ["x/a:1.0.0", "x/c:1.0.0"]);
    assert_eq!(missing(&plan), ["x/b:1.0.0 by x/c:1.0.0: upstream did not say what it is: 500"]);
    assert!(!plan.is_complete() && plan.unanswered.len() == 2);
}

#[test]
fn a_graph_that_turns_out_to_be_another_one_makes_the_plan_go_on() {
    let world = World::new(&["x/a:1.0.0", "x/b:1.0.0"]);
    let selection = Selection::read(&include(&["x/a"])).unwrap();
    let mut planner = Planner::new(selection, "m".to_owned(), State::for_testing(&[]), admit);
    world.answer_all(&mut planner).unwrap();
    let own: Coordinates = "x/a:1.0.0".parse().unwrap();
    planner.learn(Fact::Graph(own, world::graph(&["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0"])));
    let version = Question::Version("x/b:1.0.0".parse().unwrap());
    assert_eq!(planner.step(), Ok(Step::Ask(vec![version])));
}

#[test]
fn what_upstream_has_no_more_is_known_of_what_is_watched() {
    let world = World::new(&["x/a:1.0.0"]);
    let state = State::for_testing(&[mirrored("x/a:1.0.0"), mirrored("x/a:1.1.0"), mirrored("y/b:1.0.0")]);
    for (policy, expected) in
        [(PrunePolicy::Never, vec![]), (PrunePolicy::Orphaned, vec!["x/a:1.1.0", "y/b:1.0.0"])]
    {
        let selection = Selection::read(&include(&["x/a"])).unwrap();
        let planner = Planner::new(selection, "m".to_owned(), state.clone(), admit).watching(policy);
        let plan = world.run(planner).0.unwrap();
        assert_eq!(names(plan.orphaned.iter().map(|which| &which.coordinates)), expected);
    }
}
