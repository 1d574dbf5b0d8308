//! A zip writer that can be told to lie.
//!
//! By default it writes what `java.util.zip.ZipOutputStream` writes, the writer of every real bala: deflated
//! entries with bit 3, no sizes in the local header and a data descriptor behind the data. Each field of an
//! [`Entry`] that is set to something else makes one particular kind of broken archive.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Bit 3: CRC and sizes follow the data.
pub const DESCRIPTOR: u16 = 1 << 3;
/// Bit 11: the name is UTF-8.
pub const UTF8: u16 = 1 << 11;
/// The method of a file that is not compressed.
pub const STORED: u16 = 0;
/// The method of every other one.
pub const DEFLATED: u16 = 8;
/// 2025-01-01 00:00:00, so that equal input gives equal bytes.
const MODIFIED: u32 = ((2025 - 1980) << 25) | (1 << 21) | (1 << 16);

/// One file of the archive.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    /// The file, not compressed.
    pub data: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    /// High byte: the system it was written on.
    pub made_by: u16,
    /// External attributes: the Unix mode in the upper half.
    pub attributes: u32,
    /// Extra field in both headers.
    pub extra: Vec<u8>,
    /// The name in the local header, where it differs.
    pub local_name: Option<Vec<u8>>,
    /// The method in the local header, where it differs.
    pub local_method: Option<u16>,
    /// The CRC everywhere, where it is wrong.
    pub crc: Option<u32>,
    /// The inflated size everywhere, where it is wrong.
    pub size: Option<u32>,
    /// The compressed bytes, where they are not `data`'s.
    pub compressed: Option<Vec<u8>>,
    /// What stands in the local header with bit 3 set: CRC, compressed and inflated size.
    pub local_sizes: [u32; 3],
}

impl Entry {
    /// A file as the real writer adds it.
    pub fn new(name: impl Into<Vec<u8>>, data: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            data: data.into(),
            method: DEFLATED,
            flags: DESCRIPTOR | UTF8,
            made_by: 20,
            attributes: 0,
            extra: Vec::new(),
            local_name: None,
            local_method: None,
            crc: None,
            size: None,
            compressed: None,
            local_sizes: [0; 3],
        }
    }

    /// A file that is not compressed and has its sizes in the local header.
    pub fn stored(name: impl Into<Vec<u8>>, data: impl Into<Vec<u8>>) -> Self {
        Self { method: STORED, flags: UTF8, ..Self::new(name, data) }
    }

    /// The compressed bytes.
    fn payload(&self) -> Vec<u8> {
        match (&self.compressed, self.method) {
            (Some(compressed), _) => compressed.clone(),
            (None, DEFLATED) => deflate(&self.data),
            (None, _) => self.data.clone(),
        }
    }

    /// CRC, compressed and inflated size.
    fn facts(&self, compressed: usize) -> [u32; 3] {
        let mut crc = Crc::new();
        crc.update(&self.data);
        let size = self.size.unwrap_or_else(|| length(self.data.len()));
        [self.crc.unwrap_or_else(|| crc.sum()), length(compressed), size]
    }
}

/// Compresses `data` without a header.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("a vector takes every byte")
}

/// Writes the archive.
pub fn write(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = length(out.len());
        let payload = entry.payload();
        let facts = entry.facts(payload.len());
        local_header(&mut out, entry, if entry.flags & DESCRIPTOR == 0 { facts } else { entry.local_sizes });
        out.extend(payload);
        if entry.flags & DESCRIPTOR != 0 {
            out.extend(b"PK\x07\x08");
            out.extend(facts.map(u32::to_le_bytes).concat());
        }
        central_header(&mut directory, entry, facts, offset);
    }
    let count = u16::try_from(entries.len()).expect("fewer than 65,536 entries").to_le_bytes();
    let [start, size] = [out.len(), directory.len()].map(|n| length(n).to_le_bytes());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend([size, start].concat());
    out.extend([0, 0]);
    out
}

fn local_header(out: &mut Vec<u8>, entry: &Entry, facts: [u32; 3]) {
    let name = entry.local_name.as_ref().unwrap_or(&entry.name);
    out.extend(b"PK\x03\x04");
    out.extend([20, entry.flags, entry.local_method.unwrap_or(entry.method)].map(u16::to_le_bytes).concat());
    out.extend(MODIFIED.to_le_bytes());
    out.extend(facts.map(u32::to_le_bytes).concat());
    out.extend([short(name.len()), short(entry.extra.len())].map(u16::to_le_bytes).concat());
    out.extend(name);
    out.extend(&entry.extra);
}

fn central_header(out: &mut Vec<u8>, entry: &Entry, facts: [u32; 3], offset: u32) {
    let Entry { made_by, flags, method, .. } = *entry;
    out.extend(b"PK\x01\x02");
    out.extend([made_by, 20, flags, method].map(u16::to_le_bytes).concat());
    out.extend(MODIFIED.to_le_bytes());
    out.extend(facts.map(u32::to_le_bytes).concat());
    out.extend([short(entry.name.len()), short(entry.extra.len()), 0, 0, 0].map(u16::to_le_bytes).concat());
    out.extend([entry.attributes, offset].map(u32::to_le_bytes).concat());
    out.extend(&entry.name);
    out.extend(&entry.extra);
}

fn length(n: usize) -> u32 {
    u32::try_from(n).expect("test packages are below 4 GiB")
}

fn short(n: usize) -> u16 {
    u16::try_from(n).expect("test names are below 64 KiB")
}
