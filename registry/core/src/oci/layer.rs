//! The one layer of a pushed package: the bala itself, or a gzip tar with it, as builders of images make it. Which of them it
//! is, its first bytes say: so do clients that pull it.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;

/// What every gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A tar is made of blocks of so many bytes.
const BLOCK: usize = 512;
/// What a tar may have besides its bala, in bytes: names, times, what fills its blocks.
const MARGIN: u64 = 1024 * 1024;
const BUFFER: usize = 64 * 1024;

/// Why a layer has no bala.
#[derive(Debug, thiserror::Error)]
pub enum InvalidLayer {
    #[error("the layer cannot be read as a gzip tar: {0}")]
    Damaged(&'static str),
    #[error("the layer has no file whose name ends with .bala")]
    None,
    #[error("the layer has more than one file whose name ends with .bala")]
    Several,
    #[error("what is in the layer is larger than this registry takes: at most {0} bytes")]
    TooLarge(u64),
    /// What was written was not taken.
    #[error(transparent)]
    Out(io::Error),
}

/// Whether the bala is packed into a layer that begins with these bytes.
pub fn is_packed(beginning: &[u8]) -> bool {
    beginning.starts_with(&GZIP)
}

/// Writes the bala in a packed layer to `out`; it has at most `limit` bytes.
pub fn unpack(layer: impl Read, out: &mut impl Write, limit: u64) -> Result<(), InvalidLayer> {
    let inflated = MultiGzDecoder::new(layer).take(limit.saturating_add(MARGIN));
    let mut tar = Tar { inflated: BufReader::with_capacity(BUFFER, inflated), limit, long_name: None };
    let mut found = false;
    while let Some(entry) = tar.next()? {
        if !(entry.is_file && entry.name.ends_with(b".bala")) {
            tar.pass(&entry, &mut io::sink())?;
            continue;
        }
        if found {
            return Err(InvalidLayer::Several);
        }
        if entry.size > limit {
            return Err(InvalidLayer::TooLarge(limit));
        }
        found = true;
        tar.pass(&entry, out)?;
    }
    if found { Ok(()) } else { Err(InvalidLayer::None) }
}

/// A tar, entry by entry.
struct Tar<R> {
    inflated: BufReader<io::Take<R>>,
    limit: u64,
    /// Of the next entry, where its own header has no room for it.
    long_name: Option<Vec<u8>>,
}

struct Entry {
    name: Vec<u8>,
    is_file: bool,
    size: u64,
}

impl<R: Read> Tar<R> {
    /// The next file or folder; `None` behind the last.
    fn next(&mut self) -> Result<Option<Entry>, InvalidLayer> {
        loop {
            let mut header = [0; BLOCK];
            if self.inflated.fill_buf().map_err(|_| damaged())?.is_empty() {
                return self.ended();
            }
            self.inflated.read_exact(&mut header).map_err(|_| self.cut_off())?;
            if header == [0; BLOCK] {
                return self.ended();
            }
            if !has_its_checksum(&header) {
                return Err(InvalidLayer::Damaged("an entry has a wrong checksum"));
            }
            let size = octal(&header[124..136]).ok_or_else(damaged)?;
            let entry = |name| Entry { name, is_file: matches!(header[156], 0 | b'0'), size };
            match header[156] {
                // What is long is written as if it were a file: by POSIX as `path=…`, by GNU as it is.
                kind @ (b'x' | b'L') if size <= MARGIN => {
                    let mut text = Vec::new();
                    self.pass(&entry(Vec::new()), &mut text)?;
                    let name = if kind == b'x' { path_of(&text) } else { Some(text) };
                    self.long_name = name.map(|name| name.split(|b| *b == 0).next().unwrap_or(&[]).to_vec());
                }
                b'x' | b'L' => return Err(damaged()),
                // What holds for all entries names none.
                b'g' => self.pass(&entry(Vec::new()), &mut io::sink())?,
                _ => {
                    let short = || header[..100].split(|b| *b == 0).next().unwrap_or(&[]).to_vec();
                    return Ok(Some(entry(self.long_name.take().unwrap_or_else(short))));
                }
            }
        }
    }

    /// Writes the bytes of an entry, and passes what fills its last block.
    fn pass(&mut self, entry: &Entry, out: &mut impl Write) -> Result<(), InvalidLayer> {
        let mut left = entry.size;
        while left > 0 {
            let bytes = self.inflated.fill_buf().map_err(|_| damaged())?;
            let length = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if length == 0 {
                return Err(self.cut_off());
            }
            out.write_all(&bytes[..length]).map_err(InvalidLayer::Out)?;
            self.inflated.consume(length);
            left -= length as u64;
        }
        let padding = entry.size.next_multiple_of(BLOCK as u64) - entry.size;
        let passed = io::copy(&mut (&mut self.inflated).take(padding), &mut io::sink());
        if passed.map_err(|_| damaged())? == padding { Ok(()) } else { Err(self.cut_off()) }
    }

