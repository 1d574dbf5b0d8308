//! Archives with long and many headers.

use barre_testkit::bala::archive::{Entry, write};

use super::{Case, greet};

pub(super) fn cases() -> impl Iterator<Item = Case> {
    let many = |name: fn(usize) -> String, count| {
        let entries = (0..count).map(|n| Entry::stored(name(n), ""));
        write(&greet().entries().into_iter().chain(entries).collect::<Vec<_>>())
    };
    let long = |n| format!("{n:04x}{}/{}", "x".repeat(200), "y".repeat(250));
    // Of the characters whose upper case is three others.
    let unfolding = |n| format!("{n:04x}{}", "\u{390}".repeat(100));
    let short = |n| format!("{n:04x}{}", "x".repeat(200));
    let extra = Entry {
        extra: [&[0xfe, 0xca][..], &60_000_u16.to_le_bytes(), &vec![0; 60_000]].concat(),
        ..Entry::stored("x", "")
    };
    let extras = (0..200).map(|n| Entry { name: format!("{n}").into(), ..extra.clone() });
    let case = |what: &str, bytes, good| Case { what: format!("archive: {what}"), bytes, good };
    [
        case("long paths", many(long, 4_500), true),
        case("more long paths than are taken", many(long, 9_900), false),
        case("paths that unfold", many(unfolding, 1_500), true),
        case("many entries", many(short, 9_900), true),
        case("more entries than are taken", many(short, 20_000), false),
        case("header fields", write(&greet().entries().into_iter().chain(extras).collect::<Vec<_>>()), true),
        case("no end record", vec![b'P'; 1 << 20], false),
    ]
    .into_iter()
}
