//! Any bytes as a bala.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| barre_fuzz::read(bytes));
