//! What is as large as a limit is taken, and what is larger by one is not.

use super::*;
use crate::access::{Grant, Identity, Organizations};
use crate::change::{Change, MAX_CHANGE_BYTES, Salt};
use crate::release::{Origin, Stored};
use barre_testkit::bala::archive::write;
use barre_testkit::bala::png;
use uuid::Uuid;

/// Limits that these entries just keep.
fn exact(entries: &[Entry]) -> Limits {
    let names = || entries.iter().map(|entry| std::str::from_utf8(&entry.name).unwrap());
    let sizes = |wanted: fn(&str) -> bool| {
        let found = entries.iter().zip(names()).filter(move |(_, name)| wanted(name));
        found.map(|(entry, _)| entry.data.len() as u64)
    };
    Limits {
        size: write(entries).len() as u64,
        entries: entries.len() as u64,
        inflated: sizes(|_| true).sum(),
        ratio: 0,
        ratio_above: sizes(|_| true).sum(),
        name_length: names().map(str::len).max().unwrap(),
        names_bytes: names().map(str::len).sum(),
        depth: names().map(|name| name.split('/').count()).max().unwrap(),
        manifest_bytes: sizes(|name| name.contains(".json")).max().unwrap(),
        document_bytes: sizes(|name| name.starts_with("docs/")).max().unwrap(),
        documents_bytes: sizes(|name| name.contains(".md")).sum(),
    }
}

#[test]
fn an_archive_may_have_just_what_its_limits_say() {
    type Lower = fn(&mut Limits);
    let readme = format!("# Greet\n\n{}", "word ".repeat(100));
    let deep = greet().readme(&readme).file("docs/zz.md", "More.").file("resources/a/b/c/d/e", "x");
    let icon = greet().icon(png(&[7; 900]));
    let cases: [(&Package, &str, Lower); 10] = [
        (&deep, "TooLarge {", |limits| limits.size -= 1),
        (&deep, "TooManyEntries {", |limits| limits.entries -= 1),
        (&deep, "Inflates {", |limits| limits.inflated -= 1),
        (&deep, "Ratio {", |limits| limits.ratio_above -= 1),
        (&deep, "LongPath {", |limits| limits.name_length -= 1),
        (&deep, "LongPaths {", |limits| limits.names_bytes -= 1),
        (&deep, "Deep {", |limits| limits.depth -= 1),
        (&deep, "json\", flaw: TooLarge {", |limits| limits.manifest_bytes -= 1),
        (&icon, "icon.png\", flaw: TooLarge {", |limits| limits.document_bytes -= 1),
        (&deep, "zz.md\", flaw: TooLarge {", |limits| limits.documents_bytes -= 1),
    ];
    for (package, what, lower) in cases {
        let (bytes, mut limits) = (package.build(), exact(&package.entries()));
        read(Cursor::new(&bytes), &limits).expect(what);
        lower(&mut limits);
        let refused = format!("{:?}", read(Cursor::new(&bytes), &limits).expect_err(what));
        assert!(refused.contains(what), "{what}: {refused}");
    }
}

#[test]
fn a_path_and_its_parts_are_as_long_as_disks_take() {
    let file = |length| greet().file(&format!("resources/{}", "x".repeat(length)), "").build();
    accept(&file(255));
    assert_eq!(flaw(&file(256)), Flaw::LongPart { length: 256, limit: 255 });
    let named = |length| Package::new("acme", &"x".repeat(length), "1.0.0");
    assert_eq!((named(235).file_name().len(), named(236).file_name().len()), (255, 256));
    accept(&named(235).build());
    assert!(matches!(refuse(&named(236).build()), Invalid::TooLong { limit: 255, .. }));
}

#[test]
fn modules_are_limited_in_number_and_name() {
    let many = |count| (1..count).fold(greet(), |all, n| all.file(&format!("modules/greet.m{n}/x.bal"), ""));
    assert_eq!(accept(&many(1_000).build()).description.modules.len(), 1_000);
    assert!(matches!(refuse(&many(1_001).build()), Invalid::TooMany { what: "modules", limit: 1_000 }));
    let long = |length| {
        let folder = "x".repeat(length - "greet.".len());
        greet().schema4().file(&format!("modules/{folder}/x.bal"), "").build()
    };
    accept(&long(256));
    assert!(refuse(&long(257)).to_string().contains("is not named like a module of greet"));
}

/// The line of a change also holds who pushes, whose name may be long, and ids.
#[test]
fn what_is_accepted_fits_into_a_change_of_whoever_pushes_it() {
    let mut bala = accept(&greet().build());
    bala.description.summary = "x".repeat(MAX_CHANGE_BYTES);
    let Err(Invalid::Facts { size, limit }) = bala.check_change() else { panic!("accepted") };
    bala.description.summary.truncate(MAX_CHANGE_BYTES + limit + 1 - size);
    assert!(matches!(bala.check_change(), Err(Invalid::Facts { size, .. }) if size == limit + 1));
    bala.description.summary.pop();
    bala.check_change().unwrap();

    let (digest, folder) = (crate::digest::Digest::of(b""), Uuid::max());
    let published = Some("2024-02-29T12:00:00.123456789Z".parse().unwrap());
    let stored =
        Stored { digest, size: u64::MAX, folder, document: digest, origin: Origin::Local, published };
    let name = "\u{10ffff}".repeat(32);
    let who = Identity::Token(Grant { name, actions: vec![], organizations: Organizations::All });
    let kind = bala.released(stored).into();
    let line = Change { id: Uuid::max(), salt: Salt([0xff; 16]), actor: who.actor(), kind }.to_line();
    assert!(line.len() < MAX_CHANGE_BYTES, "{}", line.len());
}
