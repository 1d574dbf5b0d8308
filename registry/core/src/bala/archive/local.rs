//! The local headers and data descriptors: what streaming readers believe.

use std::io::{BufReader, Read, Seek};

use super::entry::{Entry, FLAG_DESCRIPTOR, VERSION, check_extra};
use super::raw::{LOCAL, bytes, seek, text, u16_at, u32_at};
use crate::bala::invalid::{Flaw, Invalid};

const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// Reads each local header and descriptor: they must fill everything before the directory, and agree with it.
pub(super) fn check<R: Read + Seek>(
    reader: &mut BufReader<R>,
    entries: &mut [Entry],
    end: u64,
) -> Result<(), Invalid> {
    let offsets: Vec<u64> = entries.iter().map(|entry| entry.data).chain([end]).collect();
    if offsets[0] != 0 {
        return Err(Invalid::Damaged("bytes lie before its first entry"));
    }
    for (entry, bounds) in entries.iter_mut().zip(offsets.windows(2)) {
        seek(reader, bounds[0])?;
        entry.data = header(reader, entry, bounds[0])?;
        let Some(rest) = bounds[1].checked_sub(entry.data + entry.compressed) else {
            return Err(entry.flaw(Flaw::Misplaced));
        };
        let has_descriptor = entry.flags & FLAG_DESCRIPTOR != 0;
        if has_descriptor && matches!(rest, 12 | 16) {
            seek(reader, entry.data + entry.compressed)?;
            descriptor(reader, entry, rest)?;
        } else if has_descriptor || rest != 0 {
            return Err(entry.flaw(Flaw::Misplaced));
        }
    }
    Ok(())
}

/// Compares a local header with the central one; answers where the data begins.
fn header<R: Read>(reader: &mut R, entry: &Entry, at: u64) -> Result<u64, Invalid> {
    let header: [u8; 30] = bytes(reader)?;
    let (name_length, extra_length) = (u16_at(&header, 26), u16_at(&header, 28));
    let differs = |what| Err(entry.flaw(Flaw::Headers(what)));
    if header[..4] != *LOCAL {
        return Err(entry.flaw(Flaw::Misplaced));
    }
    if usize::from(name_length) != entry.name.len() || text(reader, name_length)? != entry.name.as_bytes() {
        return differs("name");
    }
    if u16_at(&header, 4) > VERSION {
        return Err(entry.flaw(Flaw::Version(u16_at(&header, 4))));
    }
    if u16_at(&header, 8) != entry.method {
        return differs("compression method");
    }
    if u16_at(&header, 6) != entry.flags {
        return differs("flags");
    }
    // With a descriptor the writer may not have known them yet.
    let may_be_zero = entry.flags & FLAG_DESCRIPTOR != 0;
    let agrees = |value: u32, central: u64| u64::from(value) == central || (may_be_zero && value == 0);
    if !agrees(u32_at(&header, 14), entry.crc.into()) {
        return differs("CRC");
    }
    if !agrees(u32_at(&header, 18), entry.compressed) || !agrees(u32_at(&header, 22), entry.inflated) {
        return differs("size");
    }
    if let Some(flaw) = check_extra(&text(reader, extra_length)?) {
        return Err(entry.flaw(flaw));
    }
    Ok(at + 30 + u64::from(name_length) + u64::from(extra_length))
}

/// Compares a data descriptor with the central header. Its signature is optional, and Java writes it.
fn descriptor<R: Read>(reader: &mut R, entry: &Entry, length: u64) -> Result<(), Invalid> {
    if length == 16 && bytes(reader)? != *DESCRIPTOR {
        return Err(entry.flaw(Flaw::Misplaced));
    }
    let facts: [u8; 12] = bytes(reader)?;
    // Readers would take this CRC for the signature, and what follows for the CRC.
    if length == 12 && facts[..4] == *DESCRIPTOR {
        return Err(entry.flaw(Flaw::Misplaced));
    }
    if u32_at(&facts, 0) != entry.crc {
        return Err(entry.flaw(Flaw::Headers("CRC")));
    }
    if u64::from(u32_at(&facts, 4)) != entry.compressed || u64::from(u32_at(&facts, 8)) != entry.inflated {
        return Err(entry.flaw(Flaw::Headers("size")));
    }
    Ok(())
}
