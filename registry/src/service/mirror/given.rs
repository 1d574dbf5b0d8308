//! What a run is given.

use std::path::PathBuf;

use barre_contract::mirror::{Failed, Mirror};
use barre_core::access;
use barre_core::mirror::Found;

use crate::base::instruments::Instruments;
use crate::log::Log;
use crate::service::publish::Publisher;
use crate::store::Store;

/// One run of a mirror over one registry.
pub struct Run {
    pub mirror: Mirror,
    pub name: String,
    pub log: Log,
    pub store: Store,
    pub publisher: Publisher,
    /// Where balas are kept while they are checked.
    pub scratch: PathBuf,
    /// Largest package, in bytes.
    pub max_package_size: u64,
    pub instruments: Instruments,
}

/// What happens in a run, for whoever watches it.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// So many balas are to be copied, and so many are there.
    Planned {
        copy: u64,
        present: u64,
    },
    Copied {
        found: &'a Found,
        bytes: u64,
    },
    Failed(&'a Failed),
}

impl Run {
    /// Who publishes.
    pub(super) fn author(&self) -> access::Mirror {
        access::Mirror { id: self.mirror.id.clone(), name: self.mirror.name.clone() }
    }
}
