//! `PUT /packages/deprecate/{org}/{name}/{version}` and `PUT /packages/undeprecate/…`: a version that should be used no
//! more, or all that are there now (`*`); and back again.

use std::sync::Arc;

use barre_core::access::{Action, Identity, Target, permission};
use barre_core::message;
use barre_core::package::{Coordinates, Version};
use bytes::Buf;
use futures::Stream;
use serde_json::Value;
use warp::Filter;

use super::form::described;
use super::question::{self, Question};
use super::wire;
use crate::api::common::answer::{Answer, Seq};
use crate::api::common::call::{Call, change};
use crate::api::common::error::Error;
use crate::api::common::inputs::{Encoding, LinkBase};
use crate::api::common::lookup::{because, parse, unknown};
use crate::api::common::made;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::publish::deprecation::{self, Versions};
use crate::service::read::{Choice, Client, Freshness};

const DEPRECATE: &str = "/2.0/registry/packages/deprecate/{org}/{name}/{version}";
const UNDEPRECATE: &str = "/2.0/registry/packages/undeprecate/{org}/{name}/{version}";
/// How clients mean every version.
const ALL: &str = "*";
/// What a Java client makes of a message that nobody gave.
const NO_MESSAGE: &str = "null";

pub(crate) const DEPRECATE_ROUTE: Route = Route {
    method: "PUT",
    template: DEPRECATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / "deprecate" / PathPart / PathPart / PathPart)
            .and(change(services))
            .and(warp::body::stream())
            .then(async |org, name, version, call: Call<(LinkBase, Encoding)>, body| {
                let path = [&org, &name, &version];
                call.answer(DEPRECATE, mark(&call, path, body, Mark::Deprecated).await)
            })
            .boxed()
    },
};

pub(crate) const UNDEPRECATE_ROUTE: Route = Route {
    method: "PUT",
    template: UNDEPRECATE,
    filter: |services| {
        warp::path!("2.0" / "registry" / "packages" / "undeprecate" / PathPart / PathPart / PathPart)
            .and(change(services))
            .and(warp::body::stream())
            .then(async |org, name, version, call: Call<(LinkBase, Encoding)>, body| {
                let path = [&org, &name, &version];
                call.answer(UNDEPRECATE, mark(&call, path, body, Mark::Good).await)
            })
            .boxed()
    },
};

/// What becomes of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Deprecated,
    Good,
}

async fn mark<B: Buf>(
    call: &Call<(LinkBase, Encoding)>,
    path: [&PathPart; 3],
    body: impl Stream<Item = Result<B, warp::Error>>,
    mark: Mark,
) -> Result<Answer, Error> {
    let writer = call.writer().await?;
    let Question { asked: body, room: _room } = question::bytes(call, body).await?;
    let message = match mark {
        Mark::Deprecated => Some(message_of(&body)?),
        Mark::Good => None,
    };
    let [org, name, version] = path;
    let unknown = || unknown(org, name, version);
    let Some((org, name)) = parse(org, name) else { return Err(unknown()) };
    let version = match version.as_str() {
        ALL => None,
        exact => Some(exact.parse().map_err(|_| unknown())?),
    };
    let versions = Versions { org, name, version };
    let identity = writer.still()()?;
    refuse_withheld(call, &identity, &versions, unknown).await?;
    let publisher = &call.services.publisher;
    let seq =
        publisher.deprecate(&identity, versions.clone(), message).await.map_err(|error| match error {
            deprecation::Error::Absent => unknown(),
            other => other.into(),
        })?;
    let Versions { org, name, version } = versions;
    let shown = call.services.reads.look(&identity, Freshness::Exact, |view| {
        // Whatever the client has: what was said holds for all platforms.
        let (package, anybody) = (view.package(&org, &name)?, Client::new(None, None));
        let release = match &version {
            Some(version) => anybody.exact(&package, version).map(|Choice { found, .. }| found),
            None => anybody.latest(&package),
        };
        let deprecated = package.deprecated(&release?.description.coordinates.version);
        Some((Arc::clone(release?), deprecated.map(str::to_owned)))
    });
    let (release, deprecated) = shown.await?.ok_or_else(unknown)?;
    let document = call.services.files.document(&release).await?;
    let (LinkBase(base), encoding) = &call.inputs;
    let package = wire::PackageJson::new(
        &release,
        deprecated.as_deref(),
        Some(&document),
        wire::bala_url(base, &release),
    );
    let (mut response, _) = made::untagged(call, *encoding, &package).await?;
    response.extensions_mut().insert(Seq(seq));
    Ok(Answer::new(described(response)))
}

