//! The `ConfigMap` by which pods learn that a rollout has settled.

use barre_contract::settled::FILE;
use k8s_openapi::api::core::v1::ConfigMap;

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns the word, or that there is none.
pub(crate) fn settled(wanted: &Wanted<'_>) -> Wish<ConfigMap> {
    let registry = wanted.registry;
    let word = serde_json::to_string(&wanted.settled).expect("a word is a string");
    Wish::Be(ConfigMap {
        metadata: names::child(registry, names::settled(registry)),
        data: Some([(FILE.to_owned(), word)].into()),
        ..ConfigMap::default()
    })
}
