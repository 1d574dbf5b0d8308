//! Readmes, icons and modules.

use barre_testkit::bala::archive::Entry;
use barre_testkit::bala::{noise, png};

use super::{Case, greet};

const MIB: usize = 1 << 20;

pub(super) fn cases() -> impl Iterator<Item = Case> {
    readmes().chain(markdown()).chain(modules())
}

fn readmes() -> impl Iterator<Item = Case> {
    let texts = |byte: &[u8], length: usize| {
        (0..4).fold(greet().readme("x"), |package, n| {
            let length = if n == 0 { length - 3 } else { length };
            package.file(&format!("docs/{n}.md"), byte.repeat(length / byte.len()))
        })
    };
    let icon = || png(&noise("icon", MIB - 8));
    let utf16 = [&b"\xff\xfe"[..], &b"a\0".repeat(MIB / 2 - 1)].concat();
    [
        Case::good("texts of letters and an icon", &texts(b"a ", MIB).icon(icon())),
        Case::good("texts of quotes and an icon", &texts(b"\"", MIB).icon(icon())),
        Case::good("texts that are none and an icon", &texts(b"\x80", MIB / 3).icon(icon())),
        Case::new("texts that are none and too long", &texts(b"\x80", MIB)),
        Case::good("UTF-16", &greet().file("docs/README.md", utf16)),
        Case::good(
            "many texts",
            &(0..9_900).fold(greet(), |p, n| p.raw(Entry::stored(format!("docs/{n}.md"), "x"))),
        ),
    ]
    .into_iter()
}

/// What a parser of Markdown has to remember.
fn markdown() -> impl Iterator<Item = Case> {
    ["*", "[", "_a_", "`", "<a", "![", "> ", "- ", "|a", "&amp;", "\\*", "[a]: b\n", "a\n\n", "1. "]
        .into_iter()
        .map(|part| {
            Case::good(format!("readme of {part:?}"), &greet().readme(&part.repeat(MIB / 8 / part.len())))
        })
}

fn modules() -> impl Iterator<Item = Case> {
    let package = |length| {
        let names = (1..900).map(|n| format!("greet.m{n}{}", "x".repeat(length)));
        names.fold(greet(), |package, name| {
            let readme = format!("docs/modules/{name}/README.md");
            package.module(&name, true).file(&readme, "*a [".repeat(100))
        })
    };
    let graph = (0..2_000).fold(greet(), |package, n| package.dependency(&format!("a/p{n}:1.0.0")));
    let texts = (0..4).fold(graph.icon(png(&noise("icon", MIB - 8))).readme("x"), |package, n| {
        package.file(&format!("docs/{n}.md"), "\"".repeat(MIB - 1))
    });
    [
        Case::good("many modules", &package(10)),
        Case::new("more in modules than fits into a change", &package(100)),
        Case::good("texts, an icon and a graph", &texts),
    ]
    .into_iter()
}
