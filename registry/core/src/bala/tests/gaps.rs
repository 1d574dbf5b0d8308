//! Bytes that two entries share, or that belong to none.

use barre_testkit::bala::archive::{DESCRIPTOR, UTF8, deflate, write};

use super::*;

#[test]
fn gaps_and_overlaps_are_refused() {
    let entry = |name: &str| Entry { flags: UTF8, ..Entry::new(name, "data") };
    let good = write(&[entry("a"), entry("b")]);
    let second = directory(&good) + 46 + 1 + 42;
    // Both entries share one header and its data.
    let mut shared = good.clone();
    shared[second..second + 4].fill(0);
    assert_eq!(flaw(&shared), Flaw::Misplaced);
    // The first one's data reaches into the second one.
    let quoted = Entry { compressed: Some(deflate(b"data")), ..entry("a") };
    let mut overlapping = write(&[quoted, entry("b")]);
    let size = directory(&overlapping) + 20;
    overlapping[size] += 5;
    overlapping[18] += 5;
    assert_eq!(flaw(&overlapping), Flaw::Misplaced);
}

/// `gap` between the data of the only entry and the directory.
fn with_gap(entry: Entry, gap: &[u8]) -> Vec<u8> {
    let descriptor = if entry.flags & DESCRIPTOR == 0 { 0 } else { 16 };
    let mut bytes = write(&[entry]);
    let before = directory(&bytes);
    bytes.splice(before - descriptor..before, gap.iter().copied());
    let after = u32::try_from(before - descriptor + gap.len()).unwrap();
    let field = end(&bytes) + 16;
    bytes[field..][..4].copy_from_slice(&after.to_le_bytes());
    bytes
}

#[test]
fn nothing_lies_between_entries_but_descriptors() {
    let streamed = || Entry::new("x", "some data");
    let stored = || Entry::stored("x", "some data");
    let bytes = write(&[streamed()]);
    let descriptor = &bytes[directory(&bytes) - 16..directory(&bytes)];
    let mut crc = flate2::Crc::new();
    crc.update(b"some data");
    let facts = [crc.sum(), 9, 9].map(u32::to_le_bytes).concat();
    let zip64 = [descriptor, &[0; 8]].concat();
    for (entry, gap, fine) in [
        (streamed(), descriptor, true),
        (streamed(), &descriptor[4..], true),
        (streamed(), b"", false),
        (streamed(), &descriptor[..8], false),
        (streamed(), &zip64, false),
        (stored(), b"", true),
        (stored(), b"x", false),
        (stored(), &facts, false),
        (stored(), &[&descriptor[..4], &facts].concat(), false),
    ] {
        let bytes = with_gap(entry, gap);
        if fine {
            assert!(matches!(refuse(&bytes), Invalid::Missing { .. }), "{gap:?}");
        } else {
            assert_eq!(flaw(&bytes), Flaw::Misplaced, "{gap:?}");
        }
    }
}
