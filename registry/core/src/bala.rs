//! A bala, the archive that `bal push` uploads: bytes and limits go in, everything the registry derives from
//! them comes out, or why they are refused.
//!
//! Nothing but the bala itself decides who it is: file names, form fields and URLs are only compared with it.
//! Both formats are read: Java's (`package.json`) and schema 4 (`Bala.toml`). The archive is read once, in
//! bounded memory, and whatever is accepted has been inflated and compared with its checksums to the last byte.

mod archive;
pub(crate) mod characters;
mod claims;
mod contents;
mod derive;
mod docs;
mod graph;
mod invalid;
mod java;
mod json;
mod limits;
mod manifest;
mod modules;
mod schema4;
mod strict;
mod summary;

use std::io::{Read, Seek};

use archive::Archive;
pub use contents::Bala;
pub use invalid::{Flaw, Invalid};
pub use limits::{CHECK_BYTES, Limits};

/// Reads a bala and checks everything about it that depends on nothing else.
pub fn read<R: Read + Seek>(reader: R, limits: &Limits) -> Result<Bala, Invalid> {
    let mut archive = Archive::open(reader, limits)?;
    let manifest = match (archive.has("Bala.toml"), archive.has("package.json")) {
        (true, true) => return Err(Invalid::TwoFormats),
        (true, false) => schema4::read(&mut archive, limits)?,
        (false, _) => java::read(&mut archive, limits)?,
    };
    let bala = derive::bala(manifest, &mut archive, limits)?;
    archive.verify()?;
    // What cannot become a change is refused here already, before anything is stored.
    bala.check_change()?;
    Ok(bala)
}

#[cfg(test)]
mod tests;
