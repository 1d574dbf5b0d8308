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

/// Ships with every distribution and stands in many graphs; the only name with two underscores.
pub const LANG_INTERNAL: &str = "lang.__internal";

/// Returns the rule that a text breaks, if it cannot be the name of a package.
pub fn package_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX_LEN {
        return Some("use 1 to 256 characters");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.') {
        return Some("use only letters, digits, underscores and dots");
    }
    if text.split('.').any(str::is_empty) {
        return Some("dots separate parts that are not empty");
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("do not begin with a digit");
    }
    let is_single = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    if !is_single && text != LANG_INTERNAL {
        return Some("underscores are single and neither first nor last");
    }
    is_device(text).then_some("this word is reserved, choose another")
}

/// Whether Windows takes this part of a path for a device, also before an extension: `nul.txt` cannot be unpacked there.
pub fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_lowercase();
    // Windows takes the superscripts for digits here.
    let is_digit =
        |n: &str| matches!(n, "\u{b9}" | "\u{b2}" | "\u{b3}") || matches!(n.as_bytes(), [b'0'..=b'9']);
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(is_digit);
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
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

    #[test]
    fn packages() {
        for good in ["http", "aws.s3", "a_b", "A1", LANG_INTERNAL] {
            assert_eq!(package_problem(good), None, "{good}");
        }
        for bad in ["", "a-b", "a..b", ".a", "1a", "_a", "a_", "a__b", "nul.x", &"a".repeat(MAX_LEN + 1)] {
            assert!(package_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn devices_are_known_in_any_case_and_before_an_extension() {
        for device in [
            "con",
            "NUL.txt",
            "nul.tar.gz",
            "Aux .x",
            "COM1",
            "lpt9.x",
            "com0",
            "CONIN$",
            "conout$.y",
            "lpt\u{b2}",
        ] {
            assert!(is_device(device), "{device}");
        }
        for fine in ["", ".", "console", "com", "com10", "x.con", "null", "lpt", "com\u{660}", ".nul"] {
            assert!(!is_device(fine), "{fine}");
        }
    }
}
