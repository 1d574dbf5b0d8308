//! What a pass over any kind of resource needs, whatever the kind is.

pub(crate) mod answers;
pub(crate) mod apply;
pub(crate) mod cache;
pub(crate) mod child;
pub(crate) mod children;
pub(crate) mod claims;
pub(crate) mod context;
pub(crate) mod error;
pub(crate) mod finding;
pub(crate) mod guard;
pub(crate) mod health;
pub(crate) mod memory;
pub(crate) mod metrics;
pub(crate) mod owner;
pub(crate) mod problem;
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod rollouts;
pub(crate) mod scope;
pub(crate) mod secret;
pub(crate) mod unchanged;
pub(crate) mod watch;
pub(crate) mod word;

mod lock;

#[cfg(test)]
pub(crate) mod rights;