/// Refuses to mark what is kept from those who could see it: for them it is not there.
async fn refuse_withheld(
    call: &Call<(LinkBase, Encoding)>,
    identity: &Identity,
    versions: &Versions,
    unknown: impl Fn() -> Error,
) -> Result<(), Error> {
    let Versions { org, name, version } = versions;
    if permission(identity, Action::Publish, Target::Organization(org)).is_err() {
        return Ok(());
    }
    let seen = call.services.reads.choose(identity, Freshness::Exact, |view| {
        let package = view.package(org, name);
        let is_seen = package.is_some_and(|package| {
            version.as_ref().is_none_or(|version| package.version(version).next().is_some())
        });
        let withheld = |version: &Version| {
            let version = version.clone();
            view.why_withheld(&Coordinates { org: org.clone(), name: name.clone(), version })
        };
        let why = || version.as_ref().and_then(withheld).unwrap_or_default();
        if is_seen { Ok(Choice::last(())) } else { Err(why()) }
    });
    seen.await?.map(|_| ()).map_err(|why| because(unknown(), &why))
}

/// The message in a body. One client puts it between quotes as it is, so that one with quotes is no JSON.
fn message_of(body: &[u8]) -> Result<String, Error> {
    let what = "{\"message\":…}";
    let text = std::str::from_utf8(body).map_err(|_| Error::BadRequest(format!("the body is not {what}")))?;
    let message = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => match fields.get("message") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(message)) => message.clone(),
            Some(_) => return Err(Error::BadRequest("the message is not a text".to_owned())),
        },
        Ok(_) => return Err(Error::BadRequest(format!("the body is not {what}"))),
        Err(_) if text.trim().is_empty() => String::new(),
        Err(_) => between_quotes(text)
            .ok_or_else(|| Error::BadRequest(format!("the body is not {what}")))?
            .to_owned(),
    };
    let message = if message == NO_MESSAGE { String::new() } else { message };
    message::check(&message).map_err(|invalid| Error::BadRequest(invalid.to_string()))?;
    Ok(message)
}

fn between_quotes(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let value = inside.trim().strip_prefix("\"message\"")?.trim_start().strip_prefix(':')?;
    value.trim().strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_clients_write_them() {
        for (body, expected) in [
            ("{\"message\":\"use 2\"}", "use 2"),
            ("{\"message\": \"null\"}", ""),
            ("{\"message\": null}", ""),
            ("{\"message\": \"\"}", ""),
            ("{}", ""),
            ("", ""),
            ("{\"message\":\"say \\\"2\\\"\"}", "say \"2\""),
            // By Java, which adds strings.
            ("{\"message\": \"say \"2\" now\"}", "say \"2\" now"),
            ("{\"message\": \"say \"2\"\"}", "say \"2\""),
            ("{\"message\": \"a\\b \\x\"}", "a\\b \\x"),
        ] {
            assert_eq!(message_of(body.as_bytes()), Ok(expected.to_owned()), "{body}");
        }
        for body in [&b"[]"[..], b"{\"message\":1}", b"message", b"{\"message\":\"", b"\xff", b"\"x\""] {
            assert!(message_of(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
        let long = format!("{{\"message\":\"{}\"}}", "x".repeat(1001));
        let Err(Error::BadRequest(text)) = message_of(long.as_bytes()) else { panic!("taken") };
        assert!(text.contains("at most 1000 characters"), "{text}");
    }
}
