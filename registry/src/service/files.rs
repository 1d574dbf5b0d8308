//! The bytes of releases: balas and what was derived from them.
//!
//! Nothing is served that does not have the digest of the log. Small balas are kept in a bounded cache, where a hot
//! download costs no request to the store; however many clients ask for a cold one, it is read once, and they get its
//! pieces as they come. Large ones, and all when there is no room, are streamed to each by itself. The last piece is held
//! back until the digest is known, so that a client never gets a complete body that is wrong.

mod attached;
mod cache;
mod docs;
mod error;
mod filling;
mod kept;
mod manifest;
mod pieces;
mod verified;

pub use cache::{Delivery, Files, Promptness};
pub use docs::Docs;
pub use error::Error;
pub use manifest::KeptManifest;
pub use pieces::Pieces;
