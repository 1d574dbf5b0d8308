//! The store of a Registry's packages: what the spec says of it, whose it is, and how it comes to be. The only room that
//! talks to one.
//!
//! A kind of store is one file in `backend/` and one line in `backend.rs`. Everything else is the same for all.

pub(crate) mod credentials;
pub(crate) mod description;
pub(crate) mod ensure;

mod backend;
mod client;
mod decide;
mod log;
mod loss;
mod marker;
mod reach;
mod refusal;
mod request;
mod seen;

#[cfg(test)]
pub(crate) mod fixture;

pub(crate) use backend::describe;
pub(crate) use decide::{Ownership, Standing};
pub(crate) use reach::Reach;
pub(crate) use request::{Expected, Request};
