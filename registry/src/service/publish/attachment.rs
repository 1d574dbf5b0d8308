//! A file beside the bala of a release: its SBOM, or what an OCI client says about it.
//!
//! As with a push the bytes are in the store before the commit names them, and what was attached before is a success. What is
//! left of one that fails lies in the folder of its release, under the digest that the next try has too.

use std::fs::File;
use std::io::{self, BufReader, Seek as _};

use barre_core::access::{Action, Identity, Target, permission};
use barre_core::maven::check_sbom;
use barre_core::package::Coordinates;
use barre_core::release::{AttachedFile, Purpose};
use barre_core::state::attached::Attached;
use barre_core::state::{Outcome, Release};

use super::{Error, Published, Publisher, published};
use crate::service::identity::Refused;
use crate::store::Key;

/// A file for a release.
pub struct Attachment {
    pub described: AttachedFile,
    /// In scratch space.
    pub bytes: File,
}

impl Publisher {
    /// Attaches a file in the name of `identity` to a release that it sees. Its `turn` ends with the work, also when the client
    /// goes away, and whether the identity `still` holds is asked just before the commit, as with a push.
    pub async fn attach(
        &self,
        identity: &Identity,
        release: &Release,
        attachment: Attachment,
        turn: impl Send + 'static,
        still: impl FnOnce() -> Result<Identity, Refused> + Send + 'static,
    ) -> Result<Published, Error> {
        let coordinates = release.description.coordinates.clone();
        let Coordinates { org, name, version } = coordinates.clone();
        permission(identity, Action::Publish, Target::Organization(&org))?;
        let Attachment { described, bytes } = attachment;
        if described.purpose == Purpose::Sbom {
            self.check_sbom(&bytes).await?;
        }
        let (purpose, digest, size) = (described.purpose, described.digest, described.size);
        let (platform, folder) = (release.description.platform.clone(), release.stored.folder);
        let attached = Attached { org: org.clone(), name, version, platform, folder, file: described };
        let change = self.log.change(identity.actor(), attached);
        let known = self.log.verdict(&change);
        let committed = if known.outcome == Outcome::Accepted {
            let (this, coordinates) = (self.clone(), coordinates.clone());
            let stored = async move {
                this.store_file(&Key::Attached(&coordinates, folder, digest), bytes, size).await
            };
            self.store_and_commit(turn, stored, still, org, change).await?
        } else {
            known
        };
        let published = published(committed)?;
        tracing::info!(package = %coordinates, actor = identity.actor(), ?purpose, ?published, "attached");
        Ok(published)
    }

    /// It may be one long word: it takes the room of a bala.
    async fn check_sbom(&self, bytes: &File) -> Result<(), Error> {
        let mut file = bytes.try_clone().map_err(Error::Scratch)?;
        let room = self.memory.check().await.map_err(Error::Busy)?;
        let checked = tokio::task::spawn_blocking(move || {
            let _room = room;
            file.rewind().map_err(Error::Scratch)?;
            Ok(check_sbom(BufReader::new(file))?)
        });
        checked.await.unwrap_or_else(|panic| Err(Error::Scratch(io::Error::other(panic))))
    }
}
