//! A PackageMirror and what it refers to → what runs, and the pods of the Registry, are told. Pure.

use barre_contract::mirror as contract;
use barre_crds::{
    PackageMirror,
    condition::Reason,
    package_mirror::{self as spec, Mode},
    shared::bytes,
};
use kube::ResourceExt;
use semver::VersionReq;
use sha2::{Digest, Sha256};

use super::{
    names,
    references::{DENY_KEY, References, deny, exact},
};
use crate::{pass::problem::Problem, pods::files::UpstreamFiles};

/// A run ends so much before its Job, whose controller would delete the pod with its last words.
const LAST_WORDS_SECONDS: u32 = 60;
/// What a ConfigMap has room for, besides the names of a few files.
const LONGEST: usize = 1_048_000;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `mirror.json`
    pub(crate) text: String,
    /// Its hash, which tells one from another.
    pub(crate) hash: String,
    /// What is needed to ask the upstream.
    pub(crate) files: UpstreamFiles,
}

/// Tells, or says what is wrong.
pub(crate) fn told(mirror: &PackageMirror, references: &References) -> Result<Told, Problem> {
    let files = files(mirror);
    let settings = settings(mirror, references, &files)?;
    check_versions(&settings.selection)?;
    contract::check(&settings.admission).map_err(|why| unreadable(mirror, &why))?;
    let text = serde_json::to_string(&settings).expect("settings have no keys but strings");
    if text.len() > LONGEST {
        let message = format!(
            "selection and admission take {} bytes, and a ConfigMap holds no more than {LONGEST}; \
             split them over several PackageMirrors",
            text.len()
        );
        return Err(Problem::new(Reason::InvalidSpec, message));
    }
    let hash = hex::encode(&Sha256::digest(&text)[..8]);
    Ok(Told { text, hash, files })
}

fn files(mirror: &PackageMirror) -> UpstreamFiles {
    let upstream = &mirror.spec.upstream;
    let key = |reference: &Option<barre_crds::shared::KeyReference>| {
        reference.as_ref().map(|reference| (reference.name.clone(), reference.key.clone()))
    };
    UpstreamFiles {
        mirror: mirror.name_any(),
        token: key(&upstream.token_secret_ref),
        ca: key(&upstream.ca_bundle_ref),
    }
}

fn settings(
    mirror: &PackageMirror,
    references: &References,
    files: &UpstreamFiles,
) -> Result<contract::Mirror, Problem> {
    let spec = &mirror.spec;
    Ok(contract::Mirror {
        id: names::origin(mirror),
        name: format!("{}/{}", mirror.namespace().unwrap_or_default(), mirror.name_any()),
        mode: match spec.mode {
            Mode::Sync => contract::Mode::Sync,
            Mode::PullThrough => contract::Mode::PullThrough,
        },
        upstream: upstream(&spec.upstream, files),
        selection: selection(&spec.selection, references)?,
        admission: admission(spec.admission.as_ref(), references)?,
        transfer: transfer(spec.transfer.as_ref()),
        prune: prune(spec.prune.as_ref()),
        cache: cache(spec.cache.as_ref()),
    })
}

fn upstream(upstream: &spec::Upstream, files: &UpstreamFiles) -> contract::Upstream {
    contract::Upstream {
        url: upstream.url.clone(),
        protocol: match upstream.protocol {
            None | Some(spec::Protocol::Central) => contract::Protocol::Central,
            Some(spec::Protocol::Barre) => contract::Protocol::Barre,
        },
        token_file: files.token_path(),
        ca_file: files.ca_path(),
        proxy: upstream.proxy.clone(),
        private_addresses: match upstream.private_addresses {
            None | Some(spec::PrivateAddresses::Refused) => contract::PrivateAddresses::Refused,
            Some(spec::PrivateAddresses::Allowed) => contract::PrivateAddresses::Allowed,
        },
        timeout_seconds: number(upstream.timeout_seconds, 60),
    }
}

fn selection(selection: &spec::Selection, references: &References) -> Result<contract::Selection, Problem> {
    let default = contract::Selection::default();
    Ok(contract::Selection {
        include: rules(&selection.include),
        exclude: rules(&selection.exclude),
        exact: references.exact.as_ref().map_or_else(|| Ok(Vec::new()), exact)?,
        prereleases: match selection.prereleases {
            None | Some(spec::Prereleases::Exclude) => contract::Prereleases::Exclude,
            Some(spec::Prereleases::Include) => contract::Prereleases::Include,
        },
        deprecated: match selection.deprecated {
            None | Some(spec::DeprecatedVersions::Include) => contract::Deprecated::Include,
            Some(spec::DeprecatedVersions::Exclude) => contract::Deprecated::Exclude,
        },
        keep_latest: selection.keep_latest.map(i32::unsigned_abs),
        platforms: selection.platforms.clone(),
        minimum_distribution: selection.minimum_distribution.clone(),
        dependencies: match selection.dependencies {
            None | Some(spec::Dependencies::Transitive) => contract::Dependencies::Transitive,
            Some(spec::Dependencies::Direct) => contract::Dependencies::Direct,
            Some(spec::Dependencies::None) => contract::Dependencies::None,
        },
        max_packages: number(selection.max_packages, default.max_packages),
    })
}

