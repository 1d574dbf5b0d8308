//! Archives that are broken, or that readers would understand differently.

use barre_testkit::bala::archive::{DEFLATED, DESCRIPTOR, STORED, UTF8, deflate, write};

use super::*;

#[test]
fn local_headers_must_agree_with_the_directory() {
    let plain = || Entry { flags: UTF8, ..Entry::new("x", "some data") };
    let name = Entry { local_name: Some("y".into()), ..plain() };
    assert_eq!(flaw(&with_entry(name)), Flaw::Headers("name"));
    let method = Entry { local_method: Some(STORED), ..plain() };
    assert_eq!(flaw(&with_entry(method)), Flaw::Headers("compression method"));
    for (index, what) in [(0, "CRC"), (1, "size"), (2, "size")] {
        let mut local_sizes = [0; 3];
        local_sizes[index] = 7;
        let streamed = Entry { local_sizes, ..Entry::new("x", "some data") };
        assert_eq!(flaw(&with_entry(streamed)), Flaw::Headers(what));
    }
    // In the local header of the only entry: flags, CRC, compressed and inflated size.
    for (at, what) in [(6, "flags"), (14, "CRC"), (18, "size"), (22, "size")] {
        let mut bytes = write(&[plain()]);
        bytes[at] ^= 2;
        assert_eq!(flaw(&bytes), Flaw::Headers(what), "{at}");
    }
}

/// Only a descriptor excuses a header that does not say them.
#[test]
fn local_headers_have_sizes_where_no_descriptor_follows() {
    for (flags, known) in [(0, false), (UTF8, false), (DESCRIPTOR, true), (DESCRIPTOR | UTF8, true)] {
        let mut bytes = write(&[Entry { flags, ..Entry::new("x", "some data") }]);
        bytes[14..26].fill(0);
        let refused = refuse(&bytes);
        let is_headers = matches!(refused, Invalid::Entry { flaw: Flaw::Headers(_), .. });
        assert_eq!(is_headers, !known, "{flags}: {refused}");
    }
}

#[test]
fn a_descriptor_must_agree_with_the_directory() {
    let mut bytes = write(&[Entry::new("x", "some data")]);
    let descriptor = directory(&bytes) - 16;
    for (at, what) in [(4, "CRC"), (8, "size"), (12, "size")] {
        let mut bytes = bytes.clone();
        bytes[descriptor + at] ^= 1;
        assert_eq!(flaw(&bytes), Flaw::Headers(what));
    }
    bytes[descriptor] = b'X';
    assert_eq!(flaw(&bytes), Flaw::Misplaced);
}

#[test]
fn data_around_the_archive_is_refused() {
    let good = greet().build();
    let damaged = |bytes: &[u8]| match refuse(bytes) {
        Invalid::Damaged(what) => what,
        other => panic!("{other}"),
    };
    assert!(damaged(&[b"#!/bin/sh\n", &good[..]].concat()).contains("before"));
    assert!(damaged(&[&good[..], b"x"].concat()).contains("follow"));
    assert!(damaged(&[&good[..], &good[end(&good)..]].concat()).contains("before"));
    let mut commented = good.clone();
    let comment = good[end(&good)..].to_vec();
    commented[end(&good) + 20] = 22;
    assert!(damaged(&[commented, comment].concat()).contains("before"));
    let mut commented = good.clone();
    commented[end(&good) + 20] = 2;
    assert!(damaged(&[commented, b"hi".into()].concat()).contains("comment"));
    // Shifted offsets make prepended data legal for many readers.
    let mut shifted = [b"MZ", &good[..]].concat();
    let at = end(&shifted) + 16;
    shifted[at] = shifted[at].wrapping_add(2);
    assert!(matches!(refuse(&shifted), Invalid::Entry { .. } | Invalid::Damaged(_)));
    for (at, what) in [(4, "several"), (6, "several"), (8, "several")] {
        let mut several = good.clone();
        several[end(&good) + at] += 1;
        assert!(damaged(&several).contains(what), "{at}");
    }
    let mut longer = good.clone();
    longer[end(&good) + 8] += 1;
    longer[end(&good) + 10] += 1;
    assert!(damaged(&longer).contains("ends too early"));
    for at in [32, 34] {
        let mut commented = good.clone();
        commented[directory(&good) + at] = 1;
        assert!(matches!(flaw(&commented), Flaw::Damaged(text) if text.contains("comment")), "{at}");
    }
    let large = greet().padding(200_000).build();
    assert!(damaged(&[&large[..], b"x"].concat()).contains("follow"));
}

