//! Whether a registry can read the rules of admission. The pods of a Registry read those of all its mirrors together, and
//! obey none that they cannot read: so whoever writes them for pods asks here first. The registry's own reading is as lenient
//! as this, or more so.

use std::fmt;

use semver::{Version, VersionReq};

use super::{Admission, Deny, Exact, Override, Rule};
use crate::names::{MAX_LEN, organization_problem, package_problem};

/// Longest reason, in characters.
const MAX_REASON: usize = 1000;

/// What cannot be read, and what to write there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    place: String,
    problem: String,
}

impl Unreadable {
    /// Whether it is in the list of what is denied.
    pub fn is_denial(&self) -> bool {
        self.place.starts_with("deny[")
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, problem } = self;
        write!(f, "{place}: {problem}")
    }
}

impl std::error::Error for Unreadable {}

/// Says whether these can be read, or what is wrong with the first that cannot.
pub fn check(admission: &Admission) -> Result<(), Unreadable> {
    let Admission { minimum_age_seconds: _, mode: _, exclude, overrides, deny } = admission;
    for (number, rule) in exclude.iter().enumerate() {
        check_rule(rule, &format!("exclude[{number}]"))?;
    }
    for (number, Override { version, reason }) in overrides.iter().enumerate() {
        let place = format!("overrides[{number}]");
        check_exact(version, &place)?;
        check_reason(reason, &place)?;
    }
    for (number, Deny { rule, digest, reason }) in deny.iter().enumerate() {
        let place = format!("deny[{number}]");
        match (rule, digest) {
            (Some(rule), None) => check_rule(rule, &format!("{place}.rule"))?,
            (None, Some(digest)) if is_digest(digest) => {}
            (None, Some(_)) => {
                return Err(problem(&place, "digest", "use sha256: and 64 hexadecimal digits in lower case"));
            }
            _ => return Err(problem(&place, "rule", "give either a rule or a digest")),
        }
        check_reason(reason, &place)?;
    }
    Ok(())
}

fn check_rule(rule: &Rule, place: &str) -> Result<(), Unreadable> {
    let Rule { organization, name, versions } = rule;
    if let Some(why) = organization_problem(organization) {
        return Err(problem(place, "organization", why));
    }
    if let Some(why) = name.as_deref().and_then(pattern_problem) {
        return Err(problem(place, "name", why));
    }
    if let Some(Err(why)) = versions.as_deref().map(str::parse::<VersionReq>) {
        let why = format!("{why}; write comparators with commas between them, such as '>=1.2.0, <2.0.0'");
        return Err(problem(place, "versions", why));
    }
    Ok(())
}

fn check_exact(version: &Exact, place: &str) -> Result<(), Unreadable> {
    let Exact { organization, name, version } = version;
    if let Some(why) = organization_problem(organization) {
        return Err(problem(place, "organization", why));
    }
    if let Some(why) = package_problem(name) {
        return Err(problem(place, "name", why));
    }
    let is_one = version.len() <= 128 && version.parse::<Version>().is_ok_and(|it| it.build.is_empty());
    if is_one {
        Ok(())
    } else {
        Err(problem(place, "version", "use MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRERELEASE"))
    }
}

fn check_reason(reason: &str, place: &str) -> Result<(), Unreadable> {
    let reason = reason.trim();
    let is_line =
        !reason.is_empty() && reason.chars().count() <= MAX_REASON && !reason.chars().any(is_no_text);
    if is_line {
        return Ok(());
    }
    Err(problem(place, "reason", "write one line, of at most 1000 characters, for those who are told why"))
}

/// Returns the rule that a name breaks in which `*` stands for any text.
fn pattern_problem(text: &str) -> Option<&'static str> {
    if !text.contains('*') {
        return package_problem(text);
    }
    let is_fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'*');
    (text.len() > MAX_LEN || !text.bytes().all(is_fine))
        .then_some("use at most 256 letters, digits, underscores, dots, and * for any text")
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What moves the cursor of a terminal, ends a line, or turns text around.
fn is_no_text(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn problem(place: &str, field: &str, problem: impl Into<String>) -> Unreadable {
    Unreadable { place: format!("{place}.{field}"), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Option<String> {
        check(&serde_json::from_str(json).unwrap()).err().map(|unreadable| unreadable.to_string())
    }

    #[test]
    fn what_can_be_read_is_fine() {
        for fine in [
            "{}".to_owned(),
            r#"{"exclude":[{"organization":"acme","name":"a*.b","versions":">=1.0.0, <2.0.0"}]}"#.to_owned(),
            r#"{"overrides":[{"version":{"organization":"acme","name":"a","version":"1.0.0-rc.1"},"reason":"why not"}]}"#.to_owned(),
            format!(r#"{{"deny":[{{"digest":"sha256:{}","reason":"x"}}]}}"#, "0a".repeat(32)),
            r#"{"deny":[{"rule":{"organization":"acme"},"reason":"CVE-2026-1 ü"}]}"#.to_owned(),
        ] {
            assert_eq!(told(&fine), None, "{fine}");
        }
    }

    #[test]
    fn what_cannot_is_named() {
        for (json, place) in [
            (r#"{"exclude":[{"organization":"Acme"}]}"#, "exclude[0].organization: "),
            (
                r#"{"exclude":[{"organization":"acme"},{"organization":"a","name":"1a"}]}"#,
                "exclude[1].name: ",
            ),
            (r#"{"exclude":[{"organization":"acme","versions":"one"}]}"#, "exclude[0].versions: "),
            (
                r#"{"overrides":[{"version":{"organization":"acme","name":"a","version":"1.0.0"},"reason":" "}]}"#,
                "overrides[0].reason: ",
            ),
            (
                r#"{"overrides":[{"version":{"organization":"acme","name":"a","version":"1.0"},"reason":"x"}]}"#,
                "overrides[0].version: ",
            ),
            (r#"{"deny":[{"rule":{"organization":"acme*"},"reason":"x"}]}"#, "deny[0].rule.organization: "),
            (r#"{"deny":[{"rule":{"organization":"acme"},"reason":"a\nb"}]}"#, "deny[0].reason: "),
            (r#"{"deny":[{"digest":"sha256:0","reason":"x"}]}"#, "deny[0].digest: "),
            (r#"{"deny":[{"reason":"x"}]}"#, "deny[0].rule: "),
        ] {
            let text = told(json).unwrap();
            assert!(text.starts_with(place), "{json}: {text}");
        }
    }
}
