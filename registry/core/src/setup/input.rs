//! What is different from one registry, one user and one way to another.

use url::Url;

/// What `bal` calls Ballerina Central: compiled into it.
pub const CENTRAL: &str = "api.central.ballerina.io";
/// What the repository is called where nobody says otherwise.
pub const ID: &str = "ours";
/// What stands for the token where nobody says otherwise.
pub const TOKEN: &str = "barre_…";
/// Any user name is as good as another, but none is nobody.
pub(super) const USER: &str = "whoever";

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
}

impl Setup<'_> {
    /// The endpoint without a `/` at its end.
    pub(super) fn base(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// What is to be said where nothing is encrypted.
    pub(super) fn warning(&self) -> Option<String> {
        let open = self.endpoint.scheme() == "http";
        open.then(|| {
            "It is http: the token can be read on its way. Use it only where nobody listens.".to_owned()
        })
    }
}
