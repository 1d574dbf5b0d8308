//! Reading the state as somebody: what one may not see cannot be reached, and every protocol's answers are equally fresh.

mod artifacts;
mod asked;
mod changes;
mod client;
mod declared;
mod history;
mod listed;
mod look;
mod search;
mod unavailable;
mod view;
mod withheld;

pub use artifacts::Artifacts;
pub use changes::{Changes, Elsewhere, NotTold, Told};
pub use client::Client;
pub use declared::{Declared, DeclaredWanted};
pub use listed::Listed;
pub use look::{Basis, Choice, Found, Freshness, Reads, Word};
pub use search::{Hits, Searches};
pub use unavailable::Unavailable;
pub use view::{PackageView, View};
