//! What the protocols share.

pub(super) mod answer;
pub(super) mod arriving;
pub(super) mod asked;
pub(super) mod bala;
pub(super) mod call;
pub(super) mod declared;
pub(super) mod error;
pub(super) mod exact;
pub(super) mod hot;
pub(super) mod inputs;
pub(super) mod lookup;
pub(super) mod made;
pub(super) mod page;
pub(super) mod password;
pub(super) mod path;
pub(super) mod query;
pub(super) mod range;
pub(super) mod resolved;
pub(super) mod route;
pub(super) mod unrouted;
