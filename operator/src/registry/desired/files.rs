//! The files that the server finds in its pods: which volumes there are, and where.

use barre_contract::settled;
use k8s_openapi::{
    api::core::v1::{
        ConfigMapVolumeSource, EmptyDirVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount,
    },
    apimachinery::pkg::api::resource::Quantity,
};

use super::wanted::Wanted;
use crate::registry::{names, token::TOKENS_KEY};

/// The one folder that the server may write to.
pub(super) const SCRATCH: &str = "/tmp";
/// Room for eight uploads of the largest size at a time, and for hundreds of ordinary ones.
const SCRATCH_SIZE: &str = "32Gi";
const ADMIN_TOKENS: &str = "/etc/barre/tokens/admin";
const USER_TOKENS: &str = "/etc/barre/tokens/user";
const SETTLED: &str = "/etc/barre/settled";

/// A volume and where it is mounted.
pub(super) struct Mounted {
    pub(super) volume: Volume,
    pub(super) mount: VolumeMount,
}

/// Returns all of them.
pub(super) fn files(wanted: &Wanted<'_>) -> Vec<Mounted> {
    // A pod that fills its node's disk would have others evicted.
    let size_limit = Some(Quantity(SCRATCH_SIZE.to_owned()));
    let scratch = EmptyDirVolumeSource { size_limit, ..EmptyDirVolumeSource::default() };
    let scratch = Volume { empty_dir: Some(scratch), ..Volume::default() };
    let mut files = vec![
        mounted("tmp", SCRATCH, None, scratch),
        mounted("tokens-admin", ADMIN_TOKENS, Some(true), tokens(names::admin(wanted.registry))),
    ];
    // It may be missing: pods start, and serve, without the word.
    let word = ConfigMapVolumeSource {
        name: names::settled(wanted.registry),
        optional: Some(true),
        ..ConfigMapVolumeSource::default()
    };
    let word = Volume { config_map: Some(word), ..Volume::default() };
    files.push(mounted("settled", SETTLED, Some(true), word));
    if let Some(secret) = user_tokens(wanted) {
        files.push(mounted("tokens-user", USER_TOKENS, Some(true), tokens(secret.to_owned())));
    }
    files
}

/// Returns the paths of the token files.
pub(super) fn token_files(wanted: &Wanted<'_>) -> Vec<String> {
    let users = user_tokens(wanted).map(|_| USER_TOKENS);
    [ADMIN_TOKENS].into_iter().chain(users).map(|folder| format!("{folder}/{TOKENS_KEY}")).collect()
}

/// Returns the path of the word about the rollout.
pub(super) fn settled_file() -> String {
    format!("{SETTLED}/{}", settled::FILE)
}

/// Returns the name of the Secret with the user's own tokens.
fn user_tokens<'a>(wanted: &Wanted<'a>) -> Option<&'a str> {
    let reference = wanted.registry.spec.auth.as_ref()?.tokens_secret_ref.as_ref()?;
    Some(&reference.name)
}

/// Mounts folders as a whole: the kubelet never refreshes a single file (`subPath`).
fn mounted(name: &str, path: &str, read_only: Option<bool>, volume: Volume) -> Mounted {
    Mounted {
        volume: Volume { name: name.to_owned(), ..volume },
        mount: VolumeMount {
            name: name.to_owned(),
            mount_path: path.to_owned(),
            read_only,
            ..VolumeMount::default()
        },
    }
}

fn tokens(secret: String) -> Volume {
    let only_hashes = KeyToPath { key: TOKENS_KEY.into(), path: TOKENS_KEY.into(), ..KeyToPath::default() };
    let source = SecretVolumeSource {
        secret_name: Some(secret),
        items: Some(vec![only_hashes]),
        ..SecretVolumeSource::default()
    };
    Volume { secret: Some(source), ..Volume::default() }
}
