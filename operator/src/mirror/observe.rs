//! Reads everything a pass decides on: live children, Jobs and what their pods said, the Registry's Deployment, what the spec
//! refers to.
//!
//! What users can get wrong is a value in [`Observed`]; only a failing API server ends the pass.

use barre_contract::mirror::{MIRRORS_FILE, Report, packages::PACKAGES_FILE};
use barre_crds::{PackageMirror, Registry, condition::Reason, package_mirror::Mode, shared::KeyReference};
use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{ConfigMap, Pod, Secret},
};
use kube::{Resource, ResourceExt};
use sha2::{Digest, Sha256};

use super::{
    desired::Live,
    host::Host,
    last_words, names,
    record::{Ended, Record},
    references::{DENY_KEY, References, Text},
    tools::Tools,
};
use crate::{
    pass::{error::Error, finding::Finding, problem::Problem, read::Reader, secret::value},
    pods::{
        labels::{MIRROR_LABEL, REGISTRY_LABEL, servers, text},
        problem,
    },
};

/// What the Job controller labels pods with.
const JOB_LABEL: &str = "batch.kubernetes.io/job-name";

/// What a pass sees.
pub(crate) struct Observed {
    pub(crate) live: Live,
    /// All that are there.
    pub(crate) jobs: Vec<Job>,
    pub(crate) registry: Host,
    pub(crate) references: References,
    /// What is known of the runs.
    pub(crate) record: Record,
    /// What keeps the pod of the run that runs from starting.
    pub(crate) stuck: Option<Finding>,
    /// A pod of a run that has not ended, though no Job that is known says so.
    pub(crate) left: Option<String>,
    /// What the pods of the Registry are told, and whether all of them know; of a pull-through.
    pub(crate) pods: Option<Informed>,
}

/// What the pods of a Registry are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Informed {
    /// `mirrors.json`, as the Registry has it.
    pub(crate) text: String,
    /// What each ready pod works by.
    pub(crate) loaded: Vec<Option<String>>,
}

impl Informed {
    /// Returns the hash of what they are told.
    pub(crate) fn hash(&self) -> String {
        format!("sha256:{}", hex::encode(Sha256::digest(&self.text)))
    }
}

/// Reads.
pub(crate) async fn observe(
    tools: &Tools,
    mirror: &PackageMirror,
    now: Timestamp,
) -> Result<Observed, Error> {
    let namespace = mirror.namespace().unwrap_or_default();
    let uid = mirror.uid().unwrap_or_default();
    let reader = Reader { ctx: &tools.pass, namespace, uid, label: MIRROR_LABEL };
    let worker = tools.workers.acquire().await;
    // Jobs are listed in each pass: what a watch saw may lack the one that runs, and there must never be two.
    let (live, jobs, registry, references) = tokio::try_join!(
        Live::read(&reader, mirror),
        read_jobs(&reader, mirror),
        read_host(&reader, mirror),
        read_references(&reader, mirror),
    )?;
    let known = Record::of(mirror.status.as_ref(), &jobs, &[], None, now);
    let ended = read_ends(&reader, &known).await?;
    let pods = reader.list::<Pod>(&names::selector(mirror)).await?;
    drop(worker);
    let report = ask_report(tools, mirror, &known).await;
    let mut record = Record::of(mirror.status.as_ref(), &jobs, &ended, report.as_ref(), now);
    let informed = match mirror.spec.mode {
        Mode::Sync => None,
        Mode::PullThrough => Some(ask_pods(tools, &reader, mirror).await?),
    };
    let its_pods = pods_of(&record, &pods);
    let stuck = problem::problem(&its_pods, None, now);
    record.give_up(&its_pods, stuck.as_ref(), now);
    let stuck = stuck.filter(|_| record.status.current_run.is_some());
    let left = left(&record, &pods);
    Ok(Observed { live, jobs, registry, references, record, stuck, left, pods: informed })
}

