//! Any bytes as a segment, and as a change in one: what is read is written alike, and the fold takes it or says why not.
#![no_main]

use barre_core::change::Change;
use barre_core::segment::{Genesis, Segment};
use barre_core::state::State;

fn fold(segment: &Segment, genesis: &[u8]) {
    if let Ok(genesis) = Genesis::decode(genesis) {
        let _ = State::new(genesis).apply(segment);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let genesis = b"{\"v\":1,\"id\":\"00000000-0000-0000-0000-000000000001\"}\n";
    if let Ok(segment) = Segment::decode(bytes) {
        fold(&segment, genesis);
    }
    let Ok(change) = serde_json::from_slice::<Change>(bytes) else { return };
    let prev = Genesis::decode(genesis).expect("it is one").digest();
    let time = "2026-01-01T00:00:00Z".parse().expect("it is a time");
    let (written, line) = Segment::encode(0, 1, prev, time, vec![change]);
    match Segment::decode(&line) {
        Ok(read) => assert_eq!(read, written),
        // It may be too long.
        Err(malformed) => assert!(line.len() > 200_000, "{malformed}"),
    }
    fold(&written, genesis);
});
