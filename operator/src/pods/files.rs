//! The files that the program finds in its pods: volumes, and where they are.

use k8s_openapi::{
    api::core::v1::{
        ConfigMapProjection, ConfigMapVolumeSource, EmptyDirVolumeSource, KeyToPath, ProjectedVolumeSource,
        SecretProjection, Volume, VolumeMount, VolumeProjection,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use serde::{Deserialize, Serialize};

/// The one folder that the program may write to.
pub(crate) const SCRATCH: &str = "/tmp";
/// Room for eight uploads of the largest size at a time, and for hundreds of ordinary ones.
const SCRATCH_SIZE: &str = "32Gi";
/// Where a registry finds what it needs to ask upstreams: `<mirror>/token` and `<mirror>/ca.crt`.
const UPSTREAMS: &str = "/etc/barre/upstreams";

/// The key of the ConfigMap of a PackageMirror with its [`UpstreamFiles`].
pub(crate) const FILES_KEY: &str = "files.json";

/// A volume and where it is mounted.
pub(crate) struct Mounted {
    pub(crate) volume: Volume,
    pub(crate) mount: VolumeMount,
}

/// Mounts folders as a whole: the kubelet never refreshes a single file (`subPath`).
pub(crate) fn mounted(name: &str, path: &str, read_only: Option<bool>, volume: Volume) -> Mounted {
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

/// Returns the folder for temporary files. A pod that fills its node's disk would have others evicted.
pub(crate) fn scratch() -> Mounted {
    let size_limit = Some(Quantity(SCRATCH_SIZE.to_owned()));
    let scratch = EmptyDirVolumeSource { size_limit, ..EmptyDirVolumeSource::default() };
    mounted("tmp", SCRATCH, None, Volume { empty_dir: Some(scratch), ..Volume::default() })
}

/// Mounts a ConfigMap; where `optional`, pods start without it.
pub(crate) fn config(volume: &str, path: &str, name: String, optional: Option<bool>) -> Mounted {
    let source = ConfigMapVolumeSource { name, optional, ..ConfigMapVolumeSource::default() };
    mounted(volume, path, Some(true), Volume { config_map: Some(source), ..Volume::default() })
}

/// What pods need to ask the upstream of one mirror, by the names of objects and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct UpstreamFiles {
    /// The PackageMirror.
    pub(crate) mirror: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<(String, String)>,
}

impl UpstreamFiles {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.token.is_none() && self.ca.is_none()
    }

    /// Returns the path of the token.
    pub(crate) fn token_path(&self) -> Option<String> {
        self.token.as_ref().map(|_| format!("{UPSTREAMS}/{}", self.token_file()))
    }

    /// Returns the path of the certificates.
    pub(crate) fn ca_path(&self) -> Option<String> {
        self.ca.as_ref().map(|_| format!("{UPSTREAMS}/{}", self.ca_file()))
    }

    fn token_file(&self) -> String {
        format!("{}/token", self.mirror)
    }

    fn ca_file(&self) -> String {
        format!("{}/ca.crt", self.mirror)
    }
}

/// Mounts what is needed of several mirrors; nothing where nothing is. What is missing keeps no pod from starting: a registry
/// serves all the same, and a run says what it lacks.
pub(crate) fn upstreams<'a>(mirrors: impl IntoIterator<Item = &'a UpstreamFiles>) -> Option<Mounted> {
    let item =
        |key: &str, path: String| Some(vec![KeyToPath { key: key.to_owned(), path, ..KeyToPath::default() }]);
    let mut sources = Vec::new();
    for files in mirrors {
        if let Some((name, key)) = &files.token {
            let items = item(key, files.token_file());
            let secret = SecretProjection { name: name.clone(), items, optional: Some(true) };
            sources.push(VolumeProjection { secret: Some(secret), ..VolumeProjection::default() });
        }
        if let Some((name, key)) = &files.ca {
            let items = item(key, files.ca_file());
            let map = ConfigMapProjection { name: name.clone(), items, optional: Some(true) };
            sources.push(VolumeProjection { config_map: Some(map), ..VolumeProjection::default() });
        }
    }
    if sources.is_empty() {
        return None;
    }
    let projected = ProjectedVolumeSource { sources: Some(sources), ..ProjectedVolumeSource::default() };
    let volume = Volume { projected: Some(projected), ..Volume::default() };
    Some(mounted("upstreams", UPSTREAMS, Some(true), volume))
}