async fn read_jobs(reader: &Reader<'_>, mirror: &PackageMirror) -> Result<Vec<Job>, Error> {
    let owner = names::owner_of_children(mirror);
    let jobs = reader.list::<Job>(&names::selector(mirror)).await?;
    // One that is being deleted is there until it is gone: its pod may still work.
    Ok(jobs.into_iter().filter(|job| owner.is_ours(job.meta())).collect())
}

/// Reads what the Registry's pods are made from. Another's Deployment of this name says nothing.
async fn read_host(reader: &Reader<'_>, mirror: &PackageMirror) -> Result<Host, Error> {
    let name = mirror.spec.registry_ref.name.clone();
    let of_registries = reader.with_label(REGISTRY_LABEL);
    let deployment = of_registries.child::<Deployment>(name.clone()).await?.filter(is_of_a_registry);
    let Some(deployment) = deployment else {
        let exists = reader.exists::<Registry>(&name).await?;
        return Ok(if exists { Host::Down } else { Host::Missing });
    };
    Ok(Host::of(&deployment))
}

fn is_of_a_registry(deployment: &Deployment) -> bool {
    let mut owners = deployment.meta().owner_references.iter().flatten();
    owners.any(|owner| owner.controller == Some(true) && owner.kind == Registry::kind(&()))
}

async fn read_references(reader: &Reader<'_>, mirror: &PackageMirror) -> Result<References, Error> {
    let spec = &mirror.spec;
    let exact = spec.selection.exact_ref.as_ref().map(|reference| reference.name.clone());
    let deny = spec.admission.as_ref().and_then(|admission| admission.deny_ref.as_ref());
    let deny = deny.map(|reference| reference.name.clone());
    let (exact, deny, token, ca) = tokio::try_join!(
        read_text(reader, exact, PACKAGES_FILE),
        read_text(reader, deny, DENY_KEY),
        check_token(reader, spec.upstream.token_secret_ref.as_ref()),
        check_ca(reader, spec.upstream.ca_bundle_ref.as_ref()),
    )?;
    Ok(References { exact, deny, problems: token.into_iter().chain(ca).collect() })
}

async fn read_text(reader: &Reader<'_>, name: Option<String>, key: &str) -> Result<Option<Text>, Error> {
    let Some(name) = name else { return Ok(None) };
    let map = reader.get::<ConfigMap>(name.clone()).await?;
    let found = match map {
        None => Err(missing("ConfigMap", Reason::ConfigMapNotFound, &name, key)),
        Some(map) => map
            .data
            .and_then(|mut data| data.remove(key))
            .ok_or_else(|| keyless("ConfigMap", Reason::ConfigMapKeyMissing, &name, key)),
    };
    Ok(Some(Text { name, found }))
}

async fn check_token(
    reader: &Reader<'_>,
    reference: Option<&KeyReference>,
) -> Result<Option<Problem>, Error> {
    let Some(KeyReference { name, key }) = reference else { return Ok(None) };
    Ok(match reader.get::<Secret>(name.clone()).await? {
        None => Some(missing("Secret", Reason::SecretNotFound, name, key)),
        Some(secret) if value(&secret, key).is_none() => {
            Some(keyless("Secret", Reason::SecretKeyMissing, name, key))
        }
        Some(_) => None,
    })
}

async fn check_ca(reader: &Reader<'_>, reference: Option<&KeyReference>) -> Result<Option<Problem>, Error> {
    let Some(KeyReference { name, key }) = reference else { return Ok(None) };
    let text = read_text(reader, Some(name.clone()), key).await?;
    Ok(text.and_then(|text| text.found.err()))
}

fn missing(kind: &str, reason: Reason, name: &str, key: &str) -> Problem {
    Problem::new(reason, format!("{kind} '{name}' does not exist; create it with {key}"))
}

fn keyless(kind: &str, reason: Reason, name: &str, key: &str) -> Problem {
    Problem::new(reason, format!("{kind} '{name}' has no key {key}; add it"))
}

/// Reads what the pods of Jobs said that have ended since the status was written.
async fn read_ends(reader: &Reader<'_>, known: &Record) -> Result<Vec<Ended>, Error> {
    let mut ended = Vec::new();
    for run in &known.news {
        let pods = reader.list::<Pod>(&of_run(&run.id)).await?;
        ended.push(last_words::of(run.id.clone(), &pods));
    }
    Ok(ended)
}

