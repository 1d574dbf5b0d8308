//! Randomness, as a value that is passed in: tests choose it.

use std::fmt;
use std::sync::Arc;

use rand::Rng as _;
use uuid::{Builder, Uuid};

/// Fills bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Where random bytes come from. Cheap to clone.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

impl Random {
    /// The generator of this thread, seeded by the system.
    pub fn system() -> Self {
        Self::new(|bytes| rand::rng().fill_bytes(bytes))
    }

    /// Bytes that `fill` chooses.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A random id.
    pub fn id(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
