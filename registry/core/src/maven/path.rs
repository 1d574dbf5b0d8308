//! What a path of a Maven repository names. The group is an organization, the artifact a package, and the platform is not in
//! it.

use super::checksum::Checksum;
use crate::package::{self, Coordinates, Name, Org, PackageId, Version};

const METADATA: &str = "maven-metadata.xml";
/// The file that is an SBOM.
pub const SBOM: &str = "bom.cdx.json";
const SIGNATURE: &str = ".asc";

/// `acme/greet/maven-metadata.xml`, or something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataPath {
    pub package: PackageId,
    pub form: Form,
}

/// A file of a version, or something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath {
    pub coordinates: Coordinates,
    pub file: VersionFile,
    pub form: Form,
}

/// The files of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionFile {
    /// `greet-1.0.0.bala`
    Bala,
    /// `greet-1.0.0.pom`
    Pom,
    /// `bom.cdx.json`
    Sbom,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Itself,
    Checksum(Checksum),
    /// Or a checksum of it.
    Signature,
}

/// Why a path names nothing. The texts are for the one who runs `bal push`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    #[error(transparent)]
    Name(#[from] package::Invalid),
    #[error("a package has no such file here: {METADATA} lists its versions")]
    Metadata,
    #[error(
        "a version has no such file here: {name}-{version}.bala, {name}-{version}.pom and {SBOM} are its files"
    )]
    File { name: Name, version: Version },
}

impl MetadataPath {
    /// Reads the parts of a path, decoded.
    pub fn parse(org: &str, name: &str, file: &str) -> Result<Self, Unknown> {
        let package = PackageId { org: org.parse::<Org>()?, name: name.parse::<Name>()? };
        match split(file) {
            (METADATA, form) => Ok(Self { package, form }),
            _ => Err(Unknown::Metadata),
        }
    }
}

impl FilePath {
    /// Reads the parts of a path, decoded.
    pub fn parse(org: &str, name: &str, version: &str, file: &str) -> Result<Self, Unknown> {
        let coordinates = Coordinates { org: org.parse()?, name: name.parse()?, version: version.parse()? };
        let (file, form) = split(file);
        let Coordinates { name, version, .. } = &coordinates;
        let kind = file.strip_prefix(&format!("{name}-{version}."));
        let file = match (kind, file) {
            (Some("bala"), _) => VersionFile::Bala,
            (Some("pom"), _) => VersionFile::Pom,
            (_, SBOM) => VersionFile::Sbom,
            _ => return Err(Unknown::File { name: name.clone(), version: version.clone() }),
        };
        Ok(Self { coordinates, file, form })
    }
}

/// The name of the file that something is about, and what it is.
fn split(file: &str) -> (&str, Form) {
    let checksum = Checksum::ALL.iter().find_map(|checksum| {
        let rest = file.strip_suffix(checksum.ending())?;
        Some((rest, Form::Checksum(*checksum)))
    });
    let (rest, form) = checksum.unwrap_or((file, Form::Itself));
    rest.strip_suffix(SIGNATURE).map_or((rest, form), |signed| (signed, Form::Signature))
}
