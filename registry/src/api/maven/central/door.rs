//! The two places of a repository: one that is open to everybody whom the registry is open to, and one that asks all others
//! who they are. Clients send credentials only when they are asked, and what is not there asks nobody.

use barre_core::access::Identity;
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::api::common::password::{self, BASIC, secret};

const ASKED: &str = "this address is for those who say who they are: any user name will do, and an access token for the password";

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Asking,
}

/// A route at one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) door: Door,
    pub(super) template: &'static str,
}

/// Declares a route at both: `filter` makes it for a place. A macro, because templates are literals in a table.
macro_rules! routes {
    ($path:literal, $filter:path) => {
        pub(crate) const OPEN: Route = Route {
            method: "GET",
            template: concat!("/2.0/maven", $path),
            filter: |services| {
                $filter(services, Place { door: Door::Open, template: concat!("/2.0/maven", $path) })
            },
        };
        pub(crate) const ASKING: Route = Route {
            method: "GET",
            template: concat!("/2.0/auth/maven", $path),
            filter: |services| {
                $filter(services, Place { door: Door::Asking, template: concat!("/2.0/auth/maven", $path) })
            },
        };
    };
}
pub(super) use routes;

impl Place {
    /// Where its repository begins.
    pub(super) fn path(self) -> BoxedFilter<()> {
        match self.door {
            Door::Open => warp::path!("2.0" / "maven" / ..).boxed(),
            Door::Asking => warp::path!("2.0" / "auth" / "maven" / ..).boxed(),
        }
    }

    /// Who asks, if that may read here at all.
    pub(super) async fn reader<I: Inputs>(self, call: &Call<I>) -> Result<Identity, Error> {
        let is_nobody = || matches!(call.authorization().and_then(secret), Ok(None));
        if self.door == Door::Asking && is_nobody() {
            return Err(Error::Unauthorized(ASKED.to_owned()));
        }
        password::reader(call).await
    }

    /// The answer of the route. Whoever is not let in is asked for a password.
    pub(super) fn answer<I: Inputs>(self, call: &Call<I>, result: Result<Answer, Error>) -> Response {
        let mut response = call.answer(self.template, result);
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC));
        }
        response
    }
}
