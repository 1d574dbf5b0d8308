use std::io::Cursor;

use barre_testkit::bala::{Bala as Package, png};

use super::*;
use crate::bala::{self, Bala, Limits};
use crate::format::{Format, NEWEST};

const V1: &[u8] = include_bytes!("../../testdata/release-v1.json");
const V2: &[u8] = include_bytes!("../../testdata/release-v2.json");
const FIRST: Format = Format { reader: 1, writer: 1 };

fn bala() -> Bala {
    let package = Package::new("acme", "greet", "1.2.3-rc.1")
        .platform("java21")
        .module("greet.formal", false)
        .icon(png(&[]))
        .tool("greet")
        .manifest("keywords", vec!["hello"])
        .manifest("authors", vec!["Ada"])
        .manifest("licenses", vec!["Apache-2.0"])
        .manifest("source_repository", "https://example.com/greet");
    let mut bala = bala::read(Cursor::new(package.build()), &Limits::default()).unwrap();
    // The golden files are older than the rule that an icon is an image.
    bala.document.icon = Some(vec![0, 1, 2, 255]);
    bala
}

fn written(format: Format) -> String {
    let Bala { description, document, .. } = bala();
    String::from_utf8(document.to_bytes(&description, format)).unwrap()
}

#[test]
fn the_bytes_never_change() {
    for (format, golden) in [(FIRST, V1), (NEWEST, V2)] {
        assert_eq!(written(format), str::from_utf8(golden).unwrap().trim_end());
        assert_eq!(Document::from_bytes(golden).unwrap(), bala().document);
    }
}

#[test]
fn readmes_are_found() {
    let Bala { description, document, .. } = bala();
    assert_eq!(document.readme(), "# greet\n\nThe greet package.\n");
    assert_eq!(document.module_readme(&description.modules[1]), "# greet.formal\n");
}

#[test]
fn an_unknown_version_or_field_is_refused() {
    for (format, ours) in [(FIRST, "{\"v\":1,"), (NEWEST, "{\"v\":2,")] {
        let text = written(format);
        let newer = text.replacen(ours, "{\"v\":3,", 1);
        assert!(matches!(Document::from_bytes(newer.as_bytes()), Err(Invalid::Version(3))));
        let more = text.replacen(ours, &format!("{ours}\"more\":1,"), 1);
        assert!(matches!(Document::from_bytes(more.as_bytes()), Err(Invalid::Json(_))));
    }
}
