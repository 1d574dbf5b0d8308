//! The `ConfigMap` by which pods learn which mirrors feed them. It is there also where none does: then the template of the
//! pods is the same with and without mirrors, and the first one rolls nobody.

use barre_contract::mirror::MIRRORS_FILE;
use k8s_openapi::api::core::v1::ConfigMap;

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns what pods are told.
pub(crate) fn mirrors(wanted: &Wanted<'_>) -> Wish<ConfigMap> {
    Wish::Be(ConfigMap {
        metadata: names::child(wanted.registry, names::mirrors(wanted.registry)),
        data: Some([(MIRRORS_FILE.to_owned(), wanted.told.text.clone())].into()),
        ..ConfigMap::default()
    })
}
