//! Everything that children are made from.

use barre_contract::settled::Settled;
use barre_crds::Registry;

use super::image::PodImage;
use crate::{
    registry::{mirrors::Told, token::AdminToken},
    store::{Expected, description::Backend},
};

/// What was decided before any child is made. In values alone: a child cannot look at the cluster by itself.
pub(crate) struct Wanted<'a> {
    pub(crate) registry: &'a Registry,
    /// The store, if pods can be made for this spec.
    pub(crate) backend: Option<Backend>,
    /// Who operates the log.
    pub(crate) owner: String,
    pub(crate) image: PodImage,
    /// The id of the registry that is to change hands.
    pub(crate) take_over: Option<String>,
    /// The hash that rolls the pods when the credentials change.
    pub(crate) credentials: Option<String>,
    /// Drawn when there is no Secret with one.
    pub(crate) fresh_token: Option<&'a AdminToken>,
    /// The fewest pods that serve.
    pub(crate) minimum: i32,
    /// The first pods wait for the storage.
    pub(crate) gated: bool,
    /// Somebody else's autoscaler decides how many pods there are.
    pub(crate) contested: bool,
    /// There is a Deployment of ours, or will be.
    pub(crate) scalable: bool,
    /// The word for the pods about the rollout of the Deployment that is there.
    pub(crate) settled: Settled,
    /// Which template the Deployment that is there was written with; nothing if an earlier release wrote it.
    pub(crate) live_template: Option<String>,
    /// What pods must find in the store.
    pub(crate) expected: Expected,
    /// What a person gave up of it.
    pub(crate) given_up: Option<&'a str>,
    /// What pods are told of the mirrors that feed them.
    pub(crate) told: Told,
    /// How many pods the Deployment that is there asks for.
    pub(crate) live_replicas: Option<i32>,
}
