//! `PUT /v2/{org}/{name}/manifests/{reference}`: the end of a push. A manifest with one layer is a package, which is published
//! like any other; one with a subject is about something of a package, and is kept beside that. Anything else is refused.

mod keep;
mod source;

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{self, Blob, EMPTY, MAX_MANIFEST_BYTES, Pushed, Reference};
use barre_core::package::Version;
use barre_core::state::Release;
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use warp::Filter;
use warp::reply::Reply as _;

use super::challenge::respond;
use super::content::CONTENT_DIGEST;
use super::pusher::pusher;
use super::refusal::{Code, Refusal};
use super::repository::{Missing, Repository, push_scope};
use crate::api::common::answer::{Answer, Seq};
use crate::api::common::arriving;
use crate::api::common::call::{Call, Writer, change};
use crate::api::common::inputs::LinkBase;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::memory::Room;
use crate::service::publish::{self, Arrival, Destination, Upload};
use crate::service::read::{Choice, Freshness, PackageView, View};

const TEMPLATE: &str = "/v2/{org}/{name}/manifests/{reference}";
/// The manifest that was referred to: clients take it for a sign that they need not list referrers themselves.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
/// How many times its length a manifest takes at most, with what is read of it.
const TIMES: usize = 2;
/// Most manifests of the package itself that are kept beside one release: clients that push the same bala again write the
/// time into a new one.
const MAX_PACKAGE_MANIFESTS: usize = 8;

pub(crate) const ROUTE: Route = Route {
    method: "PUT",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("v2" / PathPart / PathPart / "manifests" / PathPart)
            .and(change(services))
            .and(warp::body::stream())
            .then(async |org, name, reference, call: Call<(LinkBase,)>, body| {
                let LinkBase(base) = &call.inputs.0;
                let pushed = push(&call, [&org, &name, &reference], body).await;
                respond(&call, TEMPLATE, (base, &push_scope(&org, &name)), pushed)
            })
            .boxed()
    },
};

async fn push<B: Buf>(
    call: &Call<(LinkBase,)>,
    [org, name, reference]: [&PathPart; 3],
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Refusal> {
    let repository = Repository::to_push(org, name)?;
    let writer = pusher(call, &repository).await?;
    let tag = Reference::parse(reference.as_str())?;
    call.services.publisher.may_write()?;
    let (bytes, _room) = read(call, body).await?;
    let digest = Digest::of(&bytes);
    let manifest = Pushed::read(call.content(&CONTENT_TYPE).unwrap_or_default(), &bytes)?;
    let subject = manifest.subject;
    let push = Push { call, repository, writer, manifest, digest, bytes };
    let seq = match (tag, subject) {
        (Reference::Digest(named), _) if named != digest => {
            let text = format!("the manifest has the digest {digest}, and was pushed as {named}");
            return Err(Refusal::bad(Code::DigestInvalid, text));
        }
        (Reference::Digest(_), Some(subject)) => push.referrer(subject).await?,
        (Reference::Digest(_), None) => push.package(None).await?,
        (Reference::Version(version), None) => push.package(Some(version)).await?,
        (_, Some(_)) => {
            let text = "what refers to another manifest has no tag here: push it by its digest";
            return Err(Refusal::bad(Code::ManifestInvalid, text));
        }
        (_, None) => {
            let text = format!("a tag is the version of a package here, and \"{reference}\" is none");
            return Err(Refusal::bad(Code::ManifestInvalid, text));
        }
    };
    let mut response = warp::reply::with_status(warp::reply(), StatusCode::CREATED).into_response();
    response.extensions_mut().insert(Seq(seq));
    let answer = Answer::new(response)
        .with(LOCATION, format!("/v2/{}/manifests/{digest}", push.repository.text()))
        .with(CONTENT_DIGEST, digest.to_string());
    Ok(subject.into_iter().fold(answer, |answer, subject| answer.with(SUBJECT, subject.to_string())))
}

/// The body of a call, and the room that it takes with what it says.
async fn read<B: Buf>(
    call: &Call<(LinkBase,)>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<(Vec<u8>, Vec<Room>), Refusal> {
    let too_large = || Refusal::too_large(format!("a manifest may have at most {MAX_MANIFEST_BYTES} bytes"));
    if call.content_length().is_some_and(|length| length > MAX_MANIFEST_BYTES as u64) {
        return Err(too_large());
    }
    let (mut bytes, mut rooms) = (Vec::new(), Vec::new());
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = arriving::next(&mut body).await? {
        if bytes.len() + chunk.len() > MAX_MANIFEST_BYTES {
            return Err(too_large());
        }
        rooms.push(call.services.memory.answer(call.ends.peer, chunk.len().saturating_mul(TIMES))?);
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, rooms))
}

/// A manifest on its way in.
struct Push<'a> {
    call: &'a Call<(LinkBase,)>,
    repository: Repository,
    writer: Writer,
    manifest: Pushed,
    digest: Digest,
    bytes: Vec<u8>,
}

