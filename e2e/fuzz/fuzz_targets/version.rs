//! Any text as a version, a package and a file of one: what is read is written alike, and is in order.
#![no_main]

use barre_core::package::{Coordinates, Platform, Version};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    let (read, also) = (one.parse::<Version>(), other.parse::<Version>());
    if let (Ok(one), Ok(other)) = (&read, &also) {
        assert_eq!(one.cmp(other), other.cmp(one).reverse());
        assert_eq!(one == other, one.to_string() == other.to_string());
    }
    for (text, read) in [(one, read.map(|read| read.to_string())), (other, also.map(|read| read.to_string()))]
    {
        match read {
            Ok(written) => assert_eq!(written, text),
            Err(invalid) => assert!(invalid.to_string().len() < 1_000, "{invalid}"),
        }
    }
    if let Ok(coordinates) = one.parse::<Coordinates>() {
        assert_eq!(coordinates.to_string(), one);
        let _ = coordinates.check_publishable();
        assert!(!coordinates.file_name(&Platform::any()).contains('/'));
    }
});
