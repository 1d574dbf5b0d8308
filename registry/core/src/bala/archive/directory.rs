//! The end record and the central directory.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::entry::{Entry, FLAG_DESCRIPTOR, STORED, VERSION, check_extra};
use super::raw::{LOCAL, bytes, read_error, seek, text, u16_at, u32_at};
use super::{local, name};
use crate::bala::invalid::{Flaw, Invalid};
use crate::bala::limits::Limits;

const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";
const END_LEN: u64 = 22;
const LOCATOR_LEN: u64 = 20;

const DEFLATED: u16 = 8;

const FLAG_UTF8: u16 = 1 << 11;
/// Encryption, strong encryption, masked headers.
const FLAGS_ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// The level of deflate, a descriptor, UTF-8.
const FLAGS_ALLOWED: u16 = 0b110 | FLAG_DESCRIPTOR | FLAG_UTF8;

/// Reads all headers and checks that they agree. Entries come in the order of their data.
pub(super) fn read<R: Read + Seek>(
    reader: &mut BufReader<R>,
    limits: &Limits,
) -> Result<Vec<Entry>, Invalid> {
    let size = reader.seek(SeekFrom::End(0)).map_err(Invalid::Unreadable)?;
    if size > limits.size {
        return Err(Invalid::TooLarge { size, limit: limits.size });
    }
    let (directory, count) = end(reader, size)?;
    if count > limits.entries {
        return Err(Invalid::TooManyEntries { count, limit: limits.entries });
    }
    seek(reader, directory)?;
    let mut entries = Vec::new();
    let (mut inflated, mut names) = (0, 0);
    for _ in 0..count {
        let entry = central(reader, limits)?;
        inflated += entry.inflated;
        names += entry.name.len();
        if names > limits.names_bytes {
            return Err(Invalid::LongPaths { size: names, limit: limits.names_bytes });
        }
        entries.push(entry);
    }
    if reader.stream_position().map_err(Invalid::Unreadable)? != size - END_LEN {
        return Err(Invalid::Damaged("its directory is longer or shorter than its end record says"));
    }
    check_inflated(inflated, size, limits)?;
    entries.sort_by_key(|entry| entry.data);
    local::check(reader, &mut entries, directory)?;
    Ok(entries)
}

fn check_inflated(inflated: u64, size: u64, limits: &Limits) -> Result<(), Invalid> {
    if inflated > limits.inflated {
        return Err(Invalid::Inflates { size: inflated, limit: limits.inflated });
    }
    if inflated > limits.ratio_above && inflated > size * limits.ratio {
        return Err(Invalid::Ratio { ratio: limits.ratio });
    }
    Ok(())
}

/// Reads the end record: where the directory begins and how many entries it has.
fn end<R: Read + Seek>(reader: &mut BufReader<R>, size: u64) -> Result<(u64, u64), Invalid> {
    let Some(at) = size.checked_sub(END_LEN) else { return Err(Invalid::NotZip) };
    seek(reader, at)?;
    let record: [u8; 22] = bytes(reader)?;
    if record[..4] != *END || record[20..] != [0, 0] {
        return Err(why_no_end(reader, size));
    }
    let (count, length, directory) = (u16_at(&record, 10), u32_at(&record, 12), u32_at(&record, 16));
    if let Some(locator) = at.checked_sub(LOCATOR_LEN) {
        seek(reader, locator)?;
        if bytes(reader)? == *ZIP64_LOCATOR
            || count == u16::MAX
            || length == u32::MAX
            || directory == u32::MAX
        {
            return Err(Invalid::Zip64);
        }
    }
    if u16_at(&record, 4) != 0 || u16_at(&record, 6) != 0 || u16_at(&record, 8) != count {
        return Err(Invalid::Damaged("it is a part of an archive in several files"));
    }
    if u64::from(directory) + u64::from(length) != at {
        return Err(Invalid::Damaged("bytes that belong to no entry lie before or in it"));
    }
    Ok((directory.into(), count.into()))
}

