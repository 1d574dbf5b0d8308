//! A bala that a mirror brought goes.
//!
//! ```text
//! commit ─► nobody finds it any more ─► its folder is deleted
//! ```
//!
//! The log comes first: whoever dies in between leaves a folder that nothing names, never a release without bytes. A pod that
//! has yet to read that segment may still name the files: then whoever asks for them gets an error, and whoever reads them
//! already gets them whole or an end that is none. What comes back gets a folder of its own.

use barre_core::state::evicted::Evicted;
use barre_core::state::{Outcome, Release};
use jiff::Timestamp;

use super::{Error, Published, Publisher, in_time, published};
use crate::store::Folder;

impl Publisher {
    /// Lets a bala go, in the name of `actor`; `why` is for whoever reads the log. [`Published::Before`] is what had gone
    /// already.
    pub async fn evict(&self, actor: &str, release: &Release, why: String) -> Result<Published, Error> {
        let (described, stored) = (&release.description, &release.stored);
        let (coordinates, platform) = (&described.coordinates, &described.platform);
        let evicted = Evicted {
            org: coordinates.org.clone(),
            name: coordinates.name.clone(),
            version: coordinates.version.clone(),
            platform: platform.clone(),
            digest: stored.digest,
            why,
        };
        let change = self.log.change(actor, evicted);
        let known = self.log.verdict(&change);
        let committed =
            if known.outcome == Outcome::Accepted { self.log.commit(change).await? } else { known };
        let outcome = published(committed)?;
        // Once it is in the log, nothing ever names this folder again.
        let folder = Folder::Release(coordinates, stored.folder);
        let deleted = in_time(async { Ok(self.store.delete_before(folder, Timestamp::MAX).await?) }).await;
        match deleted {
            Ok(objects) => tracing::info!(package = %coordinates, %platform, actor, objects, "evicted"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                let folder = tracing::field::display(folder.path());
                tracing::warn!(package = %coordinates, %platform, actor, error, folder, "evicted, and its files are left");
            }
        }
        Ok(outcome)
    }
}
