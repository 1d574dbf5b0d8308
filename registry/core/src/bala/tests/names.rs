//! Names of entries, and what kind of file they say they are.

use barre_testkit::bala::archive::DESCRIPTOR;

use super::*;

#[test]
fn paths_that_leave_the_folder_are_refused() {
    for name in [
        "../x",
        "a/../x",
        "..",
        "a/..",
        "/abs",
        "C:\\x",
        "C:x",
        "a\\..\\b",
        "a//b",
        "./a",
        "a/./b",
        "",
        "/",
        "nul\0l",
        "line\nbreak",
        "bell\u{7}",
        "rtl\u{202e}gpj.exe",
        "dot.",
        "space ",
        "a./b",
        "file:stream",
        "\u{feff}package",
        "what?.txt",
        "a*",
        "a<b",
        "a>b",
        "a|b/c",
        "a\"b",
        "zero\u{200b}width",
        "soft\u{ad}hyphen",
        "line\u{2028}separator",
        "tag\u{e0041}",
        "heart\u{fe0f}",
    ] {
        let flaw = flaw(&with_entry(Entry::new(name, "x")));
        assert!(matches!(flaw, Flaw::Path(_)), "{name:?}: {flaw}");
    }
}

#[test]
fn names_that_are_not_utf8_are_refused() {
    for name in [&b"\xc0\xaf"[..], b"a\xff", b"\xed\xa0\x80", b"..\xc0\xaf.."] {
        assert!(matches!(flaw(&with_entry(Entry::new(name, "x"))), Flaw::Path(_)), "{name:?}");
    }
    let unmarked = Entry { flags: DESCRIPTOR, ..Entry::new("é.txt", "x") };
    assert!(matches!(flaw(&with_entry(unmarked)), Flaw::Path(_)));
    accept(&with_entry(Entry::new("é.txt", "x")));
}

#[test]
fn long_and_deep_paths_are_refused() {
    assert_eq!(
        flaw(&with_entry(Entry::new("x".repeat(513), "x"))),
        Flaw::LongPath { length: 513, limit: 512 }
    );
    assert_eq!(flaw(&with_entry(Entry::new("a/".repeat(32) + "b", "x"))), Flaw::Deep { limit: 32 });
    accept(&with_entry(Entry::new("a/".repeat(31) + "b", "x")));
}

#[test]
fn names_that_windows_keeps_are_refused() {
    for name in ["nul.txt", "resources/con/x", "COM1", "a/lpt9.x", "CONIN$", "aux .tar.gz", "com\u{b9}/"] {
        let entry = if name.ends_with('/') { Entry::stored(name, "") } else { Entry::new(name, "x") };
        assert_eq!(flaw(&with_entry(entry)), Flaw::Device, "{name}");
    }
    accept(&with_entry(Entry::new("resources/x.con/console.txt", "x")));
}

#[test]
fn the_marks_of_clients_are_refused_at_the_root() {
    for name in ["deprecated.txt", "nightly.build", "Deprecated.TXT", "nightly.build/x"] {
        assert_eq!(flaw(&with_entry(Entry::new(name, "x"))), Flaw::Marker, "{name}");
    }
    accept(&with_entry(Entry::new("resources/deprecated.txt", "x")));
}

#[test]
fn parts_of_paths_are_at_most_what_disks_take() {
    let long = |part: &str| with_entry(Entry::new(format!("resources/{part}/x"), "x"));
    assert_eq!(flaw(&long(&"n".repeat(256))), Flaw::LongPart { length: 256, limit: 255 });
    assert_eq!(flaw(&long(&"é".repeat(128))), Flaw::LongPart { length: 256, limit: 255 });
    accept(&long(&"n".repeat(255)));
}

#[test]
fn all_paths_together_are_limited() {
    let many = |count| (0..count).fold(greet(), |p, n| p.file(&format!("{}/{n}", "x".repeat(90)), ""));
    let limits = Limits::for_testing();
    read(Cursor::new(many(30).build()), &limits).unwrap();
    let refused = read(Cursor::new(many(44).build()), &limits).unwrap_err();
    assert!(matches!(refused, Invalid::LongPaths { limit: 4_096, .. }), "{refused}");
}

