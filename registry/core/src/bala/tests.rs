//! What is refused, and that nothing else is.

mod archives;
mod clients;
mod facts;
mod gaps;
mod limits;
mod manifests;
mod names;
mod random;

use std::io::Cursor;

use barre_testkit::bala::Bala as Package;
use barre_testkit::bala::archive::Entry;

use super::{Bala, Flaw, Invalid, Limits, read};

/// A small valid package, for tests that spoil one thing.
fn greet() -> Package {
    Package::new("acme", "greet", "1.0.0")
}

fn accept(bytes: &[u8]) -> Bala {
    match read(Cursor::new(bytes), &Limits::default()) {
        Ok(bala) => bala,
        Err(invalid) => panic!("refused: {invalid}"),
    }
}

fn refuse(bytes: &[u8]) -> Invalid {
    read(Cursor::new(bytes), &Limits::default()).expect_err("must be refused")
}

/// The flaw of the entry for which these bytes are refused.
fn flaw(bytes: &[u8]) -> Flaw {
    match refuse(bytes) {
        Invalid::Entry { flaw, .. } => flaw,
        other => panic!("refused for another reason: {other}"),
    }
}

fn with_entry(entry: Entry) -> Vec<u8> {
    greet().raw(entry).build()
}

/// Where the end record of `bytes` begins.
fn end(bytes: &[u8]) -> usize {
    bytes.len() - 22
}

/// Where the central directory of `bytes` begins.
fn directory(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[end(bytes) + 16..][..4].try_into().unwrap()) as usize
}
