//! The core's source as a whole.

use barre_testkit::layers::Crate;

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// What the core may know of others is in its Cargo.toml: `./just test` looks at what that brings.
#[test]
#[expect(clippy::print_stdout, reason = "the figure is for people, also where nothing failed")]
fn no_files_need_each_other() {
    let sources = Crate::read(SRC).unwrap();
    let circles = sources.circles();
    println!("{} of {} files are in circles", circles.len(), sources.files());
    assert!(sources.files() > 30, "only {} files in {SRC}", sources.files());
    assert!(circles.is_empty(), "{} files are in circles:\n{}", circles.len(), circles.join("\n"));
}
