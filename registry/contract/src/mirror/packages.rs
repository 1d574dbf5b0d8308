//! `packages.txt`: exact versions, one `org/name:version` a line, as `barre-registry mirror plan` writes it into the ConfigMap
//! that a `PackageMirror` refers to. Blank lines are passed over, and what follows a `#`.

use std::fmt;

use super::Exact;
use crate::names::organization_problem;

/// The key of the ConfigMap.
pub const PACKAGES_FILE: &str = "packages.txt";
/// How much of it there may be, in bytes: a ConfigMap has 1 MiB at most.
pub const PACKAGES_BYTES: usize = 1_000_000;

/// A line that names no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    text: String,
    problem: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, text, problem } = self;
        write!(f, "{PACKAGES_FILE}, line {line}: \"{text}\": {problem}")
    }
}

impl std::error::Error for Unreadable {}

/// The versions in the order of their lines, each once.
pub fn read(text: &str) -> Result<Vec<Exact>, Unreadable> {
    let mut versions = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let version =
            version(line).map_err(|problem| Unreadable { line: number, text: excerpt(line), problem })?;
        if seen.insert(version.clone()) {
            versions.push(version);
        }
    }
    Ok(versions)
}

/// The lines of these versions.
pub fn write(versions: &[Exact]) -> String {
    let line = |Exact { organization, name, version }: &Exact| format!("{organization}/{name}:{version}\n");
    versions.iter().map(line).collect()
}

/// What is told of a line that may be of any length and hold anything.
fn excerpt(line: &str) -> String {
    line.chars().take(80).flat_map(char::escape_debug).collect()
}

fn version(line: &str) -> Result<Exact, &'static str> {
    const SHAPE: &str = "write org/name:version, such as ballerina/http:2.14.0";
    let (organization, rest) = line.split_once('/').ok_or(SHAPE)?;
    let (name, version) = rest.split_once(':').ok_or(SHAPE)?;
    if let Some(problem) = organization_problem(organization) {
        return Err(problem);
    }
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err("the name of a package has letters, digits, underscores and dots");
    }
    if !is_version(version) {
        return Err("the version is MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRERELEASE, such as 2.14.0");
    }
    let (organization, name, version) = (organization.to_owned(), name.to_owned(), version.to_owned());
    Ok(Exact { organization, name, version })
}

/// As far as one sees at a glance; the registry reads it as the version that it is.
fn is_version(text: &str) -> bool {
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 19 && part.bytes().all(|b| b.is_ascii_digit());
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_version() {
        let text = "# What our projects lock.\n\nballerina/http:2.14.0\r\n  ballerinax/aws.s3:3.5.0-rc.1 # the bucket\n\
                    ballerina/http:2.14.0\n\t\nacme/a_b:0.1.0";
        let lines = ["ballerina/http:2.14.0\n", "ballerinax/aws.s3:3.5.0-rc.1\n", "acme/a_b:0.1.0\n"];
        let versions = read(text).unwrap();
        assert_eq!(write(&versions), lines.concat());
        assert_eq!(read(&lines.concat()).unwrap(), versions);
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn an_error_names_the_line_and_says_what_to_write() {
        for (line, expected) in [
            ("ballerina/http", "packages.txt, line 3: \"ballerina/http\": write org/name:version, such as"),
            ("http:1.0.0", "line 3: \"http:1.0.0\": write org/name:version"),
            ("Acme/a:1.0.0", "line 3: \"Acme/a:1.0.0\": "),
            ("acme/a b:1.0.0", "line 3: \"acme/a b:1.0.0\": the name of a package has letters"),
            ("acme/:1.0.0", "the name of a package"),
            ("acme/a:1.0", "line 3: \"acme/a:1.0\": the version is MAJOR.MINOR.PATCH"),
            ("acme/a:^1.0.0", "the version is"),
            ("acme/a:1.0.0-", "the version is"),
            ("acme/a:1.0.0+b", "the version is"),
            ("acme/a:", "the version is"),
        ] {
            let text = read(&format!("# first\nacme/a:1.0.0\n{line}\n")).unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
        let long = read(&"x\u{1b}".repeat(1000)).unwrap_err().to_string();
        assert!(long.len() < 700 && !long.contains('\u{1b}'), "{long}");
    }
}
