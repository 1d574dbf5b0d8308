//! What OCI clients pushed: manifests beside a bala, which are small and asked for again, and what is staged.

use std::io;
use std::sync::Arc;

use barre_core::digest::Digest;
use barre_core::oci::{Content, Pushed};
use barre_core::release::AttachedFile;
use barre_core::state::Release;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::cache::Files;
use super::error::{Error, damaged, failed};
use super::manifest::KeptManifest;
use super::verified::verified;
use crate::service::memory::Peer;
use crate::store::Key;

impl Files {
    /// A manifest beside the bala of a release.
    pub async fn manifest(&self, release: &Release, file: &AttachedFile) -> Result<Arc<KeptManifest>, Error> {
        let load = self.load_manifest(release, file);
        self.manifests.try_get_with(file.digest, load).await.map_err(Arc::unwrap_or_clone)
    }

    async fn load_manifest(
        &self,
        release: &Release,
        file: &AttachedFile,
    ) -> Result<Arc<KeptManifest>, Error> {
        let key = Key::Attached(&release.description.coordinates, release.stored.folder, file.digest);
        let _room = self.memory.document(file.size).await?;
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        let bytes = found.bytes().await.map_err(|e| failed(&key, e.into()))?;
        if Digest::of(&bytes) != file.digest {
            return Err(damaged(key.path().to_string()));
        }
        let pushed = Pushed::read(&file.media_type, &bytes).map_err(|_| damaged(key.path().to_string()))?;
        Ok(Arc::new(KeptManifest { content: Content { bytes: bytes.into(), digest: file.digest }, pushed }))
    }

    /// Bytes that lie elsewhere and have this digest, for this client; `what` names them.
    pub async fn check(
        &self,
        bytes: BoxStream<'static, io::Result<Bytes>>,
        (digest, size): (Digest, u64),
        what: String,
        peer: Peer,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let room = self.memory.passing(peer).await?;
        Ok(verified(bytes, digest, size, what).inspect(move |_| _ = &room).boxed())
    }
}
