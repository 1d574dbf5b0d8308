//! `PUT …/{org}/{name}/{version}/{file}`: a bala, which says itself what it is, and its SBOM. What else clients send follows
//! from the bala.

use std::sync::Arc;

use barre_core::maven::{Checksum, FilePath, Form, SBOM_TYPE, VersionFile};
use barre_core::package::Coordinates;
use barre_core::release::{AttachedFile, Purpose};
use barre_core::state::attached::MAX_FILE_BYTES;
use bytes::Buf;
use futures::Stream;
use http::StatusCode;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply as _, Response};

use super::artifact::{absent, first};
use super::body::{checksum, nowhere, throw_away};
use super::door::{Door, Place, routes};
use crate::api::common::answer::{Answer, Seq};
use crate::api::common::arriving::receive_file;
use crate::api::common::call::{Call, Writer, change};
use crate::api::common::error::Error;
use crate::api::common::lookup::because;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::publish::attachment::Attachment;
use crate::service::publish::{Destination, Published, Upload};
use crate::service::read::Freshness;

routes!("PUT", "/{org}/{name}/{version}/{artifact}", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path!(PathPart / PathPart / PathPart / PathPart))
        .and(change(services))
        .and(warp::body::stream())
        .then(move |org, name, version, file, call: Call<()>, body| async move {
            let taken = take(&call, place, [&org, &name, &version, &file], body).await;
            place.answer(&call, taken.map(created))
        })
        .boxed()
}

fn created(published: Option<Published>) -> Answer {
    let mut response = StatusCode::CREATED.into_response();
    if let Some(published) = published {
        response.extensions_mut().insert(Seq(published.seq()));
    }
    Answer::new(response).for_everyone()
}

/// Takes a file; nothing becomes of those that follow from others.
async fn take<B: Buf>(
    call: &Call<()>,
    place: Place,
    path: [&PathPart; 4],
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Option<Published>, Error> {
    let writer = place.pusher(call).await?;
    let [org, name, version, file] = path.map(PathPart::as_str);
    let named = FilePath::parse(org, name, version, file).map_err(|unknown| nowhere(&unknown))?;
    call.may_publish_to(&writer, &named.coordinates.org).await?;
    match (named.file, named.form) {
        (VersionFile::Bala, Form::Itself) => take_bala(call, writer, named.coordinates, body).await.map(Some),
        (VersionFile::Sbom, Form::Itself) => {
            take_sbom(call, writer, &named.coordinates, body).await.map(Some)
        }
        (VersionFile::Bala, Form::Checksum(Checksum::Sha256)) => {
            let sent = checksum(body).await?;
            compare(call, &writer, &named.coordinates, &sent).await.map(|()| None)
        }
        _ => throw_away(body).await.map(|()| None),
    }
}

async fn take_bala<B: Buf>(
    call: &Call<()>,
    writer: Writer,
    coordinates: Coordinates,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Published, Error> {
    let (arrived, turn) =
        receive_file(call, &writer, ("package", call.services.max_package_size), body).await?;
    let upload = Upload {
        arrived,
        file_name: None,
        claimed_digest: None,
        destination: Some(Destination::Path(coordinates)),
    };
    Ok(call.services.publisher.publish(&writer.identity, upload, turn, writer.still()).await?)
}

async fn take_sbom<B: Buf>(
    call: &Call<()>,
    writer: Writer,
    coordinates: &Coordinates,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Published, Error> {
    let found = call.services.reads.look_exactly(&writer.identity, coordinates, |view| {
        first(view, coordinates).map(|(_, release)| Arc::clone(release))
    });
    let release = found.await?.map_err(|why| because(absent(coordinates), &why))?;
    let (arrived, turn) = receive_file(call, &writer, ("SBOM", MAX_FILE_BYTES), body).await?;
    let described = AttachedFile {
        purpose: Purpose::Sbom,
        media_type: SBOM_TYPE.to_owned(),
        digest: arrived.digest,
        size: arrived.size,
        subject: None,
        declares: Vec::new(),
    };
    let attachment = Attachment { described, bytes: arrived.file };
    Ok(call.services.publisher.attach(&writer.identity, &release, attachment, turn, writer.still()).await?)
}

/// Compares a checksum with what is there: a bala that was damaged on its way to us would be one with another.
async fn compare(
    call: &Call<()>,
    writer: &Writer,
    coordinates: &Coordinates,
    sent: &str,
) -> Result<(), Error> {
    let Coordinates { org, name, version } = coordinates;
    let found = call.services.reads.look(&writer.identity, Freshness::Exact, |view| {
        let releases = view.package(org, name)?.version(version);
        Some(releases.map(|release| release.stored.digest.hex()).collect::<Vec<_>>())
    });
    // Which platform is meant, is not in the path.
    let ours = found.await?.unwrap_or_default();
    if ours.is_empty() || ours.iter().any(|ours| ours.eq_ignore_ascii_case(sent)) {
        return Ok(());
    }
    let ours = ours.join(" or ");
    Err(Error::BadRequest(format!("the bala of {coordinates} here has another SHA-256: {ours}")))
}
