//! What a PackageMirror refers to, as its objects hold it. Pure.

use barre_contract::mirror::{Deny, Exact, Rule, packages};
use barre_crds::condition::Reason;
use serde::Deserialize;

use crate::pass::problem::Problem;

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

/// Reads exact versions. In order, so that the same ones are the same settings.
pub(crate) fn exact(text: &Text) -> Result<Vec<Exact>, Problem> {
    let mut versions = packages::read(text.found.as_ref().map_err(Clone::clone)?).map_err(|why| {
        let message = format!("ConfigMap '{}': {why}; correct it", text.name);
        Problem::new(Reason::ConfigMapUnreadable, message)
    })?;
    versions.sort();
    Ok(versions)
}

/// Stricter than what pods read, who may be older or newer: a word that is misspelled would deny more, or less.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DenyFile {
    deny: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Option<EntryRule>,
    digest: Option<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryRule {
    organization: String,
    name: Option<String>,
    versions: Option<String>,
}

/// Reads what is denied: `{"deny":[{"rule":{"organization":…},"reason":…},{"digest":…,"reason":…}]}`.
pub(crate) fn deny(text: &Text) -> Result<Vec<Deny>, Problem> {
    let found = text.found.as_ref().map_err(Clone::clone)?;
    let file: DenyFile =
        serde_json::from_str(found).map_err(|error| unreadable(&text.name, DENY_KEY, &error.to_string()))?;
    let rule = |EntryRule { organization, name, versions }| Rule { organization, name, versions };
    let denied = |Entry { rule: of, digest, reason }| Deny { rule: of.map(rule), digest, reason };
    Ok(file.deny.into_iter().map(denied).collect())
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
    fn a_line_that_names_no_version_is_told() {
        let read = exact(&text("acme/b:1.0.0\nacme/a:1.0.0 # why\nacme/b:1.0.0\n")).unwrap();
        assert_eq!(read.iter().map(|exact| exact.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let problem = exact(&text("acme/b:1.0.0\nacme/a")).unwrap_err();
        assert_eq!(problem.reason, Reason::ConfigMapUnreadable);
        assert!(
            problem.message.starts_with("ConfigMap 'list': packages.txt, line 2: "),
            "{}",
            problem.message
        );
    }

    #[test]
    fn a_word_that_is_misspelled_is_told() {
        let read = |entry: &str| deny(&text(&format!(r#"{{"deny":[{entry}]}}"#)));
        let rule = r#""rule":{"organization":"acme","name":"a*"},"reason":"r""#;
        assert_eq!(read(&format!("{{{rule}}}")).unwrap().len(), 1);
        for bad in [
            r#"{"rule":{"organization":"acme"}}"#,
            r#"{"rule":{"organization":"acme","version":"1.0.0"},"reason":"r"}"#,
            r#"{"digests":[],"reason":"r"}"#,
        ] {
            assert!(read(bad).unwrap_err().message.starts_with("deny.json in ConfigMap 'list': "), "{bad}");
        }
        assert!(deny(&text("[]")).is_err());
    }
}
