//! Whatever is asked for.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_text_is_one_kind_of_reference(
        text in "\\PC{0,40}|(sha256:)?[0-9a-fA-F]{62,66}|v?[0-9]{1,5}[.-][0-9]{1,2}[.-][0-9](-[a-z0-9.]{0,4})?|latest",
    ) {
        match Reference::parse(&text) {
            Ok(Reference::Digest(digest)) => prop_assert_eq!(digest.to_string(), text),
            Ok(Reference::Version(version)) => prop_assert_eq!(version.to_string(), text),
            Ok(Reference::VersionsFor(distribution)) => {
                let tag = format!("v{}", distribution.name().trim_end_matches(".0").replace('.', "-"));
                prop_assert!(text.starts_with(&tag) && text.ends_with("-0"), "{} {}", text, tag);
            }
            Ok(Reference::AllVersions) => prop_assert_eq!(text, "latest"),
            Ok(Reference::Unknown) => prop_assert!(text.parse::<Version>().is_err()),
            Err(InvalidDigest) => prop_assert!(text.contains(':')),
        }
    }

    /// Whoever goes from page to page meets every tag once.
    #[test]
    fn pages_have_every_tag_once(tags in prop::collection::hash_set("[a-cA-C0-2.]{1,3}", 0..12), n in 1_usize..5) {
        let tags: Vec<String> = tags.into_iter().collect();
        let (mut met, mut last) = (Vec::new(), None::<String>);
        loop {
            let (found, more) = page(tags.clone(), Some(n), last.as_deref());
            prop_assert!(found.len() <= n);
            last = found.last().cloned();
            met.extend(found);
            if !more {
                break;
            }
        }
        prop_assert_eq!(met, page(tags, None, None).0);
    }
}
