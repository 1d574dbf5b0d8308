//! What holds of every status, whatever was seen: tried with many observations.

use proptest::prelude::*;
use serde_json::Value;

use super::{
    tests::{NOW, condition, ended, report, table},
    *,
};
use crate::mirror::{
    fixture::{current_run, mirror, observed, time},
    host::Host,
};

const SPECS: [&str; 5] = [
    r"{}",
    r#"{ "suspend": true }"#,
    r#"{ "schedule": "*/5 * * * *" }"#,
    r#"{ "schedule": "61 * * * *" }"#,
    r#"{ "mode": "PullThrough" }"#,
];

fn results() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(vec![
        "Succeeded",
        "PartiallySucceeded",
        "SelectionTooLarge",
        "UpstreamUnreachable",
        "RegistryFailed",
        "Failed",
    ]))
}

proptest! {
    /// kstatus takes the first that is true: never two, and one of them where not all is there.
    #[test]
    fn tools_that_wait_can_tell_what_for(
        spec in proptest::sample::select(&SPECS[..]),
        result in results(),
        host in 0..4,
        runs: bool,
        changed: bool,
        minutes in 0..300_i64,
    ) {
        let mirror = mirror(serde_json::from_str::<Value>(spec).unwrap());
        let mut seen = result.map_or_else(observed, |result| ended(&mirror, result));
        if changed && let Some(run) = &mut seen.record.status.last_run {
            run.settings = "another".into();
        }
        if runs {
            let current = current_run("central-2", barre_crds::package_mirror::Trigger::Retry);
            seen.record.status.current_run = Some(current);
        }
        match host {
            0 => seen.registry = Host::Missing,
            1 => seen.registry = Host::Down,
            2 => seen.registry = Host::Rolling,
            _ => {}
        }
        let now = time(NOW).checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap().to_string();
        let status = report(&mirror, &seen, &now);
        let is = |type_| condition(&status, type_).status == "True";
        prop_assert!(!(is(RECONCILING) && is(STALLED)), "{:?}", table(&status));
        prop_assert!(is(READY) || is(RECONCILING) || is(STALLED), "{:?}", table(&status));
        prop_assert!(!(is(READY) && is(STALLED)), "{:?}", table(&status));
    }
}
