//! What lies beside a bala.

use barre_core::release::AttachedFile;
use barre_core::state::Release;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::cache::Files;
use super::error::{Error, damaged, failed};
use super::verified::{pieces, verified};
use crate::service::memory::Peer;
use crate::store::Key;

impl Files {
    /// A file beside the bala of a release, for this client.
    pub async fn open_attached(
        &self,
        release: &Release,
        file: &AttachedFile,
        peer: Peer,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let key = Key::Attached(&release.description.coordinates, release.stored.folder, file.digest);
        let room = self.memory.passing(peer).await?;
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        let path = key.path().to_string();
        if found.meta.size != file.size {
            return Err(damaged(path));
        }
        let checked = verified(pieces(found, None), file.digest, file.size, path);
        Ok(checked.inspect(move |_| _ = &room).boxed())
    }
}
