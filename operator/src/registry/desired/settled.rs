//! The `ConfigMap` by which pods learn what must be in the store, and that a rollout has settled.

use barre_contract::{
    known::{CURSOR_KEY, ID_KEY, LOSS_KEY},
    settled::{FILE, Settled},
};
use k8s_openapi::api::core::v1::ConfigMap;

use super::{
    deployment::{fingerprint, template},
    wanted::Wanted,
};
use crate::{pass::child::Wish, registry::names};

/// Returns what is known of the store, and the word, or that there is none.
///
/// What was seen of the rollout is about the Deployment that is there. If this pass writes another template, the older
/// programs that it may bring would find a log that they can no longer read, so the word is taken back first.
pub(crate) fn settled(wanted: &Wanted<'_>) -> Wish<ConfigMap> {
    let registry = wanted.registry;
    let is_live = wanted.live_template.as_ref() == Some(&fingerprint(&template(wanted)));
    let nothing = Settled::default();
    let word =
        serde_json::to_string(if is_live { &wanted.settled } else { &nothing }).expect("a word is a string");
    let data = [
        (FILE, Some(word)),
        (ID_KEY, wanted.expected.registry.clone()),
        (CURSOR_KEY, wanted.expected.cursor.as_ref().map(ToString::to_string)),
        (LOSS_KEY, wanted.given_up.map(ToOwned::to_owned)),
    ];
    Wish::Be(ConfigMap {
        metadata: names::child(registry, names::settled(registry)),
        data: Some(data.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect()),
        ..ConfigMap::default()
    })
}