/// The last bytes are no end record: says whether something follows one, or it was cut off, or never was.
fn why_no_end<R: Read + Seek>(reader: &mut BufReader<R>, size: u64) -> Invalid {
    let mut look = || -> Result<Invalid, Invalid> {
        let tail = size.min(END_LEN + u64::from(u16::MAX));
        seek(reader, size - tail)?;
        let mut text = Vec::new();
        reader.take(tail).read_to_end(&mut text).map_err(read_error)?;
        if text.windows(4).any(|window| window == END) {
            return Ok(Invalid::Damaged("it has a comment, or bytes follow its end"));
        }
        seek(reader, 0)?;
        let is_zip = bytes(reader)? == *LOCAL;
        Ok(if is_zip { Invalid::Damaged("its end is missing") } else { Invalid::NotZip })
    };
    look().unwrap_or_else(|error| error)
}

/// Reads one header of the central directory.
fn central<R: Read>(reader: &mut R, limits: &Limits) -> Result<Entry, Invalid> {
    let header: [u8; 46] = bytes(reader)?;
    if header[..4] != *CENTRAL {
        return Err(Invalid::Damaged("its directory is not one"));
    }
    let (flags, method) = (u16_at(&header, 8), u16_at(&header, 10));
    let name = text(reader, u16_at(&header, 28))?;
    let extra = text(reader, u16_at(&header, 30))?;
    let name = name::check(&name, flags & FLAG_UTF8 != 0, limits)?.to_owned();
    let entry = Entry {
        crc: u32_at(&header, 16),
        compressed: u32_at(&header, 20).into(),
        inflated: u32_at(&header, 24).into(),
        data: u32_at(&header, 42).into(),
        verified: false,
        name,
        method,
        flags,
    };
    if [entry.compressed, entry.inflated, entry.data].contains(&u32::MAX.into()) {
        return Err(Invalid::Zip64);
    }
    let flaw = if flags & FLAGS_ENCRYPTED != 0 {
        Some(Flaw::Encrypted)
    } else if !matches!(method, STORED | DEFLATED) {
        Some(Flaw::Method(method))
    } else if u16_at(&header, 6) > VERSION {
        Some(Flaw::Version(u16_at(&header, 6)))
    } else if method == STORED && flags & FLAG_DESCRIPTOR != 0 {
        Some(Flaw::StoredWithDescriptor)
    } else if flags & !FLAGS_ALLOWED != 0 {
        Some(Flaw::Damaged("it has unknown flags"))
    } else if is_special(u32_at(&header, 38), entry.is_folder()) {
        Some(Flaw::Mode)
    } else if u16_at(&header, 32) != 0 || u16_at(&header, 34) != 0 {
        Some(Flaw::Damaged("it has a comment or lies in another file"))
    } else if entry.is_folder() && entry.inflated != 0 {
        Some(Flaw::Damaged("it is a folder and has data"))
    } else if entry.is_stored() && entry.compressed != entry.inflated {
        Some(Flaw::Damaged("it is stored and has two sizes"))
    } else {
        check_extra(&extra)
    };
    flaw.map_or(Ok(()), |flaw| Err(entry.flaw(flaw)))?;
    Ok(entry)
}

/// Whether the external attributes speak of anything but a plain file, or a folder where one is.
fn is_special(attributes: u32, is_folder: bool) -> bool {
    let (mode, dos) = (attributes >> 16, attributes & 0xff);
    let kind = if is_folder { 0o040_000 } else { 0o100_000 };
    let is_kind = mode & 0o170_000 == 0 || mode & 0o170_000 == kind;
    // On folders, setgid and sticky only say how a disk is shared.
    let harmless = if is_folder { 0o3000 } else { 0 };
    // Volume label, device; folder.
    !is_kind || mode & 0o7000 & !harmless != 0 || dos & 0x48 != 0 || (dos & 0x10 != 0 && !is_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_as_dense_as_its_limits_allow() {
        let limits = Limits { inflated: 1_000, ratio: 5, ratio_above: 100, ..Limits::default() };
        for (inflated, size, fine) in [
            (100, 1, true),
            (101, 1, false),
            (105, 21, true),
            (106, 21, false),
            (1_000, 200, true),
            (1_001, 1_001, false),
        ] {
            assert_eq!(check_inflated(inflated, size, &limits).is_ok(), fine, "{inflated} in {size}");
        }
    }
}
