//! Who may know whom in this program.

use barre_testkit::layers::{Crate, Table};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

const MAY: Table<'_> = &[
    ("process", &["controller", "registry", "store", "pass"]),
    ("controller", &["registry", "pass"]),
    ("registry", &["store", "pass"]),
    ("store", &["pass"]),
    ("pass", &[]),
];

#[test]
fn rooms_know_only_those_below() {
    let broken = Crate::read(SRC).unwrap().broken(MAY);
    assert!(broken.is_empty(), "see MAY in this file:\n{}", broken.join("\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is for people, also where nothing failed")]
fn no_files_need_each_other() {
    let sources = Crate::read(SRC).unwrap();
    let circles = sources.circles();
    println!("{} of {} files are in circles", circles.len(), sources.files());
    assert!(sources.files() > 40, "only {} files in {SRC}", sources.files());
    assert!(circles.is_empty(), "{} files are in circles:\n{}", circles.len(), circles.join("\n"));
}