#[test]
fn zip64_is_refused_with_a_sentence() {
    let good = greet().build();
    let mut locator = good[..end(&good)].to_vec();
    locator.extend(b"PK\x06\x07");
    locator.extend([0; 16]);
    locator.extend(&good[end(&good)..]);
    let mut sentinel = good.clone();
    sentinel[end(&good) + 16..][..4].fill(0xff);
    for bytes in [locator, sentinel, with_entry(Entry { size: Some(u32::MAX), ..Entry::new("x", "x") })] {
        assert!(matches!(refuse(&bytes), Invalid::Zip64));
    }
}

#[test]
fn header_fields_that_hide_something_are_refused() {
    for id in [0x0001_u16, 0x000d, 0x756e, 0x7075, 0x9901] {
        let extra = [&id.to_le_bytes()[..], &[2, 0, 1, 1]].concat();
        assert_eq!(flaw(&with_entry(Entry { extra, ..Entry::new("x", "x") })), Flaw::Extra(id));
    }
    for extra in [&[0xfe, 0xca, 9, 0][..], &[0, 0, 0]] {
        let entry = Entry { extra: extra.into(), ..Entry::new("x", "x") };
        assert!(matches!(flaw(&with_entry(entry)), Flaw::Damaged(_)));
    }
    accept(&with_entry(Entry { extra: vec![0xfe, 0xca, 0, 0], ..Entry::new("x", "x") }));
}

#[test]
fn encryption_and_unknown_methods_are_refused() {
    for bit in [0, 6, 13] {
        let entry = Entry { flags: UTF8 | 1 << bit, ..Entry::new("x", "x") };
        assert_eq!(flaw(&with_entry(entry)), Flaw::Encrypted);
    }
    for method in [1, 9, 12, 14, 93, 95, 99] {
        assert_eq!(flaw(&with_entry(Entry { method, ..Entry::new("x", "x") })), Flaw::Method(method));
    }
    let unknown = Entry { flags: UTF8 | 1 << 15, ..Entry::new("x", "x") };
    assert!(matches!(flaw(&with_entry(unknown)), Flaw::Damaged(_)));
}

#[test]
fn wrong_checksums_and_lengths_are_refused() {
    let plain = || Entry::new("x", "some data");
    let mut unfinished = deflate(b"some data");
    // Not the last block: a reader that stops at the expected length would not notice.
    unfinished[0] &= !1;
    for (what, entry) in [
        ("CRC", Entry { crc: Some(1), ..plain() }),
        ("CRC", Entry { crc: Some(1), ..Entry::stored("x", "some data") }),
        ("long", Entry { size: Some(8), ..plain() }),
        ("long", Entry { size: Some(10), ..plain() }),
        ("long", Entry { compressed: Some([deflate(b"some data"), vec![0]].concat()), ..plain() }),
        ("inflated", Entry { compressed: Some(unfinished), ..plain() }),
        ("inflated", Entry { compressed: Some(b"\x07".into()), ..plain() }),
        ("two sizes", Entry { size: Some(8), ..Entry::stored("x", "some data") }),
    ] {
        let flaw = flaw(&with_entry(entry));
        assert!(matches!(flaw, Flaw::Damaged(text) if text.contains(what)), "{what}: {flaw}");
    }
}

#[test]
fn both_ways_of_writing_sizes_are_accepted() {
    let streamed = accept(&greet().build());
    let mut entries = greet().entries();
    for (index, entry) in entries.iter_mut().enumerate() {
        entry.flags = UTF8;
        entry.method = if index % 2 == 0 { STORED } else { DEFLATED };
    }
    assert_eq!(accept(&write(&entries)), streamed);
}

