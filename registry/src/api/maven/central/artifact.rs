//! Files of one version, beside its bala.

use std::future::ready;
use std::sync::Arc;

use barre_core::package::{Coordinates, Version};
use http::header::CACHE_CONTROL;
use serde::Serialize;
use warp::Filter;
use warp::reject::Rejection;

use super::super::door::Place;
use crate::api::common::answer::{Answer, Keep};
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::exact::Lasts;
use crate::api::common::inputs::Encoding;
use crate::api::common::lookup::{parse, unknown};
use crate::api::common::made::{self, Tag, unneeded};
use crate::api::common::path::PathPart;
use crate::service::Services;

pub(super) type ArtifactCall = Call<(Encoding,)>;

/// The version that a path names.
pub(super) struct Artifact {
    org: PathPart,
    name: PathPart,
    version: PathPart,
}

impl Artifact {
    /// The version, where there can be one.
    pub(super) fn coordinates(&self) -> Result<Coordinates, Error> {
        let (org, name) = parse(&self.org, &self.name).ok_or_else(|| self.unknown())?;
        let version: Version = self.version.as_str().parse().map_err(|_| self.unknown())?;
        Ok(Coordinates { org, name, version })
    }

    /// What somebody is told for whom it is not there.
    pub(super) fn unknown(&self) -> Error {
        unknown(&self.org, &self.name, &self.version)
    }
}

/// `…/{org}/{name}/{version}/{name}-{version}-{classifier}.json`
pub(super) fn artifact(
    services: &Arc<Services>,
    place: Place,
    classifier: &'static str,
) -> impl Filter<Extract = (Artifact, ArtifactCall), Error = Rejection> + Clone + use<> {
    let parts = warp::path!(PathPart / PathPart / PathPart / PathPart);
    let named = move |org, name: PathPart, version: PathPart, file: PathPart| {
        let is_meant = file.as_str() == format!("{name}-{version}-{classifier}.json");
        ready(if is_meant { Ok(Artifact { org, name, version }) } else { Err(warp::reject::not_found()) })
    };
    place.path().and(parts).and_then(named).and(read(services))
}

/// What is said of a version. Where that follows from it alone, it may be given again.
pub(super) async fn answered(
    call: &ArtifactCall,
    tag: &Tag,
    content: &(impl Serialize + Sync),
    lasts: Lasts,
) -> Result<Answer, Error> {
    let (encoding,) = call.inputs;
    let answer = if let Some(response) = unneeded(call, tag)? {
        Answer::new(response)
    } else {
        let (response, body) = made::json(call, encoding, tag, content).await?;
        let answer = Answer::new(response);
        match lasts {
            Lasts::UntilAnythingChanges => answer.keep(Keep::Bytes(body)),
            Lasts::No => answer,
        }
    };
    Ok(answer.with(CACHE_CONTROL, "no-cache".to_owned()))
}
