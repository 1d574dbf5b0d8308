//! `GET …/{org}/{name}/{version}/{file}`: the bala of a version, which is that of its first platform for ever, its POM, its
//! SBOM, and checksums of these.

use std::sync::Arc;

use barre_core::maven::{Checksum, FilePath, Form, SBOM_TYPE, VersionFile, pom};
use barre_core::package::Coordinates;
use barre_core::release::{AttachedFile, Purpose};
use barre_core::state::Release;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::door::{Door, Place, routes};
use super::made;
use crate::api::common::answer::Answer;
use crate::api::common::bala;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::exact::{self, Lasts};
use crate::api::common::lookup::because;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::Services;
use crate::service::files::{Delivery, Files, Promptness};
use crate::service::read::{Choice, Freshness, PackageView, View};

routes!("GET", "/{org}/{name}/{version}/{artifact}", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    place
        .path()
        .and(warp::path!(PathPart / PathPart / PathPart / PathPart))
        .and(read(services))
        .then(move |org, name, version, file, call: Call<()>| async move {
            place.answer(&call, give(&call, place, [&org, &name, &version, &file]).await)
        })
        .boxed()
}

/// Why something is not found.
enum Missing {
    /// Because of this, where there is more to say.
    Version(String),
    /// The version is there.
    Sbom,
}

async fn give(call: &Call<()>, place: Place, path: [&PathPart; 4]) -> Result<Answer, Error> {
    let identity = place.reader(call).await?;
    let [org, name, version, file] = path.map(PathPart::as_str);
    let wanted =
        FilePath::parse(org, name, version, file).map_err(|unknown| Error::NotFound(unknown.to_string()))?;
    // Of SBOMs the last one counts.
    let freshness = if wanted.file == VersionFile::Sbom { Freshness::Recent } else { Freshness::Exact };
    let found = call.services.reads.choose(&identity, freshness, |view| {
        let withheld = || Missing::Version(view.why_withheld(&wanted.coordinates).unwrap_or_default());
        let (package, release) = first(view, &wanted.coordinates).ok_or_else(withheld)?;
        let sbom = sbom(package, release).cloned();
        if wanted.file == VersionFile::Sbom && sbom.is_none() {
            return Err(Missing::Sbom);
        }
        Ok(Choice::last((Arc::clone(release), sbom)))
    });
    let refuse = |missing| match missing {
        Missing::Version(why) => because(absent(&wanted.coordinates), &why),
        Missing::Sbom => Error::NotFound(format!("{} was pushed without an SBOM", wanted.coordinates)),
    };
    let (release, sbom) = found.await?.map_err(refuse)?.found;
    match (wanted.file, wanted.form, sbom) {
        (_, Form::Signature, _) => Err(made::unsigned()),
        (VersionFile::Bala, Form::Itself, _) => bala::send(call, &release).await,
        (VersionFile::Bala, Form::Checksum(checksum), _) => {
            made::hex(call, bala_checksum(call, &release, checksum).await?, Lasts::UntilAnythingChanges)
        }
        (VersionFile::Pom, form, _) => {
            made::document(call, pom(&release.description), form, Lasts::UntilAnythingChanges)
        }
        (VersionFile::Sbom, Form::Itself, Some(sbom)) => send_sbom(call, &release, &sbom).await,
        (VersionFile::Sbom, Form::Checksum(Checksum::Sha256), Some(sbom)) => {
            made::hex(call, sbom.digest.hex(), Lasts::No)
        }
        (VersionFile::Sbom, Form::Checksum(_), _) => {
            Err(Error::NotFound("of an SBOM this registry tells the SHA-256 alone".to_owned()))
        }
        (VersionFile::Sbom, Form::Itself, None) => Err(absent(&wanted.coordinates)),
    }
}

/// The release that a path without a platform means, of what may be seen.
pub(super) fn first<'a>(
    view: View<'a>,
    coordinates: &Coordinates,
) -> Option<(PackageView<'a>, &'a Arc<Release>)> {
    let package = view.package(&coordinates.org, &coordinates.name)?;
    Some((package, package.first(&coordinates.version)?))
}

/// The SBOM that was pushed last.
fn sbom<'a>(package: PackageView<'a>, release: &Release) -> Option<&'a Arc<AttachedFile>> {
    package.attached(release).filter(|file| file.purpose == Purpose::Sbom).last()
}

pub(super) fn absent(coordinates: &Coordinates) -> Error {
    Error::NotFound(format!("package {coordinates} is not here"))
}

/// A checksum of a bala. The log has one of them; to make another, the bala has to be in memory.
async fn bala_checksum(call: &Call<()>, release: &Arc<Release>, checksum: Checksum) -> Result<String, Error> {
    if checksum == Checksum::Sha256 {
        return Ok(release.stored.digest.hex());
    }
    if !Files::keeps(release) {
        let text = "of a bala that is as large as this one, this registry tells the SHA-256 alone";
        return Err(Error::NotFound(text.to_owned()));
    }
    match call.services.files.open(release, Promptness::Whole, call.ends.peer).await? {
        Delivery::Whole(pieces) => made::checksum(checksum, pieces).await,
        Delivery::Stream(_) => {
            Err(Error::Unavailable("this registry is busy, try again in a moment".to_owned()))
        }
    }
}

async fn send_sbom(call: &Call<()>, release: &Release, sbom: &AttachedFile) -> Result<Answer, Error> {
    let pieces = async { Ok(call.services.files.open_attached(release, sbom, call.ends.peer).await?) };
    exact::stream(call, (sbom.digest, sbom.size), SBOM_TYPE, pieces).await
}