#[test]
fn links_devices_and_setuid_are_refused() {
    for mode in [0o120_777, 0o060_644, 0o020_644, 0o010_644, 0o140_755, 0o104_755, 0o102_755, 0o040_755] {
        let entry = Entry { attributes: mode << 16, made_by: 0x0314, ..Entry::new("x", "x") };
        assert_eq!(flaw(&with_entry(entry)), Flaw::Mode, "{mode:o}");
    }
    for dos in [0x08, 0x10, 0x40] {
        let entry = Entry { attributes: dos, ..Entry::new("x", "x") };
        assert_eq!(flaw(&with_entry(entry)), Flaw::Mode, "{dos:x}");
    }
    let file = Entry { attributes: 0o100_644 << 16, made_by: 0x0314, ..Entry::new("x", "x") };
    let folder = Entry { attributes: 0o040_755 << 16 | 0x10, made_by: 0x0314, ..Entry::stored("y/", "") };
    accept(&greet().raw(file).raw(folder).build());
    // How a folder is shared on the disk that it was packed on says nothing.
    for (mode, fine) in [(0o042_775, true), (0o041_777, true), (0o044_755, false)] {
        let folder = Entry { attributes: mode << 16 | 0x10, made_by: 0x0314, ..Entry::stored("y/", "") };
        let read = read(Cursor::new(with_entry(folder)), &Limits::default());
        assert_eq!(read.is_ok(), fine, "{mode:o}");
    }
}

#[test]
fn duplicates_and_names_equal_after_folding_are_refused() {
    let with_two = |a: &str, b: &str| greet().raw(Entry::new(a, "x")).raw(Entry::new(b, "x")).build();
    assert_eq!(flaw(&with_two("x", "x")), Flaw::Duplicate);
    assert_eq!(flaw(&with_entry(Entry::new("package.json", "{}"))), Flaw::Duplicate);
    let folder = || Entry::stored("x/", "");
    assert_eq!(flaw(&greet().raw(folder()).raw(folder()).build()), Flaw::Duplicate);
    for (a, b) in [
        ("readme", "README"),
        ("a/B/c", "a/b/d"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{c9}", "e\u{301}"),
        ("straße", "STRASSE"),
        ("\u{3c3}", "\u{3c2}"),
    ] {
        assert!(matches!(flaw(&with_two(a, b)), Flaw::Clash(_)), "{a} {b}");
    }
    for variant in ["Package.json", "BALA.JSON", "Dependency-Graph.json"] {
        assert!(matches!(flaw(&with_entry(Entry::new(variant, "{}"))), Flaw::Clash(_)), "{variant}");
    }
}

#[test]
fn a_file_that_is_also_a_folder_is_refused() {
    let between = greet().raw(Entry::new("a", "x")).raw(Entry::new("a b", "x")).raw(Entry::new("A/c", "x"));
    assert!(matches!(flaw(&between.build()), Flaw::FileAndFolder(_) | Flaw::Clash(_)));
    let plain = greet().raw(Entry::new("a/b/c", "x")).raw(Entry::new("a/b", "x"));
    assert_eq!(flaw(&plain.build()), Flaw::FileAndFolder("a/b/c".into()));
    let folder = greet().raw(Entry::stored("a/", "")).raw(Entry::new("a", "x"));
    assert_eq!(flaw(&folder.build()), Flaw::Duplicate);
    accept(
        &greet().raw(Entry::stored("a/", "")).raw(Entry::new("a/b", "x")).raw(Entry::new("a.b", "x")).build(),
    );
}

#[test]
fn a_hostile_name_is_shown_short_and_escaped() {
    let text = refuse(&with_entry(Entry::new("../\u{1b}[2J\u{202e}".to_owned() + &"x".repeat(300), "x")))
        .to_string();
    assert!(text.starts_with("archive entry \"../\\u{1b}[2J\\u{202e}xxx"), "{text}");
    assert!(text.len() < 300 && text.contains('…'), "{text}");
}
