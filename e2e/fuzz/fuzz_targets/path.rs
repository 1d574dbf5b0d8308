//! Any text as the target of a request: it is made regular once and for all, or refused.
#![no_main]

/// The registry's reader, which it shows to nobody.
#[path = "../../../registry/src/http/head.rs"]
#[allow(dead_code)]
mod head;
#[path = "../../../registry/src/api/common/path.rs"]
#[allow(dead_code)]
mod path;

use http::Uri;
use path::PathPart;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(uri) = text.parse::<Uri>() else { return };
    let Ok(changed) = head::regular(&uri) else { return };
    let made = changed.unwrap_or(uri);
    assert!(matches!(head::regular(&made), Ok(None)), "{made}");
    for part in made.path().split('/').skip(1) {
        let part: PathPart = part.parse().expect("it was decoded before");
        assert!(!matches!(part.as_str(), "." | ".."), "{made}");
        assert!(!part.as_str().contains(['/', '\\']) && !part.as_str().contains(char::is_control), "{made}");
    }
});
