//! What may be published today, of what can be parsed. The log may hold names that were published before a rule came, so
//! these rules stand at the door and not in the parsers.

use barre_contract::names::is_device;

use super::{Coordinates, Invalid, PLATFORMS, Platform};

/// The targets of the Java compiler; no client asks for another one.
const JAVA: [&str; 4] = ["java11", "java17", "java21", "java25"];
/// Java clients read the numbers of a version into ints, and fail on the whole list if one does not fit.
const MAX_NUMBER: u64 = i32::MAX.unsigned_abs() as u64;

impl Coordinates {
    /// Whether every client can read and unpack a package of this name and version.
    pub fn check_publishable(&self) -> Result<(), Invalid> {
        if self.name.as_str().split('.').any(is_device) {
            let rule = "Windows keeps this word for a device, choose another";
            return Err(Invalid { what: "package name", rule, text: self.name.to_string() });
        }
        let version = self.version.semver();
        let numeric = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
        let pre = version.pre.split('.').filter(|part| !part.is_empty()).filter(numeric);
        let numbers = pre.map(|part| part.parse().unwrap_or(u64::MAX));
        if numbers.chain([version.major, version.minor, version.patch]).any(|number| number > MAX_NUMBER) {
            let rule = "each number of a version is at most 2147483647";
            return Err(Invalid { what: "version", rule, text: self.version.to_string() });
        }
        Ok(())
    }
}

impl Platform {
    /// Whether there are clients for it.
    pub fn check_publishable(&self) -> Result<(), Invalid> {
        if self.as_str() == "any" || self.is_go() || JAVA.contains(&self.as_str()) {
            return Ok(());
        }
        Err(Invalid { what: "platform", rule: PLATFORMS, text: self.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_published_once_is_still_read_and_no_longer_published() {
        for old in [
            "acme/x.con:1.0.0",
            "acme/x.Lpt1.y:1.0.0",
            "acme/x:2147483648.0.0",
            "acme/x:0.2147483648.0",
            "acme/x:1.0.20251124153000",
            "acme/x:1.0.0-rc.2147483648",
            "acme/x:1.0.0-99999999999999999999999",
        ] {
            let coordinates: Coordinates = old.parse().unwrap();
            coordinates.check_publishable().expect_err(old);
        }
        for fine in [
            "acme/x.console:2147483647.0.2147483647",
            "acme/x:1.0.0-rc.2147483647",
            "acme/x:1.0.0-a99999999999",
        ] {
            fine.parse::<Coordinates>().unwrap().check_publishable().expect(fine);
        }
        for (platform, fine) in [
            ("any", true),
            ("java11", true),
            ("java25", true),
            ("go1.26", true),
            ("java99", false),
            ("java12", false),
        ] {
            assert_eq!(platform.parse::<Platform>().unwrap().check_publishable().is_ok(), fine, "{platform}");
        }
    }
}