/// Returns the pods of the run that runs.
fn pods_of(record: &Record, pods: &[Pod]) -> Vec<Pod> {
    let Some(run) = &record.status.current_run else { return Vec::new() };
    pods.iter().filter(|pod| pod.labels().get(JOB_LABEL) == Some(&run.id)).cloned().collect()
}

/// Returns a pod that still works where no run is known to, whoever's Job it was: where a Job is deleted, or takes too long,
/// its pod ends later, and a deleted PackageMirror of the same name may have left one.
fn left(record: &Record, pods: &[Pod]) -> Option<String> {
    let living = pods.iter().filter(|pod| !problem::has_ended(pod)).map(ResourceExt::name_any);
    living.min().filter(|_| record.status.current_run.is_none())
}

fn of_run(id: &str) -> String {
    format!("{JOB_LABEL}={id}")
}

/// Asks how far the run is that runs, or what the last one listed.
async fn ask_report(tools: &Tools, mirror: &PackageMirror, known: &Record) -> Option<Report> {
    let run = match &known.status.current_run {
        Some(run) => run.id.clone(),
        None if !known.news.is_empty() || known.lacks_lists() => {
            // That it has ended is another question than how far it was.
            format!("{}, ended", known.newest()?)
        }
        None => return None,
    };
    let (registry, namespace) = (&mirror.spec.registry_ref.name, mirror.namespace().unwrap_or_default());
    tools.pods.report(mirror, &format!("{registry}-admin.{namespace}.svc"), &run).await
}

/// Asks the pods of the Registry what they work by.
async fn ask_pods(tools: &Tools, reader: &Reader<'_>, mirror: &PackageMirror) -> Result<Informed, Error> {
    let registry = &mirror.spec.registry_ref.name;
    let of_registries = reader.with_label(REGISTRY_LABEL);
    let map = of_registries.child::<ConfigMap>(format!("{registry}-mirrors")).await?;
    let text = map.and_then(|map| map.data?.remove(MIRRORS_FILE)).unwrap_or_default();
    let pods = reader.list::<Pod>(&text_of_servers(registry)).await?;
    let ready = pods.iter().filter(|pod| problem::is_ready(pod) && pod.metadata.deletion_timestamp.is_none());
    let addresses = ready.filter_map(|pod| pod.status.as_ref()?.pod_ip.clone()).collect();
    Ok(Informed { text, loaded: tools.pods.loaded(addresses).await })
}

fn text_of_servers(registry: &str) -> String {
    text(&servers(registry))
}

#[cfg(test)]
mod tests {
    use barre_crds::package_mirror::Trigger;
    use serde_json::json;

    use super::*;
    use crate::mirror::fixture;

    #[test]
    fn a_pod_that_still_works_is_left_whoevers_it_was() {
        let pod = |name: &str, job: &str, phase: &str, going: bool| {
            let mut pod: Pod = serde_json::from_value(json!({
                "metadata": { "name": name, "labels": { JOB_LABEL: job } }, "status": { "phase": phase },
            }))
            .unwrap();
            pod.metadata.deletion_timestamp = going.then(|| fixture::last_run("a", "Failed").completion_time);
            pod
        };
        let mut record = Record::default();
        for (pods, expected) in [
            (vec![], None),
            (vec![pod("a", "ours", "Succeeded", false), pod("b", "ours", "Failed", true)], None),
            (vec![pod("a", "ours", "Succeeded", false), pod("b", "theirs", "Running", true)], Some("b")),
            (vec![pod("b", "theirs", "Unknown", false), pod("a", "ours", "Pending", false)], Some("a")),
        ] {
            assert_eq!(left(&record, &pods).as_deref(), expected);
        }
        record.status.current_run = Some(fixture::current_run("ours", Trigger::Initial));
        let pods = [pod("a", "ours", "Running", false), pod("b", "theirs", "Running", false)];
        assert_eq!(left(&record, &pods), None, "nothing begins anyway");
        assert_eq!(pods_of(&record, &pods), pods[..1]);
    }
}
