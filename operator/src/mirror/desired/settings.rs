//! The `ConfigMap` with what runs are told. The Registry passes it on to its pods.

use barre_contract::mirror::FILE;
use barre_crds::{PackageMirror, package_mirror::Mode};
use k8s_openapi::api::core::v1::ConfigMap;

use crate::{
    mirror::{names, told::Told},
    pass::child::Wish,
    pods::files::FILES_KEY,
};

/// What children are made from.
pub(crate) struct Wanted<'a> {
    pub(crate) mirror: &'a PackageMirror,
    /// Nothing, while it cannot be told.
    pub(crate) told: Option<&'a Told>,
}

/// Returns the `ConfigMap`. While the spec cannot be, it stays as it is: what is denied stays denied.
pub(crate) fn settings(wanted: &Wanted<'_>) -> Wish<ConfigMap> {
    let (mirror, Some(told)) = (wanted.mirror, wanted.told) else { return Wish::Stay };
    let mut data = vec![(FILE.to_owned(), told.text.clone())];
    // Only pods that ask upstreams themselves need what that takes.
    if mirror.spec.mode == Mode::PullThrough && !told.files.is_empty() {
        let files = serde_json::to_string(&told.files).expect("names are strings");
        data.push((FILES_KEY.to_owned(), files));
    }
    Wish::Be(ConfigMap {
        metadata: names::feeding_child(mirror, names::settings(mirror)),
        data: Some(data.into_iter().collect()),
        ..ConfigMap::default()
    })
}
