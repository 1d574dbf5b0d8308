//! The `ConfigMap` by which pods learn which mirrors feed them. It is there also where none does: then the template of the
//! pods is the same with and without mirrors, and the first one rolls nobody.

use barre_contract::mirror::MIRRORS_FILE;
use k8s_openapi::api::core::v1::ConfigMap;

use super::wanted::Wanted;
use crate::{pass::child::Wish, registry::names};

/// Returns what pods are told. Where that cannot be, it stays as it is: what is denied stays denied.
pub(crate) fn mirrors(wanted: &Wanted<'_>) -> Wish<ConfigMap> {
    if wanted.told.too_large.is_some() {
        return Wish::Stay;
    }
    Wish::Be(ConfigMap {
        metadata: names::child(wanted.registry, names::mirrors(wanted.registry)),
        data: Some([(MIRRORS_FILE.to_owned(), wanted.told.text.clone())].into()),
        ..ConfigMap::default()
    })
}
