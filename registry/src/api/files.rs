//! `GET /files/{org}/{name}/{version}/{file}`: the bytes of a bala, where a pull is sent to.

use std::sync::Arc;

use barre_core::access::Identity;
use barre_core::package::Coordinates;
use barre_core::state::Release;
use warp::Filter;

use super::common::answer::Answer;
use super::common::bala::send;
use super::common::call::{Call, read};
use super::common::error::Error;
use super::common::lookup::{because, parse, unknown};
use super::common::path::PathPart;
use super::common::route::Route;

const TEMPLATE: &str = "/files/{org}/{name}/{version}/{file}";

pub(super) const ROUTE: Route = Route {
    method: "GET",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("files" / PathPart / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, file, call: Call<()>| {
                call.answer(TEMPLATE, give(&call, [&org, &name, &version, &file]).await)
            })
            .boxed()
    },
};

async fn give(call: &Call<()>, path: [&PathPart; 4]) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let release = find(call, &identity, path).await?;
    send(call, &release).await
}

/// The release whose file has this path. What the client may not see is not there.
async fn find(call: &Call<()>, identity: &Identity, path: [&PathPart; 4]) -> Result<Arc<Release>, Error> {
    let [org, name, version, file] = path;
    let unknown = || unknown(org, name, version);
    let (Some((org, name)), Ok(version)) = (parse(org, name), version.as_str().parse()) else {
        return Err(unknown());
    };
    let wanted = Coordinates { org, name, version };
    let found = call.services.reads.look_exactly(identity, &wanted, |view| {
        let mut releases = view.package(&wanted.org, &wanted.name)?.version(&wanted.version);
        releases.find(|release| release.description.file_name() == file.as_str()).cloned()
    });
    found.await?.map_err(|why| because(unknown(), &why))
}
