//! Who may know whom in this program.

use barre_testkit::layers::{Crate, Table};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

const MAY: Table<'_> = &[
    ("process", &["controller", "registry", "mirror", "store", "pass"]),
    ("controller", &["registry", "mirror", "pods", "pass"]),
    ("registry", &["store", "pods", "pass"]),
    ("mirror", &["pods", "pass"]),
    ("store", &["pass"]),
    ("pods", &["pass"]),
    ("pass", &[]),
];

#[test]
fn rooms_know_only_those_below() {
    let broken = Crate::read(SRC).unwrap().broken(MAY);
    assert!(broken.is_empty(), "see MAY in this file:\n{}", broken.join("\n"));
}

#[test]
fn no_files_need_each_other() {
    Crate::read(SRC).unwrap().expect_no_circles(40);
}
