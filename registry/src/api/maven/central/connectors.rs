//! `…/{distribution}/__connectorsearch__/{question}/maven-metadata.xml`: the connectors that editors search for: none,
//! as no bala declares any.

use std::sync::Arc;

use barre_core::maven::central::{self, CONNECTOR_SEARCH};
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::super::door::{Door, Place, routes};
use super::metadata::of_group;
use super::undeclared::nothing;
use crate::api::common::route::Route;
use crate::service::Services;

routes!("GET", "/{distribution}/__connectorsearch__/{question}/maven-metadata.xml", serve);

fn serve(services: &Arc<Services>, place: Place) -> BoxedFilter<(Response,)> {
    of_group(services, place, CONNECTOR_SEARCH, |asked| Box::pin(nothing(asked, central::connectors)))
}
