//! Which packages and versions.

use serde::{Deserialize, Serialize};

use super::packages;

/// What is copied: whatever a rule includes and none excludes, the exact versions, and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selection {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Rule>,
    /// Versions by name, as lock files have them. They are written as the lines of [`packages`], of which a ConfigMap has
    /// room for twice as many as of objects; a list of objects is read as well.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "as_lines")]
    pub exact: Vec<Exact>,
    /// What rules include of pre-releases; exact versions are meant as they are.
    pub prereleases: Prereleases,
    /// The same of deprecated versions.
    pub deprecated: Deprecated,
    /// How many of the newest versions that a rule includes of each package; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_latest: Option<u32>,
    /// For which platforms, such as `any` and `java21`; all by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// The oldest distribution, such as `2201.8.0`, whose packages are copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_distribution: Option<String>,
    pub dependencies: Dependencies,
    /// If more packages' versions would be there, nothing is copied.
    pub max_packages: u32,
}

/// Packages by name, and of them versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Exactly this organization.
    pub organization: String,
    /// In it the packages of this name, in which `*` stands for any text; all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Comparators with commas between them, such as `>=1.2.0, <2.0.0`, all of which hold; all versions by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Exact {
    pub organization: String,
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prereleases {
    #[default]
    Exclude,
    Include,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deprecated {
    #[default]
    Include,
    Exclude,
}

/// What of the locked graph of a selected version comes with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependencies {
    /// All of it.
    #[default]
    Transitive,
    /// What it names itself.
    Direct,
    /// Nothing.
    None,
}

mod as_lines {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Exact, packages};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Lines(String),
        Objects(Vec<Exact>),
    }

    pub(super) fn serialize<S: Serializer>(exact: &[Exact], serializer: S) -> Result<S::Ok, S::Error> {
        packages::write(exact).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Exact>, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Lines(text) => packages::read(&text).map_err(D::Error::custom),
            Written::Objects(exact) => Ok(exact),
        }
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            exact: Vec::new(),
            prereleases: Prereleases::default(),
            deprecated: Deprecated::default(),
            keep_latest: None,
            platforms: Vec::new(),
            minimum_distribution: None,
            dependencies: Dependencies::default(),
            max_packages: 10_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_versions_are_lines_and_may_be_objects() {
        let exact = Exact { organization: "acme".into(), name: "a".into(), version: "1.0.0".into() };
        let selection = Selection { exact: vec![exact], ..Selection::default() };
        let text = serde_json::to_string(&selection).unwrap();
        assert!(text.starts_with(r#"{"exact":"acme/a:1.0.0\n","#), "{text}");
        assert_eq!(serde_json::from_str::<Selection>(&text).unwrap(), selection);
        let objects = r#"{"exact":[{"organization":"acme","name":"a","version":"1.0.0"}]}"#;
        assert_eq!(serde_json::from_str::<Selection>(objects).unwrap(), selection);
        assert!(serde_json::from_str::<Selection>(r#"{"exact":"acme/a"}"#).is_err());
    }
}
