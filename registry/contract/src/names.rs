//! What an organization may be called. Token files name them, so that both programs must know.

/// Longest organization and package name, in bytes; the client's own limit.
pub const MAX_LEN: usize = 256;

/// Returns the rule that a text breaks, if it cannot be an organization.
pub fn organization_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX_LEN {
        return Some("use 1 to 256 characters");
    }
    if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return Some("use only lower-case letters, digits and underscores");
    }
    // `PUT /packages/deprecate/{org}/{name}/{version}` shares its first segment with organizations.
    (matches!(text, "deprecate" | "undeprecate") || is_device(text))
        .then_some("this word is reserved, choose another")
}

/// Whether Windows takes this name for a device: such a package could not be unpacked there.
pub fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = |prefix| {
        name.strip_prefix(prefix).is_some_and(|n: &str| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organizations() {
        for good in ["acme", "a_1", "deprecated"] {
            assert_eq!(organization_problem(good), None, "{good}");
        }
        for bad in ["", "Acme", "a-b", "*", "deprecate", "com1", &"a".repeat(MAX_LEN + 1)] {
            assert!(organization_problem(bad).is_some(), "{bad}");
        }
    }
}
