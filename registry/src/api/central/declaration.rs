//! One connector or trigger, by the id that lists tell, or by its names.

use barre_core::api_docs::{DeclarationId, Members, members};
use barre_core::declaration::{Construct, Declaration};
use barre_core::package::Coordinates;
use warp::Filter;

use super::declared_wire::{ConnectorJson, TriggerJson};
use super::form::described;
use super::list::ListInputs;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, read};
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::lookup::parse;
use crate::api::common::made;
use crate::api::common::path::PathPart;
use crate::api::common::route::Route;
use crate::service::read::{Declared, Freshness};

const CONNECTOR: &str = "/2.0/registry/connectors/{id}";
const NAMED_CONNECTOR: &str = "/2.0/registry/connectors/{org}/{name}/{version}/{module}/{connector}";
const TRIGGER: &str = "/2.0/registry/triggers/{id}";

pub(crate) const CONNECTOR_ROUTE: Route = Route {
    method: "GET",
    template: CONNECTOR,
    filter: |services| {
        warp::path!("2.0" / "registry" / "connectors" / PathPart)
            .and(read(services))
            .then(async |id: PathPart, call: Call<ListInputs>| {
                let wanted = DeclarationId::parse(id.as_str());
                call.answer(CONNECTOR, show(&call, wanted, Construct::Client, &id.to_string()).await)
            })
            .boxed()
    },
};

pub(crate) const NAMED_CONNECTOR_ROUTE: Route = Route {
    method: "GET",
    template: NAMED_CONNECTOR,
    filter: |services| {
        warp::path!("2.0" / "registry" / "connectors" / PathPart / PathPart / PathPart / PathPart / PathPart)
            .and(read(services))
            .then(async |org, name, version, module, connector, call: Call<ListInputs>| {
                let [org, name, version, module, connector]: [PathPart; 5] =
                    [org, name, version, module, connector];
                let wanted = named([&org, &name, &version, &module, &connector]);
                let called = format!("{org}/{name}:{version} {module}:{connector}");
                call.answer(NAMED_CONNECTOR, show(&call, wanted, Construct::Client, &called).await)
            })
            .boxed()
    },
};

pub(crate) const TRIGGER_ROUTE: Route = Route {
    method: "GET",
    template: TRIGGER,
    filter: |services| {
        warp::path!("2.0" / "registry" / "triggers" / PathPart)
            .and(read(services))
            .then(async |id: PathPart, call: Call<ListInputs>| {
                let wanted = DeclarationId::parse(id.as_str());
                call.answer(TRIGGER, show(&call, wanted, Construct::Listener, &id.to_string()).await)
            })
            .boxed()
    },
};

fn named([org, name, version, module, connector]: [&PathPart; 5]) -> Option<DeclarationId> {
    let (org, name) = parse(org, name)?;
    let coordinates = Coordinates { org, name, version: version.as_str().parse().ok()? };
    let (module, name) = (module.as_str().to_owned(), connector.as_str().to_owned());
    Some(DeclarationId { coordinates, module, name })
}

/// What is wanted, which the client calls so.
async fn show(
    call: &Call<ListInputs>,
    wanted: Option<DeclarationId>,
    construct: Construct,
    called: &str,
) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let what = if construct == Construct::Client { "connector" } else { "trigger" };
    let unknown = || Error::NotFound(format!("{what} not found: {called}"));
    let wanted = wanted.ok_or_else(unknown)?;
    let looked = call
        .services
        .reads
        .look(&identity, Freshness::Recent, |view| Declared::named(view, &wanted, construct));
    let declared = looked.await?.ok_or_else(unknown)?;
    let docs = call.services.files.docs(&declared.listed.release, &declared.docs).await?;
    let Declaration { module, name, .. } = &declared.declaration;
    let members: Members = members(&docs.bytes, module, construct, name).unwrap_or_default();
    let (_, LinkBase(base), encoding) = &call.inputs;
    let (response, _) = if construct == Construct::Client {
        made::untagged(call, *encoding, &ConnectorJson::new(&declared, base, &members)).await?
    } else {
        made::untagged(call, *encoding, &TriggerJson::new(&declared, base, &members)).await?
    };
    Ok(Answer::new(described(response)))
}
