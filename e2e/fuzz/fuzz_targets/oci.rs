//! Any text as what is asked for over OCI: the repository, and the reference behind it.
#![no_main]

use barre_core::oci::{Reference, page};
use barre_core::package::Org;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '/');
    let (org, name, reference) = (parts.next(), parts.next(), parts.next());
    let _ = org.map(str::parse::<Org>);
    match reference.map(Reference::parse) {
        Some(Ok(Reference::Digest(digest))) => assert_eq!(Some(&*digest.to_string()), reference),
        Some(Ok(Reference::Version(version))) => assert_eq!(Some(&*version.to_string()), reference),
        Some(Ok(Reference::VersionsFor(distribution))) => assert!(distribution.name().ends_with(".0")),
        _ => {}
    }
    // What is on the next page is behind what was on this one.
    let tags: Vec<String> = text.split('/').map(str::to_owned).collect();
    let (found, _) = page(tags.clone(), Some(1), name);
    if let Some(tag) = found.first() {
        assert!(!page(tags, None, Some(tag)).0.contains(tag), "{tag}");
    }
});
