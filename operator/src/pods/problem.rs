//! What keeps a pod from serving. Pure.

use std::time::Duration;

use barre_crds::condition::Reason;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, Event, Pod, PodStatus,
};
use kube::ResourceExt;

use super::{
    container::CONTAINER,
    last_words::{last_words, terminated},
};
use crate::pass::{
    finding::{Finding, Truth},
    word::Word,
};

/// What every start goes through takes less.
const GRACE: Duration = Duration::from_secs(30);
const LONGEST_TEXT: usize = 300;
const LONGEST_LAST_WORDS: usize = 2000;

/// Whether all containers of a pod have ended for good, as those of an evicted one have.
pub(crate) fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// Whether a pod serves.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Returns the first pod whose containers are not made, though it was given a node a while ago. Only the events about it
/// say why.
pub(crate) fn hanging(pods: &[Pod], now: Timestamp) -> Option<&Pod> {
    living(pods).filter(|pod| placed(pod).is_some_and(|at| is_over(at, now))).min_by_key(|pod| pod.name_any())
}

/// Returns what events say about such a pod. Of several the first by their text, so that it does not alternate.
pub(crate) fn warning(events: &[Event]) -> Option<String> {
    let warnings = events.iter().filter(|event| event.type_.as_deref() == Some("Warning"));
    let texts = warnings.filter_map(|event| {
        let (reason, message) = (event.reason.as_deref()?, event.message.as_deref()?);
        Some(cut(&format!("{reason}: {}", without_ids(message)), LONGEST_TEXT))
    });
    texts.min()
}

/// Says what keeps a pod from serving: of all pods, what most surely needs a person. `warning` is about the pod that
/// [`hanging`] returned.
pub(crate) fn problem(pods: &[Pod], warning: Option<&str>, now: Timestamp) -> Option<Finding> {
    let found = living(pods).filter_map(|pod| {
        let (severity, finding) = pod_problem(pod, warning, now)?;
        Some(((severity, pod.name_any()), finding))
    });
    found.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, finding)| finding)
}

/// Returns how long it takes until a pod that is on its way has had its time.
pub(crate) fn look_again(pods: &[Pod], now: Timestamp) -> Option<Duration> {
    let times = living(pods).filter(|pod| !is_ready(pod)).filter_map(|pod| {
        let container = registry(pod.status.as_ref()?);
        let running = container.and_then(|container| running_since(container.state.as_ref()?));
        let over = running.or_else(|| placed(pod))?.checked_add(GRACE).ok()?;
        Duration::try_from(over.duration_since(now)).ok()
    });
    times.min().map(|time| time + Duration::from_secs(1))
}

fn living(pods: &[Pod]) -> impl Iterator<Item = &Pod> {
    pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none() && !has_ended(pod))
}

fn registry(status: &PodStatus) -> Option<&ContainerStatus> {
    status.container_statuses.iter().flatten().find(|container| container.name == CONTAINER)
}

fn running_since(state: &ContainerState) -> Option<Timestamp> {
    Some(state.running.as_ref()?.started_at.as_ref()?.0)
}

fn is_over(at: Timestamp, now: Timestamp) -> bool {
    at.checked_add(GRACE).is_ok_and(|over| over <= now)
}

/// Returns when a pod was given a node, if its containers have not been made since.
fn placed(pod: &Pod) -> Option<Timestamp> {
    let status = pod.status.as_ref()?;
    let waits = registry(status).is_none_or(|container| {
        let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref()?.reason.as_deref());
        matches!(waiting, Some("ContainerCreating" | "PodInitializing")) && terminated(container).is_none()
    });
    let scheduled = status.conditions.iter().flatten();
    let scheduled = scheduled
        .filter(|condition| condition.type_ == "PodScheduled" && condition.status == "True")
        .find_map(|condition| condition.last_transition_time.as_ref());
    waits.then_some(scheduled?.0)
}

fn pod_problem(pod: &Pod, warning: Option<&str>, now: Timestamp) -> Option<(u8, Finding)> {
    let status = pod.status.as_ref()?;
    let name = pod.name_any();
    let found = |severity, reason: Word, message: String| {
        Some((severity, Finding::new(Truth::False, reason, message)))
    };
    if placed(pod).is_some_and(|at| is_over(at, now)) {
        let why = warning.map_or_else(|| format!("see kubectl describe pod {name}"), ToOwned::to_owned);
        let message = format!("pod '{name}' gets no container: {why}");
        return found(2, Reason::ContainerConfigError.into(), message);
    }
    // A sidecar that is not ready either must not hide what the registry says.
    let others = status.container_statuses.iter().flatten();
    if let Some(container) = registry(status).into_iter().chain(others).find(|container| !container.ready) {
        if let Some((reason, message)) = said(container) {
            return found(0, reason, format!("pod '{name}': {message}"));
        }
        let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
        let why = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or("no details");
        match waiting.and_then(|waiting| waiting.reason.as_deref()) {
            Some("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull") => {
                let (hint, why) = ("correct spec.image, or add pullSecrets", cause_of_pull(why));
                let message = format!("image '{}' cannot be pulled: {why}; {hint}", container.image);
                return found(1, Reason::ImagePullFailed.into(), message);
            }
            Some("CreateContainerConfigError" | "CreateContainerError" | "RunContainerError") => {
                let message = format!("pod '{name}' cannot start its container: {}", without_ids(why));
                return found(2, Reason::ContainerConfigError.into(), message);
            }
            _ => {}
        }
        if let Some(ended) = terminated(container) {
            let message =
                format!("pod '{name}' ended with exit code {}: {}", ended.exit_code, last_line(ended));
            return found(3, Reason::CrashLooping.into(), message);
        }
        let state = container.state.as_ref().filter(|state| state.running.is_some());
        let is_late = state.is_some_and(|state| running_since(state).is_none_or(|at| is_over(at, now)));
        if is_late && container.started == Some(true) {
            let message = format!("pod '{name}' runs and does not become ready; see its log");
            return found(5, Reason::ProbeFailing.into(), message);
        }
    }
    let unschedulable = status.conditions.iter().flatten().find(|condition| {
        condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let why = unschedulable.message.as_deref().unwrap_or("no details");
    found(4, Reason::Unschedulable.into(), format!("pod '{name}' finds no node: {why}"))
}

/// Returns what the registry said when it ended, as conditions have it.
fn said(container: &ContainerStatus) -> Option<(Word, String)> {
    let words = last_words(container)?;
    Some((Word::said(&words.reason)?, cut(&words.message, LONGEST_LAST_WORDS)))
}

/// Returns the line of a log that says most: earlier releases printed how to get help after what was wrong.
fn last_line(ended: &ContainerStateTerminated) -> String {
    let lines = || ended.message.as_deref().unwrap_or_default().lines().rev();
    let line = lines().find(|line| line.starts_with("error: ")).or_else(|| lines().next());
    cut(line.unwrap_or_default(), LONGEST_TEXT)
}

/// Returns why an image cannot be pulled, the same while the kubelet tries and while it waits.
fn cause_of_pull(message: &str) -> String {
    let waiting =
        message.starts_with("Back-off pulling image").then(|| message.split_once(": ErrImagePull: "));
    without_ids(waiting.flatten().map_or(message, |(_, cause)| cause))
}

/// Takes out what is another at each try: ids of containers and sandboxes.
fn without_ids(text: &str) -> String {
    let is_id =
        |word: &str| word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let words = text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            if is_id(bare) { format!("…{}", &word[bare.len()..]) } else { word.to_owned() }
        })
        .collect()
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

#[cfg(test)]
mod tests;
