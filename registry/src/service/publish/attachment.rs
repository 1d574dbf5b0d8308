//! A file beside the bala of a release: its SBOM, its API docs, or what an OCI client says about it.
//!
//! As with a push the bytes are in the store before the commit names them, and what was attached before is a success. What is
//! left of one that fails lies in the folder of its release, under the digest that the next try has too.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};

use barre_core::access::{Action, Identity, Target, permission};
use barre_core::api_docs;
use barre_core::declaration::Declaration;
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
        let Attachment { mut described, bytes } = attachment;
        match described.purpose {
            Purpose::Sbom => self.check_sbom(&bytes).await?,
            // No word but their own is believed.
            Purpose::Docs => described.declares = self.declared(&bytes, &coordinates).await?,
            Purpose::Manifest | Purpose::Blob => {}
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

    async fn check_sbom(&self, bytes: &File) -> Result<(), Error> {
        self.read_file(bytes, |file| Ok(check_sbom(BufReader::new(file))?)).await
    }

    /// What API docs declare, if they are those of this version.
    async fn declared(&self, bytes: &File, coordinates: &Coordinates) -> Result<Vec<Declaration>, Error> {
        let coordinates = coordinates.clone();
        let read = move |mut file: File| {
            let mut json = Vec::new();
            file.read_to_end(&mut json).map_err(Error::Scratch)?;
            Ok(api_docs::declared(&json, &coordinates)?)
        };
        self.read_file(bytes, read).await
    }

    /// Reads a file from its beginning. It may be one long word: it takes the room of a bala.
    async fn read_file<T: Send + 'static>(
        &self,
        bytes: &File,
        read: impl FnOnce(File) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut file = bytes.try_clone().map_err(Error::Scratch)?;
        let room = self.memory.check().await.map_err(Error::Busy)?;
        let work = tokio::task::spawn_blocking(move || {
            let _room = room;
            file.rewind().map_err(Error::Scratch)?;
            read(file)
        });
        work.await.unwrap_or_else(|panic| Err(Error::Scratch(io::Error::other(panic))))
    }
}
