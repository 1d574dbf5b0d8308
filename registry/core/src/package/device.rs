//! Names that Windows keeps for devices.

/// Whether Windows takes this part of a path for a device, also before an extension: `nul.txt` cannot be unpacked there.
pub(crate) fn is_device_name(part: &str) -> bool {
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
            assert!(is_device_name(device), "{device}");
        }
        for fine in ["", ".", "console", "com", "com10", "x.con", "null", "lpt", "com\u{660}", ".nul"] {
            assert!(!is_device_name(fine), "{fine}");
        }
    }
}
