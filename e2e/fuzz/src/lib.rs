//! What the targets share.

use std::io::Cursor;

use barre_core::bala::{self, Limits};
use barre_core::document::Document;
use barre_core::format::{Format, NEWEST};

/// The files of which the target `manifest` replaces one.
pub const MANIFESTS: [&str; 9] = [
    "package.json",
    "bala.json",
    "dependency-graph.json",
    "compiler-plugin/compiler-plugin.json",
    "tool/bal-tool.json",
    "docs/README.md",
    "Bala.toml",
    "Ballerina.toml",
    "Dependencies.toml",
];

/// Reads a bala; what is accepted must be what the log and other pods can hold.
pub fn read(bytes: &[u8]) {
    match bala::read(Cursor::new(bytes), &Limits::default()) {
        Err(invalid) => assert!(invalid.to_string().len() < 2_000, "{invalid}"),
        Ok(bala) => {
            bala.check_file_name(&bala.description.file_name()).expect("its own name");
            bala.description.coordinates.check_publishable().expect("was checked");
            for format in [Format { reader: 1, writer: 1 }, NEWEST] {
                let document = bala.document.to_bytes(&bala.description, format);
                assert_eq!(Document::from_bytes(&document).expect("was written"), bala.document);
            }
        }
    }
}
