//! What of the packages that mirrors bring may come in and be seen: one pure function beside
//! [`permission`](crate::access::permission). Reads go through it by way of the registry's `View`; whatever copies asks the
//! same of what upstream has.
//!
//! ```text
//! mirrors.json ─► Admission::read ─► Admission        facts of a release, now ─► verdict ─► admitted, waits, denied
//! ```
//!
//! What any mirror of a registry denies is denied to everything that any mirror brings; how old a version must be says the
//! mirror that brings it. What was pushed here is always admitted.

mod reading;
mod rules;
mod table;

pub use reading::Invalid;
pub use rules::{Admission, Admitting, Facts, LetIn};

#[cfg(test)]
mod tests;
