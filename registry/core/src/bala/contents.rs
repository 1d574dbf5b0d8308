//! What is in a bala, and how it becomes a change.

use uuid::Uuid;

use super::invalid::{Invalid, excerpt};
use crate::change::{Change, MAX_CHANGE_BYTES, Salt};
use crate::description::Description;
use crate::digest::Digest;
use crate::document::Document;
use crate::graph::Node;
use crate::release::{Origin, Stored};
use crate::state::kind::Kind;
use crate::state::kind::released::Released;

/// What the line of a change holds besides what comes from the bala: actor, salt, ids and some room.
const CHANGE_MARGIN: usize = 4 * 1024;
/// Longest file name of a bala, in bytes: what file systems allow, and `bal` unpacks into one.
const MAX_FILE_NAME: usize = 255;

/// Everything that a registry derives from a bala.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bala {
    pub description: Description,
    /// The locked dependencies, itself included; nodes and edges are sorted.
    pub graph: Vec<Node>,
    pub document: Document,
}

impl Bala {
    /// Checks the name under which it was uploaded.
    pub fn check_file_name(&self, found: &str) -> Result<(), Invalid> {
        let wanted = self.description.file_name();
        if found == wanted {
            return Ok(());
        }
        Err(Invalid::FileName { found: excerpt(found.as_bytes()), wanted })
    }

    /// The change that publishes it, once it is stored.
    pub fn released(&self, stored: Stored) -> Released {
        Released { description: self.description.clone(), graph: self.graph.clone(), stored }
    }

    /// Checks that it fits into one change of the log, and into one file name.
    pub(super) fn check_change(&self) -> Result<(), Invalid> {
        if self.description.file_name().len() > MAX_FILE_NAME {
            return Err(Invalid::TooLong {
                what: "the file name (organization, name, version)",
                limit: MAX_FILE_NAME,
            });
        }
        let nothing = Digest::from([0; 32]);
        let stored = Stored {
            digest: nothing,
            size: u64::MAX,
            folder: Uuid::nil(),
            document: nothing,
            origin: Origin::Local,
            published: None,
        };
        let kind = Kind::from(self.released(stored));
        let change = Change { id: Uuid::nil(), salt: Salt([0; 16]), actor: String::new(), kind };
        let (size, limit) = (change.to_line().len(), MAX_CHANGE_BYTES - CHANGE_MARGIN);
        if size <= limit { Ok(()) } else { Err(Invalid::Facts { size, limit }) }
    }
}
