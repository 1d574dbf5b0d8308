//! What goes of what a mirror brought, and what stays.

use barre_contract::mirror::{Prune, PruneMode, PrunePolicy};
use jiff::{SignedDuration, Timestamp};

use super::super::{Plan, Planner, Pruned, Selection, Since, Tripped, Which, prune};
use super::world::{World, names};
use super::{Question, State, Wanted, admit, include, mirrored};

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_hours(hours)
}

fn rules(policy: PrunePolicy) -> Prune {
    Prune { policy, grace_hours: 24, max_delete_percent: 50, mode: PruneMode::Delete }
}

/// A registry that a mirror filled with these.
struct Filled {
    world: World,
    state: State,
    since: Since,
}

impl Filled {
    /// From an upstream that has other versions by now.
    fn new(here: &[&str], upstream: &[&str]) -> Self {
        let there: Vec<_> = here.iter().map(|text| mirrored(text)).collect();
        Self { world: World::new(upstream), state: State::for_testing(&there), since: Since::new() }
    }

    fn plan(&self, wanted: &Wanted) -> Plan {
        let selection = Selection::read(wanted).unwrap();
        let planner = Planner::new(selection, "m".to_owned(), self.state.clone(), admit);
        self.world.run(planner.watching(PrunePolicy::NotSelected)).0.unwrap()
    }

    fn prune(&mut self, rules: &Prune, wanted: &Wanted, hours: i64) -> Pruned {
        let pruned = prune(rules, "m", &self.state, &self.plan(wanted), &self.since, at(hours));
        self.since = pruned.since.clone();
        pruned
    }
}

fn going(pruned: &Pruned) -> Vec<String> {
    let each = pruned.goes.iter().map(|leaving| (&leaving.which.coordinates, leaving.why));
    each.map(|(coordinates, why)| format!("{coordinates}: {why}")).collect()
}

const ALL: [&str; 4] = ["x/a:1.0.0 < x/b:1.0.0", "x/b:1.0.0", "x/c:1.0.0", "x/d:1.0.0"];
const NOT_SELECTED: &str = "it is selected no more, and nothing that is selected needs it";

#[test]
fn what_is_not_selected_goes_after_a_while_and_what_it_needs_stays() {
    let mut filled = Filled::new(&ALL, &ALL);
    let (rules, wanted) = (rules(PrunePolicy::NotSelected), include(&["x/a"]));
    let first = filled.prune(&rules, &wanted, 0);
    assert!(first.goes.is_empty());
    assert_eq!(names(first.waits.iter().map(|(which, _)| &which.coordinates)), ["x/c:1.0.0", "x/d:1.0.0"]);
    assert!(first.waits.iter().all(|(_, until)| *until == at(24)));
    assert!(filled.prune(&rules, &wanted, 23).goes.is_empty());
    let pruned = filled.prune(&rules, &wanted, 24);
    assert_eq!(going(&pruned), ["x/c", "x/d"].map(|name| format!("{name}:1.0.0: {NOT_SELECTED}")));
    assert_eq!(
        pruned.goes[0].digest,
        filled
            .state
            .package(&"x".parse().unwrap(), &"c".parse().unwrap())
            .unwrap()
            .version(&"1.0.0".parse().unwrap())[0]
            .stored
            .digest
    );
}

#[test]
fn what_is_selected_again_in_between_has_all_its_time_again() {
    let mut filled = Filled::new(&ALL, &ALL);
    let (rules, narrow, wide) = (rules(PrunePolicy::NotSelected), include(&["x/a"]), include(&["x/*"]));
    filled.prune(&rules, &narrow, 0);
    assert!(filled.prune(&rules, &wide, 20).since.is_empty());
    assert!(filled.prune(&rules, &narrow, 30).goes.is_empty());
    assert_eq!(filled.prune(&rules, &narrow, 54).goes.len(), 2);
}

#[test]
fn each_policy_has_its_own_reasons() {
    let wanted = include(&["x/a"]);
    for (policy, expected) in [
        (PrunePolicy::Never, vec![]),
        (PrunePolicy::Orphaned, vec!["x/c:1.0.0: upstream has it no more".to_owned()]),
        (
            PrunePolicy::NotSelected,
            vec!["x/c:1.0.0: upstream has it no more".to_owned(), format!("x/d:1.0.0: {NOT_SELECTED}")],
        ),
    ] {
        let mut filled = Filled::new(&ALL, &[ALL[0], ALL[1], ALL[3]]);
        filled.prune(&rules(policy), &wanted, 0);
        assert_eq!(going(&filled.prune(&rules(policy), &wanted, 24)), expected);
    }
}

