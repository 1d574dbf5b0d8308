//! What the clients push: each bala is built once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use barre_core::digest::Digest;
use barre_core::package::{Coordinates, Platform};
use barre_registry::service::publish::{Arrived, Upload};
use barre_testkit::bala::Bala;

use super::Place;
use crate::server_harness::scratch;

/// The package whose balas are sent in parts.
pub(super) const LARGE: &str = "large";
const LARGE_BYTES: usize = 5 * 1024 * 1024;

struct Built {
    bytes: Vec<u8>,
    digest: Digest,
}

type Key = (String, u8);

static BUILT: LazyLock<Mutex<HashMap<Key, Arc<Built>>>> = LazyLock::new(Mutex::default);

/// A place to push to.
pub(super) fn place(name: &str, version: &str, platform: &str) -> Place {
    let coordinates: Coordinates = format!("acme/{name}:{version}").parse().unwrap();
    let platform: Platform = platform.parse().unwrap();
    (coordinates, platform)
}

/// An upload of one of the contents that a place may get.
pub(super) fn upload((coordinates, platform): &Place, content: u8) -> Upload {
    let Coordinates { org, name, version } = coordinates;
    let built = Arc::clone(
        BUILT.lock().unwrap().entry((format!("{coordinates} {platform}"), content)).or_insert_with(|| {
            let bala = Bala::new(org.as_str(), name.as_str(), &version.to_string());
            let bala = bala.platform(platform.as_str()).readme(&format!("# {name}\n\nContent {content}.\n"));
            let bala = if name.as_str() == LARGE { bala.padding(LARGE_BYTES) } else { bala };
            let bytes = bala.build();
            Arc::new(Built { digest: Digest::of(&bytes), bytes })
        }),
    );
    let (file, size) = (scratch(&built.bytes), built.bytes.len() as u64);
    let arrived = Arrived { file, digest: built.digest, size };
    Upload { arrived, file_name: None, claimed_digest: None, destination: None }
}