    /// The end of the tar, where it is not that of what may be read.
    fn ended(&self) -> Result<Option<Entry>, InvalidLayer> {
        if self.inflated.get_ref().limit() == 0 { Err(self.cut_off()) } else { Ok(None) }
    }

    fn cut_off(&self) -> InvalidLayer {
        if self.inflated.get_ref().limit() == 0 {
            InvalidLayer::TooLarge(self.limit)
        } else {
            InvalidLayer::Damaged("it ends in the middle of an entry")
        }
    }
}

fn damaged() -> InvalidLayer {
    InvalidLayer::Damaged("it is none")
}

/// A number in a header: octal, between spaces and a zero.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(text, 8).ok().filter(|size| *size < u64::MAX / 2)
}

fn has_its_checksum(header: &[u8; BLOCK]) -> bool {
    let field = 148..156;
    // The checksum itself counts as spaces.
    let sum = header.iter().enumerate().map(|(i, b)| u64::from(if field.contains(&i) { b' ' } else { *b }));
    octal(&header[field.clone()]) == Some(sum.sum())
}

/// The name in what POSIX has for long ones: lines `LENGTH path=NAME`.
fn path_of(records: &[u8]) -> Option<Vec<u8>> {
    let mut lines = records.split(|b| *b == b'\n');
    let path = |line: &[u8]| {
        let space = line.iter().position(|b| *b == b' ')?;
        line[space + 1..].strip_prefix(b"path=").map(<[u8]>::to_vec)
    };
    lines.find_map(path)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn header(name: &str, kind: u8, size: usize) -> [u8; BLOCK] {
        let mut header = [0; BLOCK];
        header[..name.len().min(100)].copy_from_slice(&name.as_bytes()[..name.len().min(100)]);
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|b| u64::from(*b)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header
    }

    fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, kind, bytes) in entries {
            tar.extend(header(name, *kind, bytes.len()));
            tar.extend_from_slice(bytes);
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        }
        tar.extend([0; 2 * BLOCK]);
        gzip(&tar)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(layer: &[u8]) -> Result<Vec<u8>, String> {
        assert!(is_packed(layer));
        let mut out = Vec::new();
        unpack(layer, &mut out, 4000).map(|()| out).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn the_bala_is_found_among_what_else_is_in_a_tar() {
        let long = format!("{}.bala", "x".repeat(120));
        let path = format!("135 path={long}\n");
        for entries in [
            &[("acme-hello-any-1.0.0.bala", b'0', &b"bala"[..])][..],
            &[("/", b'5', b""), ("/a.bala", 0, b"bala"), ("readme", b'0', &[1; 700])],
            &[("g", b'g', b"x"), ("x", b'x', path.as_bytes()), (&long, b'0', b"bala")],
            &[("././@LongLink", b'L', format!("{long}\0").as_bytes()), (&long, b'0', b"bala")],
            &[("link.bala", b'2', b""), ("a.bala", b'0', b"bala")],
        ] {
            assert_eq!(read(&tar(entries)), Ok(b"bala".to_vec()));
        }
        assert_eq!(read(&gzip(&tar_without_end())), Ok(b"bala".to_vec()));
    }

    fn tar_without_end() -> Vec<u8> {
        let mut tar = header("a.bala", b'0', 4).to_vec();
        tar.extend(b"bala");
        tar.resize(2 * BLOCK, 0);
        tar
    }

    #[test]
    fn what_is_no_such_tar_is_told_so() {
        let bomb = gzip(&vec![0; 8 * 1024 * 1024]);
        let mut wrong = tar_without_end();
        wrong[0] = b'b';
        let many = [("x", b'0', &[7; 4000][..]); 400];
        for (layer, expected) in [
            (tar(&[("a.zip", b'0', b"bala")]), "no file whose name"),
            (tar(&[("a.bala", b'0', b"1"), ("b.bala", b'0', b"2")]), "more than one"),
            (tar(&[("a.bala", b'0', &[7; 4001])]), "at most 4000 bytes"),
            (tar(&many), "at most 4000 bytes"),
            (bomb, "no file whose name"),
            (gzip(b"text"), "in the middle"),
            (gzip(&wrong), "wrong checksum"),
            (gzip(&tar_without_end()[..600]), "in the middle"),
            (gzip(&tar_without_end())[..20].to_vec(), "as a gzip tar"),
            (b"\x1f\x8bnone".to_vec(), "as a gzip tar"),
        ] {
            let refused = read(&layer).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
