//! What users are told when a condition changes. Pure; the recorder counts repetitions.

use barre_crds::condition::{READY, STALLED, STORAGE_READY, WORKLOAD_AVAILABLE, reason};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType};

/// A note may have at most this many bytes.
const LONGEST_NOTE: usize = 1000;

/// Returns an event for each condition that says something new which a user must know.
pub(super) fn events(old: &[Condition], new: &[Condition]) -> Vec<Event> {
    let told = |condition: &Condition| {
        let same = |old: &&Condition| old.type_ == condition.type_;
        let before = old.iter().find(same);
        before.is_some_and(|old| old.status == condition.status && old.reason == condition.reason)
    };
    let mut events: Vec<Event> = Vec::new();
    for event in new.iter().filter(|condition| !told(condition)).filter_map(event) {
        if events.iter().all(|other| other.reason != event.reason) {
            events.push(event);
        }
    }
    events
}

fn event(condition: &Condition) -> Option<Event> {
    let normal = ["Bucket", "Available"].iter().any(|word| condition.reason.starts_with(word));
    let (type_, action) = match (condition.type_.as_str(), condition.status.as_str()) {
        (STORAGE_READY, "True") if normal => (EventType::Normal, "Provision"),
        (STORAGE_READY, "False") => (EventType::Warning, "Provision"),
        (WORKLOAD_AVAILABLE, "False") if !is_passing(&condition.reason) => (EventType::Warning, "RollOut"),
        (STALLED, "True") if condition.reason != reason::BUCKET_OWNED_BY_ANOTHER => {
            (EventType::Warning, "Reconcile")
        }
        (READY, "True") => (EventType::Normal, "Reconcile"),
        _ => return None,
    };
    Some(Event {
        type_,
        reason: condition.reason.clone(),
        note: Some(cut(&condition.message)),
        action: action.to_owned(),
        secondary: None,
    })
}

/// What every start goes through.
fn is_passing(reason: &str) -> bool {
    [
        reason::PROVISIONING,
        reason::MINIMUM_REPLICAS_UNAVAILABLE,
        reason::SCALED_TO_ZERO,
        reason::PROBE_FAILING,
    ]
    .contains(&reason)
}

fn cut(text: &str) -> String {
    text.chars()
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= LONGEST_NOTE).then_some(c)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    fn condition(type_: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: "ä".repeat(LONGEST_NOTE),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    fn reasons(old: &[Condition], new: &[Condition]) -> Vec<String> {
        events(old, new).into_iter().map(|event| event.reason).collect()
    }

    #[test]
    fn only_news_are_told() {
        let created = [condition(STORAGE_READY, "True", reason::BUCKET_CREATED)];
        assert_eq!(reasons(&[], &created), [reason::BUCKET_CREATED]);
        assert!(reasons(&created, &created).is_empty());
        let gone = [condition(STORAGE_READY, "False", reason::BACKEND_UNREACHABLE)];
        assert_eq!(reasons(&created, &gone), [reason::BACKEND_UNREACHABLE]);
    }

    #[test]
    fn a_start_is_no_warning() {
        let start = [condition(WORKLOAD_AVAILABLE, "False", reason::MINIMUM_REPLICAS_UNAVAILABLE)];
        assert!(reasons(&[], &start).is_empty());
        let crash = [condition(WORKLOAD_AVAILABLE, "False", reason::CRASH_LOOPING)];
        assert_eq!(reasons(&start, &crash), [reason::CRASH_LOOPING]);
    }

    #[test]
    fn one_reason_is_told_once() {
        let rejected = |type_, status| condition(type_, status, reason::CREDENTIALS_REJECTED);
        assert_eq!(reasons(&[], &[rejected(STALLED, "True"), rejected(STORAGE_READY, "False")]).len(), 1);
    }

    #[test]
    fn notes_fit() {
        let events = events(&[], &[condition(STORAGE_READY, "True", reason::BUCKET_ADOPTED)]);
        assert_eq!(events[0].note.as_ref().unwrap().len(), LONGEST_NOTE);
    }
}