/// A streaming reader cannot know where such an entry ends, and a local header may hide behind a false descriptor in it.
#[test]
fn a_stored_entry_has_its_sizes_in_front() {
    let hidden = [b"PK\x07\x08", &[0; 12][..], &write(&[Entry::new("hidden", "x")])].concat();
    for data in [b"some data".to_vec(), Vec::new(), hidden] {
        let stored = |flags| with_entry(Entry { method: STORED, flags, ..Entry::new("x", data.clone()) });
        assert_eq!(flaw(&stored(UTF8 | DESCRIPTOR)), Flaw::StoredWithDescriptor);
        accept(&stored(UTF8));
    }
}

#[test]
fn only_the_version_that_every_reader_takes_is_accepted() {
    let good = with_entry(Entry::new("x", "x"));
    for at in [4, directory(&good) + 6] {
        for (version, fine) in [(10, true), (20, true), (21, false), (45, false)] {
            let mut bytes = good.clone();
            bytes[at] = version;
            let found = read(Cursor::new(&bytes), &Limits::default());
            let refused = matches!(
                &found,
                Err(Invalid::Entry { flaw: Flaw::Version(found), .. }) if *found == u16::from(version)
            );
            assert!(if fine { found.is_ok() } else { refused }, "{at} {version}");
        }
    }
    let text = Flaw::Version(45).to_string();
    assert!(text.contains("version 4.5 "), "{text}");
}

#[test]
fn a_descriptor_without_its_signature_is_accepted() {
    let mut bytes = write(&[Entry::new("x", "some data")]);
    let descriptor = directory(&bytes) - 16;
    bytes.drain(descriptor..descriptor + 4);
    let start = end(&bytes) + 16;
    bytes[start] -= 4;
    assert!(matches!(refuse(&bytes), Invalid::Missing { .. }));
    // One whose CRC looks like the signature, and is not what follows.
    let crc = Entry { crc: Some(u32::from_le_bytes(*b"PK\x07\x08")), ..Entry::new("x", "some data") };
    let mut bytes = write(&[crc]);
    let descriptor = directory(&bytes) - 16;
    bytes.drain(descriptor..descriptor + 4);
    let start = end(&bytes) + 16;
    bytes[start] -= 4;
    assert_eq!(flaw(&bytes), Flaw::Misplaced);
}

#[test]
fn bombs_are_refused_before_they_are_inflated() {
    let limits = Limits::for_testing();
    let read = |package: &Package| read(Cursor::new(package.build()), &limits).unwrap_err();
    let large = greet().file("zeros", vec![0; 129 << 10]);
    assert!(matches!(read(&large), Invalid::Inflates { limit: 131_072, .. }));
    let flat = greet().file("zeros", vec![0; 120 << 10]);
    assert!(matches!(read(&flat), Invalid::Ratio { ratio: 50 }), "{}", read(&flat));
    assert!(matches!(read(&greet().padding(65 << 10)), Invalid::TooLarge { limit: 65_536, .. }));
    let many = (0..60).fold(greet(), |package, n| package.file(&format!("f{n}"), "x"));
    assert!(matches!(read(&many), Invalid::TooManyEntries { limit: 50, .. }));
    // A directory that understates the size does not help.
    let liar = greet().raw(Entry { size: Some(10), ..Entry::new("zeros", vec![0; 1 << 20]) });
    assert!(matches!(read(&liar), Invalid::Entry { flaw: Flaw::Damaged(_), .. }));
}

#[test]
fn a_bala_inside_a_bala_is_refused() {
    assert_eq!(flaw(&greet().file("resources/inner.BALA", greet().build()).build()), Flaw::Nested);
    accept(&greet().file("platform/java21/inner.jar", greet().build()).build());
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in [&b""[..], b"PK", b"hello", &[0; 1000], b"\x1f\x8b\x08", "{}".repeat(500).as_bytes()] {
        assert!(matches!(refuse(bytes), Invalid::NotZip));
    }
    let good = greet().build();
    for length in [30, 100, good.len() / 2, good.len() - 1] {
        assert!(!matches!(refuse(&good[..length]), Invalid::NotZip | Invalid::Unreadable(_)), "{length}");
    }
    assert!(matches!(refuse(&write(&[])), Invalid::Missing { .. }));
}
