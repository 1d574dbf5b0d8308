//! API docs, whole: what is asked of them is cut out of them.

use barre_core::release::AttachedFile;
use barre_core::state::Release;
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;

use super::cache::Files;
use super::error::{Error, damaged, failed};
use super::verified::{pieces, verified};
use crate::service::memory::Room;
use crate::store::Key;

/// The least room that is taken, in bytes: what is made of short docs may be many times as long as they.
const LEAST: u64 = 2 * 1024 * 1024;

/// API docs, and room for what is made of them.
pub struct Docs {
    pub bytes: Bytes,
    pub room: Room,
}

impl Files {
    /// The API docs of a release.
    pub async fn docs(&self, release: &Release, file: &AttachedFile) -> Result<Docs, Error> {
        let key = Key::Attached(&release.description.coordinates, release.stored.folder, file.digest);
        let room = self.memory.document(file.size.max(LEAST)).await?;
        let found = self.store.open_bytes(&key).await.map_err(|e| failed(&key, e))?;
        let path = key.path().to_string();
        if found.meta.size != file.size {
            return Err(damaged(path));
        }
        let mut bytes = BytesMut::with_capacity(usize::try_from(file.size).unwrap_or_default());
        let mut checked = verified(pieces(found, None), file.digest, file.size, path);
        while let Some(piece) = checked.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Docs { bytes: bytes.freeze(), room })
    }
}
