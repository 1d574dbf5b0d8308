//! The SBOM that clients push beside a bala: what it is made of, in JSON of `CycloneDX`.

use std::io::Read;

use serde::Deserialize;

/// Its media type.
pub const SBOM_TYPE: &str = "application/vnd.cyclonedx+json";

/// Why something is no SBOM. The texts are for the one who runs `bal push`.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSbom {
    #[error("the SBOM is not the JSON of one: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the SBOM is none of CycloneDX: its bomFormat must be \"CycloneDX\"")]
    Format,
}

#[derive(Deserialize)]
#[serde(expecting = "a JSON object")]
struct Sbom {
    #[serde(rename = "bomFormat", default)]
    format: String,
}

/// Checks what is kept as one. What it lists is not looked at.
pub fn check_sbom(json: impl Read) -> Result<(), InvalidSbom> {
    let Sbom { format } = serde_json::from_reader(json)?;
    if format == "CycloneDX" { Ok(()) } else { Err(InvalidSbom::Format) }
}
