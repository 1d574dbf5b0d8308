//! What a PackageMirror refers to, as its objects hold it. Pure.

use barre_contract::mirror::{Deny, Exact};
use barre_crds::condition::Reason;
use serde::Deserialize;

use crate::pass::problem::Problem;

/// The key of the ConfigMap with exact versions.
pub(crate) const PACKAGES_KEY: &str = "packages.txt";
/// The key of the ConfigMap with what is denied.
pub(crate) const DENY_KEY: &str = "deny.json";

/// What was found of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct References {
    /// Nothing, where there is no reference.
    pub(crate) exact: Option<Text>,
    pub(crate) deny: Option<Text>,
    /// What is missing of the rest.
    pub(crate) problems: Vec<Problem>,
}

/// The text of a key of a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// The ConfigMap.
    pub(crate) name: String,
    pub(crate) found: Result<String, Problem>,
}

/// Reads exact versions: `organization/name:version` on each line, and comments after `#`.
pub(crate) fn exact(text: &Text) -> Result<Vec<Exact>, Problem> {
    let lines = text.found.as_ref().map_err(Clone::clone)?.lines().enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.split('#').next().unwrap_or_default().trim()));
    let versions = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| {
        coordinates(line).ok_or_else(|| {
            let why = format!("line {number} is no organization/name:version");
            unreadable(&text.name, PACKAGES_KEY, &why)
        })
    });
    let mut versions = versions.collect::<Result<Vec<_>, _>>()?;
    versions.sort();
    versions.dedup();
    Ok(versions)
}

fn coordinates(line: &str) -> Option<Exact> {
    let (organization, rest) = line.split_once('/')?;
    let (name, version) = rest.split_once(':')?;
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b))
    };
    (is_name(organization) && is_name(name) && semver::Version::parse(version).is_ok()).then(|| Exact {
        organization: organization.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DenyFile {
    deny: Vec<Deny>,
}

/// Reads what is denied: `{"deny":[{"rule":{"organization":…},"reason":…},{"digest":…,"reason":…}]}`.
pub(crate) fn deny(text: &Text) -> Result<Vec<Deny>, Problem> {
    let found = text.found.as_ref().map_err(Clone::clone)?;
    let unreadable = |why: &str| unreadable(&text.name, DENY_KEY, why);
    let file: DenyFile = serde_json::from_str(found).map_err(|error| unreadable(&error.to_string()))?;
    for (index, deny) in file.deny.iter().enumerate() {
        if deny.rule.is_some() == deny.digest.is_some() {
            return Err(unreadable(&format!("deny[{index}] must have a rule or a digest, not both")));
        }
        if deny.digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
            return Err(unreadable(&format!(
                "deny[{index}].digest must be sha256: and 64 hexadecimal digits"
            )));
        }
    }
    Ok(file.deny)
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn unreadable(name: &str, key: &str, why: &str) -> Problem {
    Problem::new(Reason::ConfigMapUnreadable, format!("{key} in ConfigMap '{name}': {why}; correct it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(found: &str) -> Text {
        Text { name: "list".into(), found: Ok(found.to_owned()) }
    }

    #[test]
    fn exact_versions_are_lines() {
        let read =
            exact(&text("# ours\nacme/b:1.0.0\n\nacme/a.x:1.0.0-rc.1 # why\r\nacme/b:1.0.0\n")).unwrap();
        let read: Vec<_> =
            read.iter().map(|it| format!("{}/{}:{}", it.organization, it.name, it.version)).collect();
        assert_eq!(read, ["acme/a.x:1.0.0-rc.1", "acme/b:1.0.0"]);
        for bad in ["acme/a", "acme/a:", "a:1.0.0", "acme/a:1.0", "acme/a b:1.0.0"] {
            let problem = exact(&text(&format!("acme/b:1.0.0\n{bad}"))).unwrap_err();
            assert_eq!(problem.reason, Reason::ConfigMapUnreadable);
            assert!(
                problem.message.starts_with("packages.txt in ConfigMap 'list': line 2"),
                "{}",
                problem.message
            );
        }
    }

    #[test]
    fn an_entry_of_the_deny_list_has_a_rule_or_a_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let read = |entry: &str| deny(&text(&format!(r#"{{"deny":[{entry}]}}"#)));
        let rule = r#""rule":{"organization":"acme","name":"a*"}"#;
        assert_eq!(read(&format!(r#"{{{rule},"reason":"r"}}"#)).unwrap().len(), 1);
        assert_eq!(read(&format!(r#"{{"digest":"{digest}","reason":"r"}}"#)).unwrap().len(), 1);
        for bad in [
            r#"{"reason":"r"}"#.to_owned(),
            format!(r#"{{{rule}}}"#),
            format!(r#"{{{rule},"digest":"{digest}","reason":"r"}}"#),
            r#"{"digest":"sha256:0","reason":"r"}"#.to_owned(),
        ] {
            assert!(read(&bad).unwrap_err().message.starts_with("deny.json in ConfigMap 'list': "), "{bad}");
        }
        assert!(deny(&text("[]")).is_err());
    }
}
