//! `object_store` behind the guarantees that the log needs.
//!
//! Two clients: the log's never retries by itself, so that a create is sent exactly once per call and an
//! unclear answer stays visible; the one for bytes retries, because their keys are never used twice.
//! Create-if-absent is the only condition used: it is what all backends have in common.

mod clock;
mod cloud;
mod connector;
mod error;
mod key;
mod objects;
mod open;
mod presence;
mod unopened;

pub use clock::{StoreClock, TOLERANCE};
pub use error::Error;
pub use key::{Folder, Key, MIRROR_SEEN, chunk_offset, mirror_report, segment_seq};
pub use objects::{Created, Store, Stored};
pub use presence::{FolderLock, Lone, Presence};
pub use unopened::OpenError;
