//! How a client is set up for a registry, as text: the subcommand `setup` prints it, and the start page shows it.
//!
//! In goes what is different from one registry and one user to another, out comes a [`Guide`] for each [`Way`]: what goes
//! through it, what does not, and what is written where. No token is ever in it, only what stands for one.

mod central;
mod guide;
mod maven;
mod oci;

use url::Url;

pub use guide::{Guide, Place, Step};

/// What `bal` calls Ballerina Central: compiled into it.
pub const CENTRAL: &str = "api.central.ballerina.io";
/// What the repository is called where nobody says otherwise.
pub const ID: &str = "ours";
/// What stands for the token where nobody says otherwise.
pub const TOKEN: &str = "barre_…";
/// Any user name is as good as another, but none is nobody.
const USER: &str = "whoever";

/// For whom the text is.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Scheme, host and port by which clients reach the registry.
    pub endpoint: &'a Url,
    /// What `bal` shall call the repository.
    pub id: &'a str,
    /// What stands for the token.
    pub token: &'a str,
}

/// A way by which `bal` reaches a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In the place of Ballerina Central.
    Central,
    /// As a Maven repository, for what names it.
    Maven,
    /// As the Maven repository from which everything is read.
    MavenProxy,
    /// As an OCI registry.
    Oci,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Central, Self::Maven, Self::MavenProxy, Self::Oci];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Maven => "maven",
            Self::MavenProxy => "maven-proxy",
            Self::Oci => "oci",
        }
    }

    /// How somebody goes this way.
    pub fn guide(self, setup: &Setup<'_>) -> Guide {
        match self {
            Self::Central => central::guide(setup),
            Self::Maven => maven::hosted(setup),
            Self::MavenProxy => maven::proxy(setup),
            Self::Oci => oci::guide(setup),
        }
    }
}

impl Setup<'_> {
    /// The endpoint without a `/` at its end.
    fn base(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// What is to be said where nothing is encrypted.
    fn warning(&self) -> Option<String> {
        let open = self.endpoint.scheme() == "http";
        open.then(|| {
            "It is http: the token can be read on its way. Use it only where nobody listens.".to_owned()
        })
    }
}

#[cfg(test)]
mod tests;
