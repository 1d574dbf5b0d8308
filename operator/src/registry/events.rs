//! What users are told when a condition changes. Pure; the recorder counts repetitions.

use barre_crds::condition::{
    READY, RECONCILING, Reason, STALLED, STORAGE_READY, TOKENS_READY, WORKLOAD_AVAILABLE,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType};

use crate::pass::{finding::Truth, report, word::Word};

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
    let reason = Word::stored(&condition.reason);
    let (type_, action) = match (condition.type_.as_str(), Truth::stored(condition), &reason) {
        (STORAGE_READY, Truth::True, Word::Ours(Reason::BucketCreated | Reason::BucketAdopted)) => {
            (EventType::Normal, "Provision")
        }
        (STORAGE_READY, Truth::False, _) => (EventType::Warning, "Provision"),
        (WORKLOAD_AVAILABLE, Truth::False, reason) | (RECONCILING, Truth::True, reason)
            if !is_passing(reason) =>
        {
            (EventType::Warning, "RollOut")
        }
        (TOKENS_READY, Truth::False, _) => (EventType::Warning, "ReadTokens"),
        (STALLED, Truth::True, reason) if *reason != Reason::BucketOwnedByAnother => {
            (EventType::Warning, "Reconcile")
        }
        (READY, Truth::True, _) => (EventType::Normal, "Reconcile"),
        _ => return None,
    };
    Some(report::event(type_, &condition.reason, action, &condition.message))
}

/// What every start goes through.
fn is_passing(reason: &Word) -> bool {
    matches!(
        reason,
        Word::Ours(
            Reason::Provisioning
                | Reason::MinimumReplicasUnavailable
                | Reason::RollingOut
                | Reason::RetryingAfterError
        )
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    fn condition(type_: &str, status: &str, reason: Reason) -> Condition {
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.to_string(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    fn reasons(old: &[Condition], new: &[Condition]) -> Vec<String> {
        events(old, new).into_iter().map(|event| event.reason).collect()
    }

    #[test]
    fn only_news_are_told() {
        let created = [condition(STORAGE_READY, "True", Reason::BucketCreated)];
        assert_eq!(reasons(&[], &created), [Reason::BucketCreated.as_str()]);
        assert!(reasons(&created, &created).is_empty());
        let gone = [condition(STORAGE_READY, "False", Reason::BackendUnreachable)];
        assert_eq!(reasons(&created, &gone), [Reason::BackendUnreachable.as_str()]);
    }

    #[test]
    fn a_start_is_no_warning() {
        let start = [condition(WORKLOAD_AVAILABLE, "False", Reason::MinimumReplicasUnavailable)];
        assert!(reasons(&[], &start).is_empty());
        let crash = [condition(WORKLOAD_AVAILABLE, "False", Reason::CrashLooping)];
        assert_eq!(reasons(&start, &crash), [Reason::CrashLooping.as_str()]);
    }

    #[test]
    fn a_rollout_that_fails_is_told_though_the_pods_before_serve() {
        let rolls = [condition(RECONCILING, "True", Reason::RollingOut)];
        assert!(reasons(&[], &rolls).is_empty());
        let fails = [condition(RECONCILING, "True", Reason::ImagePullFailed)];
        assert_eq!(reasons(&rolls, &fails), [Reason::ImagePullFailed.as_str()]);
        assert!(reasons(&fails, &fails).is_empty());
    }

    #[test]
    fn a_token_file_that_breaks_is_told() {
        let sound = [condition(TOKENS_READY, "True", Reason::TokensUsable)];
        let broken = [condition(TOKENS_READY, "False", Reason::TokensUnusable)];
        assert!(reasons(&[], &sound).is_empty());
        assert_eq!(reasons(&sound, &broken), [Reason::TokensUnusable.as_str()]);
    }

    #[test]
    fn one_reason_is_told_once() {
        let rejected = |type_, status| condition(type_, status, Reason::CredentialsRejected);
        assert_eq!(reasons(&[], &[rejected(STALLED, "True"), rejected(STORAGE_READY, "False")]).len(), 1);
    }
}
