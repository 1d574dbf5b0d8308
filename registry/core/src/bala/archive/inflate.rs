//! The data of one entry: inflated once, counted, compared with what the headers say.

use std::io::{BufRead, BufReader, Read, Seek, Take, Write};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::entry::Entry;
use super::raw::{read_error, seek};
use crate::bala::invalid::{Flaw, Invalid};

/// Writes the inflated bytes of `entry` to `out`, never more than its headers promise.
pub(super) fn entry<R: Read + Seek>(
    reader: &mut BufReader<R>,
    entry: &Entry,
    out: &mut impl Write,
) -> Result<(), Invalid> {
    seek(reader, entry.data)?;
    let mut data = reader.take(entry.compressed);
    let mut checked = Checked { out, crc: Crc::new(), left: entry.inflated };
    let outcome =
        if entry.is_stored() { copy(&mut data, &mut checked) } else { inflate(&mut data, &mut checked) };
    let flaw = match outcome {
        Ok(()) if checked.left != 0 || data.limit() != 0 => Wrong::Length,
        Ok(()) if checked.crc.sum() != entry.crc => Wrong::Crc,
        Ok(()) => return Ok(()),
        Err(Halt::Invalid(invalid)) => return Err(invalid),
        Err(Halt::Wrong(wrong)) => wrong,
    };
    Err(Flaw::Damaged(flaw.text()).of(entry.name.as_bytes()))
}

/// What can be wrong with data.
enum Wrong {
    Stream,
    Length,
    Crc,
}

impl Wrong {
    fn text(&self) -> &'static str {
        match self {
            Self::Stream => "its data cannot be inflated",
            Self::Length => "it is not as long as its header says",
            Self::Crc => "its CRC does not match",
        }
    }
}

/// Why the copying stopped.
enum Halt {
    Wrong(Wrong),
    Invalid(Invalid),
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::Invalid(read_error(error))
    }
}

/// Counts and sums what goes to `out`.
struct Checked<'a, W> {
    out: &'a mut W,
    crc: Crc,
    left: u64,
}

impl<W: Write> Checked<'_, W> {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Halt::Wrong(Wrong::Length))?;
        self.crc.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }
}

fn copy<R: Read>(data: &mut Take<&mut BufReader<R>>, out: &mut Checked<'_, impl Write>) -> Result<(), Halt> {
    loop {
        let bytes = data.fill_buf()?;
        let length = bytes.len();
        if length == 0 {
            return Ok(());
        }
        out.add(bytes)?;
        data.consume(length);
    }
}

/// Not flate2's reader: it takes a stream that stops in the middle of a block for a complete one.
fn inflate<R: Read>(
    data: &mut Take<&mut BufReader<R>>,
    out: &mut Checked<'_, impl Write>,
) -> Result<(), Halt> {
    let mut inflater = Decompress::new(false);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress(data.fill_buf()?, &mut buffer, FlushDecompress::None)
            .map_err(|_| Halt::Wrong(Wrong::Stream))?;
        let consumed = usize::try_from(inflater.total_in() - before.0).unwrap_or(usize::MAX);
        let produced = usize::try_from(inflater.total_out() - before.1).unwrap_or(usize::MAX);
        data.consume(consumed);
        out.add(&buffer[..produced])?;
        match status {
            Status::StreamEnd => return Ok(()),
            Status::Ok | Status::BufError if consumed == 0 && produced == 0 => {
                return Err(Halt::Wrong(Wrong::Stream));
            }
            Status::Ok | Status::BufError => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use barre_testkit::bala::{archive, noise};

    use super::super::entry::STORED;
    use super::*;

    #[test]
    fn data_arrives_in_pieces_of_any_size() {
        let data = [vec![0; 200_000], noise("x", 1_000), vec![1; 70_000]].concat();
        let mut crc = Crc::new();
        crc.update(&data);
        for (method, bytes) in [(8, archive::deflate(&data)), (STORED, data.clone())] {
            let found = Entry {
                name: "x".to_owned(),
                crc: crc.sum(),
                compressed: bytes.len() as u64,
                inflated: data.len() as u64,
                data: 0,
                verified: false,
                method,
                flags: 0,
            };
            for capacity in [1, 2, 3, 1_000, 64 * 1024] {
                let mut reader = BufReader::with_capacity(capacity, Cursor::new(&bytes));
                let mut out = Vec::new();
                assert!(entry(&mut reader, &found, &mut out).is_ok(), "{method} {capacity}");
                assert!(out == data, "{method} {capacity}");
            }
        }
    }
}
