//! Bytes and numbers of the headers.

use std::io::{self, BufReader, Read, Seek};

use crate::bala::invalid::Invalid;

/// What a local header begins with.
pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";

/// Goes to `position` and keeps what is buffered if it is near: entries are mostly read in order.
pub(super) fn seek<R: Read + Seek>(reader: &mut BufReader<R>, position: u64) -> Result<(), Invalid> {
    let current = reader.stream_position().map_err(Invalid::Unreadable)?;
    // Both are at most the size of the upload, far below 2^63.
    let offset = position.cast_signed() - current.cast_signed();
    reader.seek_relative(offset).map_err(Invalid::Unreadable)
}

pub(super) fn bytes<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], Invalid> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

pub(super) fn text(reader: &mut impl Read, length: u16) -> Result<Vec<u8>, Invalid> {
    let mut bytes = vec![0; length.into()];
    reader.read_exact(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// An end of file inside the archive is its fault, every other error is ours.
pub(super) fn read_error(error: io::Error) -> Invalid {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Invalid::Damaged("it ends too early"),
        _ => Invalid::Unreadable(error),
    }
}