impl Push<'_> {
    /// Publishes a package, and keeps its manifest.
    async fn package(&self, version: Option<Version>) -> Result<u64, Refusal> {
        let [layer] = &self.manifest.layers[..] else {
            let layers = self.manifest.layers.len();
            let text = format!("a package has one layer, its bala, and this manifest has {layers}");
            return Err(Refusal::bad(Code::ManifestInvalid, text));
        };
        let config = &self.manifest.config;
        if config.digest != Digest::of(EMPTY) && self.source(config.digest).await?.is_none() {
            return Err(self.unknown(config));
        }
        let destination = Destination::Tag { repository: self.repository.0.clone(), version };
        let (seq, bala) = match self.released(layer.digest).await? {
            // What is there already is not sent again.
            Some(there) if destination.is_of(&there.description) => {
                (self.call.services.reads.seq(), layer.digest)
            }
            Some(there) => {
                let coordinates = there.description.coordinates.clone();
                return Err(publish::Error::OtherDestination(coordinates).into());
            }
            None => self.publish(layer, destination).await?,
        };
        let Some(release) = self.released(bala).await? else { return Err(self.unseen(bala).await?) };
        Ok(self.keep_package(&release).await?.unwrap_or(seq))
    }

    /// Publishes the bala in a layer; the segment, and the digest of the bala.
    async fn publish(&self, layer: &Blob, destination: Destination) -> Result<(u64, Digest), Refusal> {
        let (mut arrived, mut turn) = self.fetch(layer).await?;
        let services = &self.call.services;
        if arrived.is_packed()? {
            let limit = services.max_package_size;
            let mut arrival = Arrival::new(&services.scratch, limit, turn)?;
            arrived.unpack(&mut arrival, limit).await?;
            (arrived, turn) = arrival.finish().await?;
        }
        let digest = arrived.digest;
        let upload =
            Upload { arrived, file_name: None, claimed_digest: None, destination: Some(destination) };
        let (publisher, writer) = (&services.publisher, &self.writer);
        let done = publisher.publish(&writer.identity, upload, turn, writer.still()).await?;
        Ok((done.seq(), digest))
    }

    /// Keeps the manifest of a package as far as there is room: who reads the tag gets the package in any case.
    async fn keep_package(&self, release: &Arc<Release>) -> Result<Option<u64>, Refusal> {
        let needs_none = self.look(|view, package| {
            let known = self.call.services.artifacts.find(view, package, self.digest).is_some();
            let manifests = package.attached(release).filter(|file| oci::is_package(file)).count();
            Some(known || manifests >= MAX_PACKAGE_MANIFESTS)
        });
        if needs_none.await?.unwrap_or(true) {
            return Ok(None);
        }
        match self.keep(release).await? {
            Err(publish::Error::Refused(reason)) => {
                tracing::warn!(repository = %self.repository.0, digest = %self.digest, %reason, "a manifest is not kept");
                Ok(None)
            }
            kept => Ok(Some(kept?)),
        }
    }

    /// Keeps what refers to a manifest of this repository, beside the release that is about.
    async fn referrer(&self, subject: Digest) -> Result<u64, Refusal> {
        let artifacts = &self.call.services.artifacts;
        let found = self.look(|view, package| artifacts.find(view, package, subject));
        let Some(about) = found.await?.filter(oci::Derivation::is_manifest) else {
            let text = format!(
                "{subject} is not in {}: what is pushed here is a package, or refers to a manifest of one that is there",
                self.repository.text()
            );
            return Err(Refusal::bad(Code::ManifestInvalid, text));
        };
        let is_known = self.look(|view, package| {
            let known = artifacts.find(view, package, self.digest)?;
            (known.is_manifest() && known.release.stored.folder == about.release.stored.folder).then_some(())
        });
        if is_known.await?.is_some() {
            return Ok(self.call.services.reads.seq());
        }
        Ok(self.keep(&about.release).await??)
    }

    /// What `look` finds in the package of this repository.
    async fn look<T>(
        &self,
        look: impl Fn(View<'_>, PackageView<'_>) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let found = self.call.services.reads.choose(&self.writer.identity, Freshness::Exact, |view| {
            let package = self.repository.package(view)?;
            look(view, package).map(Choice::last).ok_or(Missing::Content)
        });
        Ok(found.await?.ok().map(|found| found.found))
    }

    /// Why a bala that is there is not seen.
    async fn unseen(&self, bala: Digest) -> Result<Refusal, Refusal> {
        let services = &self.call.services;
        let repository = (&self.repository.0.org, &self.repository.0.name);
        let why = services.reads.look(&self.writer.identity, Freshness::Exact, |view| {
            view.why_digest_withheld(&services.artifacts, repository, bala)
        });
        Ok(why
            .await?
            .map_or_else(|| publish::Error::Slow.into(), |why| Refusal::denied(format!("{bala}: {why}"))))
    }

    /// The release whose bala has this digest.
    async fn released(&self, digest: Digest) -> Result<Option<Arc<Release>>, Refusal> {
        self.look(|_, package| {
            let mut releases = package.versions().flat_map(|(_, seen)| seen);
            releases.find(|release| release.stored.digest == digest).map(Arc::clone)
        })
        .await
    }
}