fn admission(
    admission: Option<&spec::Admission>,
    references: &References,
) -> Result<contract::Admission, Problem> {
    let none = spec::Admission::default();
    let admission = admission.unwrap_or(&none);
    let overrides = admission.overrides.iter().map(|entry| contract::Override {
        version: contract::Exact {
            organization: entry.organization.clone(),
            name: entry.name.clone(),
            version: entry.version.clone(),
        },
        reason: entry.reason.clone(),
    });
    Ok(contract::Admission {
        minimum_age_seconds: number(admission.minimum_age_seconds, 0).into(),
        mode: match admission.mode {
            None | Some(spec::AdmissionMode::Enforce) => contract::AdmissionMode::Enforce,
            Some(spec::AdmissionMode::Observe) => contract::AdmissionMode::Observe,
        },
        exclude: rules(&admission.exclude),
        overrides: overrides.collect(),
        deny: references.deny.as_ref().map_or_else(|| Ok(Vec::new()), deny)?,
    })
}

fn transfer(transfer: Option<&spec::Transfer>) -> contract::Transfer {
    let (none, default) = (spec::Transfer::default(), contract::Transfer::default());
    let transfer = transfer.unwrap_or(&none);
    contract::Transfer {
        concurrency: number(transfer.concurrency, default.concurrency),
        concurrency_per_host: number(transfer.concurrency_per_host, default.concurrency_per_host),
        bytes_per_second: transfer.bytes_per_second.as_ref().and_then(bytes),
        requests_per_second: transfer.requests_per_second.map(i32::unsigned_abs),
        deadline_seconds: job_deadline(Some(transfer)) - LAST_WORDS_SECONDS,
        max_retries: number(transfer.max_retries, default.max_retries),
    }
}

/// Returns how long the Job of a run may take.
pub(crate) fn job_deadline(transfer: Option<&spec::Transfer>) -> u32 {
    let given = transfer.and_then(|transfer| transfer.active_deadline_seconds);
    // The schema lets nothing shorter in.
    number(given, contract::Transfer::default().deadline_seconds).max(2 * LAST_WORDS_SECONDS)
}

fn prune(prune: Option<&spec::Prune>) -> contract::Prune {
    let (none, default) = (spec::Prune::default(), contract::Prune::default());
    let prune = prune.unwrap_or(&none);
    contract::Prune {
        policy: match prune.policy {
            None | Some(spec::PrunePolicy::Never) => contract::PrunePolicy::Never,
            Some(spec::PrunePolicy::Orphaned) => contract::PrunePolicy::Orphaned,
            Some(spec::PrunePolicy::NotSelected) => contract::PrunePolicy::NotSelected,
        },
        grace_hours: number(prune.grace_hours, default.grace_hours),
        max_delete_percent: number(prune.max_delete_percent, default.max_delete_percent),
        mode: match prune.mode {
            None | Some(spec::PruneMode::Delete) => contract::PruneMode::Delete,
            Some(spec::PruneMode::DryRun) => contract::PruneMode::DryRun,
        },
    }
}

fn cache(cache: Option<&spec::Cache>) -> contract::Cache {
    let (none, default) = (spec::Cache::default(), contract::Cache::default());
    let cache = cache.unwrap_or(&none);
    contract::Cache {
        metadata_ttl_seconds: number(cache.metadata_ttl_seconds, default.metadata_ttl_seconds),
        negative_ttl_seconds: number(cache.negative_ttl_seconds, default.negative_ttl_seconds),
    }
}

fn rules(rules: &[spec::PackageRule]) -> Vec<contract::Rule> {
    let told = rules.iter().map(|rule| contract::Rule {
        organization: rule.organization.clone(),
        name: rule.name.clone(),
        versions: rule.versions.clone(),
    });
    told.collect()
}

/// The schema lets no negative number in.
fn number(given: Option<i32>, default: u32) -> u32 {
    given.map_or(default, i32::unsigned_abs)
}

/// A range that cannot be read is told before anybody stumbles over it.
fn check_versions(selection: &contract::Selection) -> Result<(), Problem> {
    let groups = [("include", &selection.include), ("exclude", &selection.exclude)];
    for (place, rules) in groups {
        for (rule, versions) in rules.iter().filter_map(|rule| Some((rule, rule.versions.as_ref()?))) {
            if let Err(why) = versions.parse::<VersionReq>() {
                let message = format!(
                    "selection.{place}: versions '{versions}' of organization '{}' cannot be read: {why}; write \
                     comparators with commas between them, such as '>=1.2.0, <2.0.0'",
                    rule.organization
                );
                return Err(Problem::new(Reason::InvalidSpec, message));
            }
        }
    }
    Ok(())
}

/// Pods obey no rules of admission of which they cannot read one: what cannot be read reaches none.
fn unreadable(mirror: &PackageMirror, why: &contract::Unreadable) -> Problem {
    let list = mirror.spec.admission.as_ref().and_then(|admission| admission.deny_ref.as_ref());
    match list.filter(|_| why.is_denial()) {
        Some(list) => {
            let message = format!("{DENY_KEY} in ConfigMap '{}': {why}; correct it", list.name);
            Problem::new(Reason::ConfigMapUnreadable, message)
        }
        None => Problem::new(Reason::InvalidSpec, format!("admission.{why}")),
    }
}

#[cfg(test)]
mod tests;