#[test]
fn nothing_goes_if_more_would_go_than_may() {
    let mut filled = Filled::new(&ALL, &ALL);
    let (wanted, most) = (include(&["x/a"]), rules(PrunePolicy::NotSelected));
    let less = Prune { max_delete_percent: 49, ..most.clone() };
    filled.prune(&less, &wanted, 0);
    let pruned = filled.prune(&less, &wanted, 24);
    assert_eq!(pruned.tripped, Some(Tripped::TooMany { going: 2, held: 4, percent: 49 }));
    assert_eq!((pruned.goes.len(), pruned.would_go.len(), pruned.since.len()), (0, 2, 2));
    assert!(pruned.tripped.unwrap().to_string().contains("raise prune.maxDeletePercent"));
    assert_eq!(filled.prune(&most, &wanted, 24).goes.len(), 2);
}

#[test]
fn an_empty_upstream_takes_nothing_whatever_may_go() {
    for policy in [PrunePolicy::Orphaned, PrunePolicy::NotSelected] {
        let mut filled = Filled::new(&ALL, &[]);
        let (wanted, all) = (include(&["x/*"]), Prune { max_delete_percent: 100, ..rules(policy) });
        filled.prune(&all, &wanted, 0);
        let pruned = filled.prune(&all, &wanted, 1000);
        assert_eq!((pruned.tripped, pruned.goes.len()), (Some(Tripped::EmptyUpstream), 0));
    }
    // To select nothing is something else.
    let mut filled = Filled::new(&ALL, &ALL);
    let all = Prune { max_delete_percent: 100, ..rules(PrunePolicy::NotSelected) };
    filled.prune(&all, &Wanted::default(), 0);
    assert_eq!(filled.prune(&all, &Wanted::default(), 24).goes.len(), 4);
}

#[test]
fn what_upstream_did_not_answer_takes_nothing_and_gives_no_new_time() {
    let mut filled = Filled::new(&ALL, &ALL);
    let (rules, wanted) = (rules(PrunePolicy::NotSelected), include(&["x/a"]));
    filled.prune(&rules, &wanted, 0);
    filled.world.fails.insert(Question::Version("x/a:1.0.0".parse().unwrap()));
    assert!(filled.prune(&rules, &wanted, 24).goes.is_empty());
    filled.world.fails.clear();
    assert_eq!(filled.prune(&rules, &wanted, 25).goes.len(), 2);
}

#[test]
fn the_platform_that_came_first_goes_with_all_others_and_last() {
    let mut here = mirrored("x/a:1.0.0");
    here.platforms = ["java21", "any"].map(str::to_owned).to_vec();
    let platforms = here.platforms.clone();
    let state = State::for_testing(&[here]);
    let rules = Prune { max_delete_percent: 100, ..rules(PrunePolicy::NotSelected) };
    let of = |platform: &str| Wanted { platforms: vec![platform.to_owned()], ..include(&["x/a"]) };
    for (wanted, expected) in
        [(of("any"), vec![]), (of("java21"), vec!["any"]), (Wanted::default(), vec!["any", "java21"])]
    {
        let mut world = World::new(&["x/a:1.0.0"]);
        world.version("x/a:1.0.0").platforms.clone_from(&platforms);
        let mut filled = Filled { world, state: state.clone(), since: Since::new() };
        filled.prune(&rules, &wanted, 0);
        let pruned = filled.prune(&rules, &wanted, 24);
        let gone: Vec<_> = pruned.goes.iter().map(|leaving| leaving.which.platform.as_str()).collect();
        assert_eq!(gone, expected);
    }
}

#[test]
fn a_dry_run_only_tells() {
    let mut filled = Filled::new(&ALL, &ALL);
    let (wanted, rules) =
        (include(&["x/a"]), Prune { mode: PruneMode::DryRun, ..rules(PrunePolicy::NotSelected) });
    filled.prune(&rules, &wanted, 0);
    let pruned = filled.prune(&rules, &wanted, 24);
    assert_eq!((pruned.goes.len(), pruned.would_go.len(), pruned.tripped), (0, 2, None));
}

#[test]
fn what_others_brought_or_pushed_is_not_looked_at() {
    let mut filled = Filled::new(&ALL, &[]);
    let rules = Prune { max_delete_percent: 100, ..rules(PrunePolicy::NotSelected) };
    let plan = filled.plan(&Wanted::default());
    filled.since = plan.orphaned.iter().map(|which: &Which| (which.clone(), at(0))).collect();
    let pruned = prune(&rules, "other", &filled.state, &plan, &filled.since, at(1000));
    assert_eq!(pruned, Pruned::default());
}
