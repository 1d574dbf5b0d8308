//! A store in values: what each file of `backend/` fills in, and what all others read.
//!
//! Pods and operator open a store by the same variables, so that they never mean two different ones.

use std::sync::Arc;

use barre_crds::condition::Reason;
use futures::future::BoxFuture;
use object_store::{ObjectStore, RetryConfig};

use super::{
    client::{Client, TIMEOUT},
    credentials::{Credentials, Key},
    reach::Reach,
};
use crate::pass::problem::Problem;

/// A store as a spec describes it.
pub(crate) struct Backend {
    /// What people call such a thing, as in `bucket`.
    pub(crate) noun: &'static str,
    /// What it is called.
    pub(crate) name: String,
    /// Who keeps it, for messages.
    pub(super) place: String,
    /// The URL of whoever keeps it, if the spec says so.
    pub(super) address: Option<String>,
    /// Where the registry keeps its state, as `--store` takes it.
    pub(crate) url: String,
    /// The variables that `object_store` reads; credentials are apart.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// The Secret with the credentials.
    pub(crate) secret: String,
    /// What that Secret holds.
    pub(crate) keys: &'static [Key],
    pub(super) dialect: &'static Dialect,
    /// Opens it.
    pub(super) open: fn(&Self, &Credentials, &Client) -> object_store::Result<Arc<dyn ObjectStore>>,
    /// Returns the request that makes the store, which `object_store` does not know.
    pub(super) creation: for<'a> fn(&'a Self, &'a Credentials) -> SignedRequest<'a>,
    /// Returns the one by which a store that was just made cleans up after writers that died.
    pub(super) housekeeping: for<'a> fn(&'a Self, &'a Credentials) -> SignedRequest<'a>,
}

/// How stores of a kind say no.
pub(super) struct Dialect {
    /// Finds the code in the text of an error.
    pub(super) code: fn(&str) -> Option<&str>,
    /// They do not know who asks.
    pub(super) rejected: &'static [&'static str],
    /// There is no such store.
    pub(super) missing: &'static str,
    /// No store can have such a name.
    pub(super) bad_name: &'static str,
    /// It is there, and made by the same account.
    pub(super) already_ours: &'static str,
    /// What keys must be allowed.
    pub(super) permissions: &'static str,
    /// The field of the spec with its address.
    pub(super) address: &'static str,
    /// The fields of the spec that lead to the store.
    pub(super) fields: &'static str,
}

/// A request that is signed, perhaps after somebody was asked for a token.
pub(super) type SignedRequest<'a> = BoxFuture<'a, object_store::Result<reqwest::Request>>;

impl Backend {
    /// Returns how messages name it.
    pub(crate) fn label(&self) -> String {
        format!("{} '{}'", self.noun, self.name)
    }

    /// Says what is wrong with where it is, as far as that can be seen without asking anybody.
    pub(crate) fn out_of_reach(&self, reach: Reach) -> Option<Problem> {
        let host = reach.forbidden(&self.address.as_deref()?.parse().ok()?)?;
        Some(Problem::new(Reason::InvalidSpec, self.leads_inside(&host)))
    }

    /// Says why a host is not talked to, and what to do.
    pub(super) fn leads_inside(&self, host: &str) -> String {
        format!(
            "{} leads to {host}, which is inside the operator's own pod, on its link, or where a cloud keeps its metadata; \
             correct it, or, if a store is there, start the operator with --allow-local-endpoints",
            self.dialect.address
        )
    }

    /// Returns a variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let variable = self.environment.iter().find(|(known, _)| *known == name)?;
        Some(&variable.1)
    }

    /// Returns which keys the Secret must have, for messages.
    pub(crate) fn required_keys(&self) -> String {
        let required: Vec<_> = self.keys.iter().filter(|key| !key.optional).map(|key| key.name).collect();
        required.join(" and ")
    }
}

/// How often the operator asks a store again: the next pass comes soon.
pub(super) fn retry() -> RetryConfig {
    RetryConfig { max_retries: 1, retry_timeout: TIMEOUT, ..RetryConfig::default() }
}
