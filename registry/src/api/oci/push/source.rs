//! Where the blobs are that a manifest names: they came to its repository before.

use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::Blob;
use barre_core::release::AttachedFile;
use barre_core::state::Release;
use futures::StreamExt as _;

use super::Push;
use crate::api::common::arriving::arrival;
use crate::api::oci::refusal::{Code, Refusal};
use crate::service::publish::staging::Staged;
use crate::service::publish::{Arrived, Turn};

/// Where a blob is that a manifest names.
pub(super) enum Source {
    Staged(Staged),
    /// Beside this release.
    Kept(Arc<AttachedFile>, Arc<Release>),
}

impl Push<'_> {
    /// Where a blob is that came to this repository.
    pub(super) async fn source(&self, digest: Digest) -> Result<Option<Source>, Refusal> {
        let services = &self.call.services;
        if let Some(staged) = services.publisher.staged(&self.repository.0, digest).await? {
            return Ok(Some(Source::Staged(staged)));
        }
        self.look(|view, package| {
            let found = services.artifacts.find(view, package, digest)?;
            Some(Source::Kept(Arc::clone(found.kept_blob()?), found.release))
        })
        .await
    }

    /// Brings a blob into scratch space.
    pub(super) async fn fetch(&self, blob: &Blob) -> Result<(Arrived, Turn), Refusal> {
        let services = &self.call.services;
        let source = self.source(blob.digest).await?.ok_or_else(|| self.unknown(blob))?;
        let mut arrival = arrival(self.call, &self.writer, services.max_package_size).await?;
        match source {
            Source::Staged(staged) => {
                services.publisher.fetch_staged(&self.repository.0, &staged, &mut arrival).await?;
            }
            Source::Kept(file, release) => {
                let mut pieces = services.files.open_attached(&release, &file, self.call.ends.peer).await?;
                while let Some(piece) = pieces.next().await {
                    arrival.take(&piece?).await?;
                }
            }
        }
        let (arrived, turn) = arrival.finish().await?;
        if arrived.digest != blob.digest {
            return Err(self.unknown(blob));
        }
        if arrived.size != blob.size {
            let text =
                format!("{} has {} bytes, and {} in the manifest", blob.digest, arrived.size, blob.size);
            return Err(Refusal::bad(Code::ManifestInvalid, text));
        }
        Ok((arrived, turn))
    }

    pub(super) fn unknown(&self, blob: &Blob) -> Refusal {
        let (digest, repository) = (blob.digest, self.repository.text());
        let text = format!("{digest} was not pushed to {repository} in the last hours: push it again");
        Refusal::bad(Code::ManifestBlobUnknown, text)
    }
}
