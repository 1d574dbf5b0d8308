//! `attached`: a file for a release, beside its bala. Its bytes are in the store before this is in the log.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api_docs::MAX_DOCS_BYTES;
use crate::declaration::{Declaration, MAX_DECLARATIONS, MAX_DECLARED_BYTES};
use crate::format;
use crate::package::{Coordinates, Name, Org, PackageId, Platform, Version};
use crate::release::{AttachedFile, Purpose};
use crate::state::body::{About, Applied, Body, Place};
use crate::state::model::State;

/// Files of one release.
pub const MAX_FILES: usize = 64;
/// Longest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Longest media type, in bytes: two names of 127 and the slash (RFC 6838).
const MAX_MEDIA_TYPE_BYTES: usize = 255;

/// A file for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    pub org: Org,
    pub name: Name,
    pub version: Version,
    pub platform: Platform,
    /// The folder of the release.
    #[serde(rename = "release")]
    pub folder: Uuid,
    pub file: AttachedFile,
}

/// Why a file is not attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{coordinates} for platform {platform} is not there: a file is attached to what was published")]
    NoRelease { coordinates: Coordinates, platform: Platform },
    #[error(
        "{coordinates} for platform {platform} has {MAX_FILES} files attached already, which is the most"
    )]
    TooMany { coordinates: Coordinates, platform: Platform },
    #[error(
        "the file has {size} bytes: what is attached to a package may have {} MiB at most",
        MAX_FILE_BYTES / 1024 / 1024
    )]
    TooLarge { size: u64 },
    #[error("API docs may have {} MiB at most, and these have {size} bytes", MAX_DOCS_BYTES / 1024 / 1024)]
    LargeDocs { size: u64 },
    #[error(
        "the file declares {count} things with {bytes} bytes of text: only API docs declare any, at most \
         {MAX_DECLARATIONS} with {MAX_DECLARED_BYTES} bytes"
    )]
    Declares { count: usize, bytes: usize },
    #[error("the media type has {length} bytes, at most {MAX_MEDIA_TYPE_BYTES} are possible")]
    MediaType { length: usize },
}

impl Attached {
    /// The version that the file is for.
    pub fn coordinates(&self) -> Coordinates {
        let Self { org, name, version, .. } = self.clone();
        Coordinates { org, name, version }
    }
}

impl Body for Attached {
    const NAME: &'static str = "attached";
    const FORMAT: u32 = format::SECOND;
    type Refused = Refused;

    fn about(&self) -> About<'_> {
        let Self { org, name, version, folder, .. } = self;
        About::Release { org, name, version, folder: *folder }
    }

    fn apply(&self, state: &mut State, _: Place<'_>) -> Result<Applied, Refused> {
        let Self { org, name, version, platform, folder, file } = self;
        let id = PackageId { org: org.clone(), name: name.clone() };
        let package = state.packages.get(&id);
        let release = package.and_then(|package| package.release(version, platform));
        let (Some(package), Some(release)) =
            (package, release.filter(|there| there.stored.folder == *folder))
        else {
            return Err(Refused::NoRelease { coordinates: self.coordinates(), platform: platform.clone() });
        };
        let is_there = package.attached(release).any(|there| is_same(there, file));
        let is_docs = file.purpose == Purpose::Docs;
        // Of docs the last ones count: what was so before need not be so any more.
        let is_so =
            if is_docs { package.docs(release).is_some_and(|last| is_same(last, file)) } else { is_there };
        if is_so {
            return Ok(Applied::Before);
        }
        admit(file)?;
        if !is_there && package.attached(release).count() >= MAX_FILES {
            return Err(Refused::TooMany { coordinates: self.coordinates(), platform: platform.clone() });
        }
        let mut changed = Arc::clone(package);
        if let Some(there) = Arc::make_mut(&mut changed).versions.get_mut(version) {
            if is_docs {
                supersede(&mut there.attached, *folder, file);
            }
            there.attached.push((*folder, Arc::new(file.clone())));
        }
        if is_docs {
            state.documented.insert(id.clone());
        }
        state.packages.insert(id, changed);
        Ok(Applied::Now)
    }
}

fn is_same(one: &AttachedFile, other: &AttachedFile) -> bool {
    (one.purpose, one.digest) == (other.purpose, other.digest)
}

/// Of the docs before these, only that they are there is kept; and of these themselves, that they come last.
fn supersede(attached: &mut Vec<(Uuid, Arc<AttachedFile>)>, folder: Uuid, by: &AttachedFile) {
    attached.retain(|(of, file)| *of != folder || !is_same(file, by));
    for (of, file) in attached {
        if *of == folder && !file.declares.is_empty() {
            *file = Arc::new(AttachedFile { declares: Vec::new(), ..(**file).clone() });
        }
    }
}

/// The rules for a file by itself.
fn admit(file: &AttachedFile) -> Result<(), Refused> {
    if file.size > MAX_FILE_BYTES {
        return Err(Refused::TooLarge { size: file.size });
    }
    if file.purpose == Purpose::Docs && file.size > MAX_DOCS_BYTES {
        return Err(Refused::LargeDocs { size: file.size });
    }
    let (count, bytes) = (file.declares.len(), file.declares.iter().map(Declaration::bytes).sum());
    let (most, most_bytes) =
        if file.purpose == Purpose::Docs { (MAX_DECLARATIONS, MAX_DECLARED_BYTES) } else { (0, 0) };
    if count > most || bytes > most_bytes {
        return Err(Refused::Declares { count, bytes });
    }
    if file.media_type.len() > MAX_MEDIA_TYPE_BYTES {
        return Err(Refused::MediaType { length: file.media_type.len() });
    }
    Ok(())
}
