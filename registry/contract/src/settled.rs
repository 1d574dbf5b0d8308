//! How the operator tells the pods of a Registry that a rollout has settled: no pod of another template is left. Only
//! then do they raise the format of the log to what they write, and only after that a rollback is impossible.
//!
//! It is a file from a ConfigMap that is mounted into the pods, which they read again and again. A pod knows the hash of
//! its own template from its environment; the word is for it only if the file names that hash. While a rollout is under
//! way the file names none, so that pods of an earlier rollout are not told what was true then.

use serde::{Deserialize, Serialize};

/// The key of the ConfigMap, and the name of the file.
pub const FILE: &str = "settled.json";
/// The environment variable with the path of the file. Without it the registry stands alone: nobody will tell it.
pub const FILE_VARIABLE: &str = "BARRE_SETTLED";
/// The environment variable with the hash of the pod's own template (its label `pod-template-hash`).
pub const TEMPLATE_VARIABLE: &str = "BARRE_TEMPLATE";

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The hash of the template that every pod has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Settled {
    /// Whether all pods are like the one with this template.
    pub fn is_about(&self, template: &str) -> bool {
        !template.is_empty() && self.template.as_deref() == Some(template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_told_only_by_its_own_hash() {
        let settled = Settled { template: Some("6d4cf56db6".to_owned()) };
        assert!(settled.is_about("6d4cf56db6"));
        for other in ["", "6d4cf56db7"] {
            assert!(!settled.is_about(other));
            assert!(!Settled::default().is_about(other));
        }
    }

    #[test]
    fn the_file_is_json() {
        let settled = Settled { template: Some("6d4cf56db6".to_owned()) };
        assert_eq!(serde_json::to_string(&settled).unwrap(), r#"{"template":"6d4cf56db6"}"#);
        assert_eq!(serde_json::to_string(&Settled::default()).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Settled>("{}").unwrap(), Settled::default());
    }
}
