//! What is kept as it came, beside a release: a manifest, and the blobs that it names.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{EMPTY, Pushed};
use barre_core::release::{AttachedFile, Purpose};
use barre_core::state::attached::{self, MAX_FILE_BYTES};
use barre_core::state::{Reason, Release};

use super::Push;
use crate::api::common::arriving::arrival;
use crate::api::oci::refusal::Refusal;
use crate::service::publish::attachment::Attachment;
use crate::service::publish::{self, Arrived, Turn};

impl Push<'_> {
    /// Keeps the manifest and the blobs that it names beside a release; the segment that says so.
    pub(super) async fn keep(&self, release: &Arc<Release>) -> Result<Result<u64, publish::Error>, Refusal> {
        let mut needed = Vec::new();
        for blob in std::iter::once(&self.manifest.config).chain(&self.manifest.layers) {
            if self.is_beside(release, blob.digest).await? {
                continue;
            }
            // Not fetched in vain.
            if blob.size > MAX_FILE_BYTES {
                let too_large = Reason::Attached(attached::Refused::TooLarge { size: blob.size });
                return Ok(Err(publish::Error::Refused(Box::new(too_large))));
            }
            needed.push(blob);
        }
        for blob in needed {
            let (arrived, turn) = self.fetch(blob).await?;
            let described = AttachedFile {
                purpose: Purpose::Blob,
                media_type: blob.media_type.clone(),
                digest: arrived.digest,
                size: arrived.size,
                subject: None,
                declares: Vec::new(),
            };
            let attached = self.attach(release, Attachment { described, bytes: arrived.file }, turn).await;
            if let Err(error) = attached {
                return Ok(Err(error));
            }
        }
        let mut arrival = arrival(self.call, &self.writer, self.bytes.len() as u64).await?;
        arrival.take(&self.bytes).await?;
        let (Arrived { file, digest, size }, turn) = arrival.finish().await?;
        let Pushed { media_type, subject, .. } = self.manifest;
        let media_type = media_type.to_owned();
        let described = AttachedFile {
            purpose: Purpose::Manifest,
            media_type,
            digest,
            size,
            subject,
            declares: Vec::new(),
        };
        Ok(self.attach(release, Attachment { described, bytes: file }, turn).await)
    }

    async fn attach(
        &self,
        release: &Release,
        attachment: Attachment,
        turn: Turn,
    ) -> Result<u64, publish::Error> {
        let (publisher, writer) = (&self.call.services.publisher, &self.writer);
        let attached = publisher.attach(&writer.identity, release, attachment, turn, writer.still()).await?;
        Ok(attached.seq())
    }

    /// Whether whoever sees a release finds this blob already.
    async fn is_beside(&self, release: &Arc<Release>, digest: Digest) -> Result<bool, Refusal> {
        if [Digest::of(EMPTY), release.stored.digest].contains(&digest) {
            return Ok(true);
        }
        let artifacts = &self.call.services.artifacts;
        let found = self.look(|view, package| {
            let found = artifacts.find(view, package, digest)?;
            (!found.is_manifest() && found.release.stored.folder == release.stored.folder).then_some(())
        });
        Ok(found.await?.is_some())
    }
}
