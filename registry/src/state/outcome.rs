//! What became of a change, in words for the one who asked for it.

use crate::change::Origin;
use crate::digest::Digest;
use crate::package::{Coordinates, Name, Org, PackageId, Platform};

/// What the fold did with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds from this segment on.
    Accepted,
    /// The same bytes were released before; that release stays, and the client hears success.
    Duplicate,
    /// It changed nothing.
    Rejected(Reason),
}

/// Why a change was rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error(
        "package already exists: {coordinates} for platform {platform} was published with other content ({digest}). \
         A published version never changes: raise the version in Ballerina.toml and push again"
    )]
    Exists { coordinates: Coordinates, platform: Platform, digest: Digest },
    #[error("this organization has a package named {org}/{name}: a name may not differ from it only by case")]
    Spelling { org: Org, name: Name },
    #[error("organization {org} is filled {}: nothing else may publish to it", origin_words(.origin))]
    OtherOrigin { org: Org, origin: Origin },
    #[error("the tool id \"{tool}\" belongs to the package {package}: choose another one")]
    ToolTaken { tool: String, package: PackageId },
    #[error(
        "{coordinates} was first published more than 24 hours ago: no platform can be added to it, \
         publish a new version"
    )]
    VersionClosed { coordinates: Coordinates },
    #[error(
        "{coordinates} exists for another platform with other {what}: the platforms of a version must agree"
    )]
    PlatformDiffers { coordinates: Coordinates, what: &'static str },
    #[error("this push took so long that its files were cleaned up: push again")]
    Condemned,
    #[error("the release id is taken: push again")]
    ReleaseIdUsed,
    #[error("a release that is in use cannot be condemned")]
    Live,
    #[error("the log is in epoch {current}: the next one must be one more")]
    Epoch { current: u64 },
    #[error("the format of a log never goes back")]
    FormatLowered,
}

fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::Local => "by pushes to this registry".to_owned(),
        Origin::Mirror(uid) => format!("by the mirror {uid}"),
    }
}
