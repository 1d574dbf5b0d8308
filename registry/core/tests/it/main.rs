//! The core's source as a whole, and what it makes of real packages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod catalogue;
mod pages;

use barre_testkit::layers::Crate;

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// What the core may know of others is in its Cargo.toml: `./just test` looks at what that brings.
#[test]
fn no_files_need_each_other() {
    Crate::read(SRC).unwrap().expect_no_circles(30);
}
