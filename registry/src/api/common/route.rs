//! A route, as the table of routes has it.

use std::sync::Arc;

use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::service::Services;

/// Where the Central API is.
pub(crate) const BASE: &str = "/2.0/registry";

/// One thing that can be asked for.
pub struct Route {
    /// The first method that it takes; HEAD goes with GET.
    pub method: &'static str,
    /// Its path, with the names of its variable parts in braces.
    pub template: &'static str,
    pub(crate) filter: fn(&Arc<Services>) -> BoxedFilter<(Response,)>,
}
