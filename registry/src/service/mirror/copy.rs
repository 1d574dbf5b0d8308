//! One bala on its way from an upstream to a release: into scratch space, compared with what upstream says of it, and published.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::Duration;

use barre_core::access::{Identity, Mirror};
use barre_core::mirror::Found;
use barre_core::state::{Reason, released};
use jiff::Timestamp;
use tokio::time::sleep;

use super::failure::Failure;
use super::transport::{self, Ask, Transport};
use super::upstream::Upstream;
use crate::service::publish::mirrored::Described;
use crate::service::publish::{self, Arrival, Arrived, Published, Publisher, Turn};

/// How often what the registry itself is in the way of is tried, and how long it is waited in between.
const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(500);
/// How archives begin.
const ARCHIVE: &[u8] = b"PK";

/// Copies balas.
pub(super) struct Copier {
    pub(super) transport: Transport,
    pub(super) publisher: Publisher,
    pub(super) mirror: Mirror,
    pub(super) scratch: PathBuf,
    /// Largest package, in bytes.
    pub(super) limit: u64,
}

/// Either side failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Upstream(#[from] transport::Error),
    #[error(transparent)]
    Publish(#[from] publish::Error),
}

impl transport::Failure for Error {
    fn upstream(&self) -> Option<&transport::Error> {
        match self {
            Self::Upstream(error) => Some(error),
            Self::Publish(_) => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Upstream(error) => error.into(),
            Error::Publish(error) => error.into(),
        }
    }
}

impl Copier {
    /// Copies one bala, which is `since` then in the words of its upstream; how many bytes it has.
    pub(super) async fn copy(
        &self,
        upstream: &Upstream,
        found: &Found,
        since: Option<Timestamp>,
    ) -> Result<u64, Failure> {
        if found.size.is_some_and(|size| size > self.limit) {
            return Err(publish::Error::TooLarge { limit: self.limit }.into());
        }
        let ask = upstream.download(found, self.limit);
        let (arrived, turn) = self.transport.tried(|| self.fetch(&ask)).await?;
        check_archive(&arrived)?;
        if let Some(digest) = found.digest
            && digest != arrived.digest
        {
            return Err(Failure::differs(&arrived.digest, &digest));
        }
        let described = Described {
            coordinates: found.coordinates.clone(),
            platform: found.platform.clone(),
            published: since,
        };
        let size = arrived.size;
        self.publish(described, arrived, turn).await?;
        Ok(size)
    }

    /// From upstream into scratch space.
    async fn fetch(&self, ask: &Ask) -> Result<(Arrived, Turn), Error> {
        let turn = self.publisher.turn(&Identity::Mirror(self.mirror.clone())).await?;
        let mut answer = self.transport.send(ask).await?;
        let mut arrival = Arrival::new(&self.scratch, self.limit, turn)?;
        while let Some(piece) = answer.next().await? {
            arrival.take(&piece).await?;
        }
        Ok(arrival.finish().await?)
    }

    /// Publishes it; again where only the registry was in the way. What was unclear the first time is a success the second time.
    async fn publish(
        &self,
        described: Described,
        arrived: Arrived,
        turn: Turn,
    ) -> Result<Published, Failure> {
        let (mut turn, mut tries) = (Some(turn), 0);
        loop {
            let held = match turn.take() {
                Some(turn) => turn,
                None => self.publisher.turn(&Identity::Mirror(self.mirror.clone())).await?,
            };
            let Arrived { digest, size, .. } = arrived;
            let file = arrived.file.try_clone().map_err(publish::Error::Scratch)?;
            let again = Arrived { file, digest, size };
            match self.publisher.publish_mirrored(&self.mirror, described.clone(), again, held).await {
                Err(error) if passes(&error) && tries + 1 < TRIES => {
                    tries += 1;
                    tracing::debug!(package = %described.coordinates, %error, "published again later");
                    sleep(BETWEEN * tries).await;
                }
                published => return Ok(published?),
            }
        }
    }
}

/// Whether the same may be published a moment later.
fn passes(error: &publish::Error) -> bool {
    match error {
        publish::Error::Uploads(_)
        | publish::Error::Commit(_)
        | publish::Error::Store(_)
        | publish::Error::Slow
        | publish::Error::Busy(_)
        | publish::Error::Full(_) => true,
        publish::Error::Refused(reason) => {
            matches!(**reason, Reason::Released(released::Refused::Condemned | released::Refused::FolderUsed))
        }
        _ => false,
    }
}

/// A page in the place of a bala is told as that, and not as other bytes.
fn check_archive(arrived: &Arrived) -> Result<(), Failure> {
    let mut beginning = [0; ARCHIVE.len()];
    match arrived.file.read_exact_at(&mut beginning, 0) {
        Ok(()) if beginning == *ARCHIVE => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(publish::Error::Scratch(error).into())
        }
        _ => Err(Failure::new(
            "NotABala",
            format!(
                "what upstream sends is no archive: {} bytes, perhaps a page that says why",
                arrived.size
            ),
        )),
    }
}
