//! Distributions of Ballerina, as far as they decide what may be used: without their patches.

/// A distribution. Those of one major version can use what older ones of it were built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distribution {
    major: u64,
    update: u64,
}

impl Distribution {
    /// The first one: distributions count from Swan Lake GA.
    pub const FIRST: Self = Self { major: 2201, update: 0 };

    /// The one that a bala says it was built with.
    pub fn of(text: &str) -> Option<Self> {
        let version = semver::Version::parse(text).ok()?;
        let distribution = Self { major: version.major, update: version.minor };
        (distribution >= Self::FIRST).then_some(distribution)
    }

    /// `v2201-13-0`, which is what clients of OCI and of Maven write.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let (major, update) = tag.strip_prefix('v')?.strip_suffix("-0")?.split_once('-')?;
        Self::of(&format!("{major}.{update}.0"))
    }

    /// The same, written down.
    pub fn tag(self) -> String {
        format!("v{}-{}-0", self.major, self.update)
    }

    /// The first one with its major version.
    #[must_use]
    pub fn first_of_major(self) -> Self {
        Self { update: 0, ..self }
    }

    /// As clients call it who send requests to Central, which is how it is told what suits it.
    pub fn name(self) -> String {
        format!("{}.{}.0", self.major, self.update)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_that_of_one_distribution() {
        let distribution = Distribution::of("2201.13.4-SNAPSHOT").unwrap();
        assert_eq!(Distribution::of_tag(&distribution.tag()), Some(distribution));
        assert_eq!((distribution.tag().as_str(), distribution.name().as_str()), ("v2201-13-0", "2201.13.0"));
        for bad in [
            "",
            "v",
            "2201-13-0",
            "v2201-13-4",
            "v2201-013-0",
            "v2200-0-0",
            "v1-0-0",
            "v2201--0",
            "v2201-1-0-0",
        ] {
            assert_eq!(Distribution::of_tag(bad), None, "{bad}");
        }
    }
}
