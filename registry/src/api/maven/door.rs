//! The two places of a repository: one that is open to everybody whom the registry is open to, and one that asks all others
//! who they are. Clients send credentials only when they are asked, and what is not there asks nobody. Who pushes is asked at
//! both.

use barre_core::access::Identity;
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, Writer};
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::api::common::password::{self, BASIC};

const ASKED: &str = "this address is for those who say who they are: set username to any name, and accesstoken to a token of \
                     this registry, for the repository in Settings.toml";
const ASKED_TO_PUSH: &str = "pushing needs an access token: set username to any name, and accesstoken to a token of this \
                             registry, for the repository in Settings.toml";
const ASKED_TO_READ: &str = "this registry is not for everybody: set username to any name, and accesstoken to a token of it, \
                             for the repository in Settings.toml";

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
    ($method:literal, $path:literal, $filter:path) => {
        pub(crate) const OPEN: Route = Route {
            method: $method,
            template: concat!("/2.0/maven", $path),
            filter: |services| {
                $filter(services, Place { door: Door::Open, template: concat!("/2.0/maven", $path) })
            },
        };
        pub(crate) const ASKING: Route = Route {
            method: $method,
            template: concat!("/2.0/auth/maven", $path),
            filter: |services| {
                $filter(services, Place { door: Door::Asking, template: concat!("/2.0/auth/maven", $path) })
            },
        };
    };
}
pub(super) use routes;

impl Place {
    /// The path at which its repository is.
    pub(super) fn repository(self) -> &'static str {
        match self.door {
            Door::Open => "/2.0/maven",
            Door::Asking => "/2.0/auth/maven",
        }
    }

    /// Where its repository begins.
    pub(super) fn path(self) -> BoxedFilter<()> {
        match self.door {
            Door::Open => warp::path!("2.0" / "maven" / ..).boxed(),
            Door::Asking => warp::path!("2.0" / "auth" / "maven" / ..).boxed(),
        }
    }

    /// Who asks, if that may read here at all.
    pub(super) async fn reader<I: Inputs>(self, call: &Call<I>) -> Result<Identity, Error> {
        let presented = password::presented(call)?;
        if presented.is_none() && self.door == Door::Asking {
            return Err(Error::Unauthorized(ASKED.to_owned()));
        }
        match call.reader_who(presented).await {
            Err(Error::Unauthorized(_)) if presented.is_none() => {
                Err(Error::Unauthorized(ASKED_TO_READ.to_owned()))
            }
            reader => reader,
        }
    }

    /// Who wants to push, if that may publish anything at all.
    pub(super) async fn pusher<I: Inputs>(self, call: &Call<I>) -> Result<Writer, Error> {
        let presented = password::presented(call)?;
        if presented.is_none() {
            return Err(Error::Unauthorized(ASKED_TO_PUSH.to_owned()));
        }
        call.writer_who(presented).await
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
