//! The files that the server finds in its pods: which volumes there are, and where.

use barre_contract::{mirror, settled};
use k8s_openapi::api::core::v1::{KeyToPath, SecretVolumeSource, Volume};

use super::wanted::Wanted;
use crate::{
    pods::files::{Mounted, config, mounted, scratch, upstreams},
    registry::{names, token::TOKENS_KEY},
};

const ADMIN_TOKENS: &str = "/etc/barre/tokens/admin";
const USER_TOKENS: &str = "/etc/barre/tokens/user";
const SETTLED: &str = "/etc/barre/settled";
const MIRRORS: &str = "/etc/barre/mirrors";

/// Returns all of them.
pub(super) fn files(wanted: &Wanted<'_>) -> Vec<Mounted> {
    let registry = wanted.registry;
    let mut files = vec![
        scratch(),
        mounted("tokens-admin", ADMIN_TOKENS, Some(true), tokens(names::admin(registry))),
        // It may be missing: pods start, and serve, without the word.
        config("settled", SETTLED, names::settled(registry), Some(true)),
        // It may not: what is denied would be served.
        config("mirrors", MIRRORS, names::mirrors(registry), None),
    ];
    files.extend(upstreams(&wanted.told.files));
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

/// Returns the path of what the pods are told of mirrors.
pub(super) fn mirrors_file() -> String {
    format!("{MIRRORS}/{}", mirror::MIRRORS_FILE)
}

/// Returns the name of the Secret with the user's own tokens.
fn user_tokens<'a>(wanted: &Wanted<'a>) -> Option<&'a str> {
    let reference = wanted.registry.spec.auth.as_ref()?.tokens_secret_ref.as_ref()?;
    Some(&reference.name)
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
