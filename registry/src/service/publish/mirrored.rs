//! What a mirror brings: published like what somebody pushes, but for its origin, and the time at which that published it.

use barre_core::access::{Identity, Mirror};
use barre_core::package::{Coordinates, Platform};
use jiff::Timestamp;

use super::uploads::Turn;
use super::{Arrived, Destination, Error, Published, Publisher, Upload};

/// A bala of an upstream, as that describes it.
#[derive(Debug, Clone)]
pub struct Described {
    pub coordinates: Coordinates,
    pub platform: Platform,
    /// When it was published there, or first seen by us, whichever is later.
    pub published: Option<Timestamp>,
}

impl Publisher {
    /// Publishes what a mirror has fetched, unless it is the bala of something else.
    pub async fn publish_mirrored(
        &self,
        mirror: &Mirror,
        described: Described,
        arrived: Arrived,
        turn: Turn,
    ) -> Result<Published, Error> {
        let Described { coordinates, platform, published } = described;
        let identity = Identity::Mirror(mirror.clone());
        let upload = Upload {
            arrived,
            file_name: None,
            claimed_digest: None,
            destination: Some(Destination::Upstream(coordinates, platform)),
        };
        let still = identity.clone();
        self.publish_since(&identity, upload, published, turn, || Ok(still)).await
    }
}
