//! The memory that one push takes for its checks stays below what is stated, however its bala is made. A test program of
//! its own, because its allocator counts; one test, because others would be counted too.

mod archives;
mod manifests;
mod texts;

use std::io::Cursor;

use barre_core::bala::{self, CHECK_BYTES, Limits};
use barre_core::document::Document;
use barre_core::format::NEWEST;
use barre_testkit::bala::Bala as Package;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A bala, and whether it is good.
struct Case {
    what: String,
    bytes: Vec<u8>,
    good: bool,
}

impl Case {
    fn new(what: impl Into<String>, package: &Package) -> Self {
        Self { what: what.into(), bytes: package.build(), good: false }
    }

    fn good(what: impl Into<String>, package: &Package) -> Self {
        Self { good: true, ..Self::new(what, package) }
    }
}

fn greet() -> Package {
    Package::new("acme", "greet", "1.0.0")
}

/// What it took at most to read, and to write and read what lies beside the bala; the bala itself does not count.
fn peak(bytes: &[u8]) -> (usize, Result<(), bala::Invalid>) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let read = bala::read(Cursor::new(bytes), &Limits::default());
    let read = read.map(|bala| {
        let document = bala.document.to_bytes(&bala.description, NEWEST);
        drop(bala);
        Document::from_bytes(&document).expect("what was written is read");
    });
    (ALLOCATED.peak_usage() - before, read)
}

#[test]
fn no_bala_takes_more_memory_than_is_stated() {
    let limit = Limits::default().size;
    let mut peaks = Vec::new();
    for Case { what, bytes, good } in manifests::cases().chain(archives::cases()).chain(texts::cases()) {
        assert!((bytes.len() as u64) < limit, "{what}: {} bytes are more than is taken", bytes.len());
        let (peak, read) = peak(&bytes);
        let outcome = read.map_or_else(|invalid| invalid.to_string(), |()| "read".to_owned());
        assert_eq!(outcome == "read", good, "{what}: {outcome}");
        peaks.push((peak, what));
    }
    let (worst, what) = peaks.into_iter().max().unwrap();
    assert!(worst < CHECK_BYTES, "{what}: {worst} bytes");
    assert!(worst > CHECK_BYTES / 2, "{worst} bytes at most: state less than {CHECK_BYTES}");
}
