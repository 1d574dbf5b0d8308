//! Any bytes as one file of a good bala: a change to an archive as a whole rarely gets past its checksums.
#![no_main]

use barre_fuzz::MANIFESTS;
use barre_testkit::bala::Bala;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, content)) = bytes.split_first() else { return };
    let file = MANIFESTS[usize::from(*which) % MANIFESTS.len()];
    let bala = Bala::new("acme", "greet", "1.0.0").module("greet.formal", true).dependency("ballerina/io:1.8.0");
    let bala = if file.ends_with("toml") { bala.schema4() } else { bala };
    barre_fuzz::read(&bala.file(file, content).build());
});
