//! What a package declares for others to use, in short: what lists and search say of its API docs, which are a file beside
//! its bala.

use serde::{Deserialize, Serialize};

/// Most declarations of one release that the log holds.
pub const MAX_DECLARATIONS: usize = 300;
/// Most bytes of text in them.
pub const MAX_DECLARED_BYTES: usize = 32 * 1024;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    pub construct: Construct,
    /// The full name of its module.
    pub module: String,
    pub name: String,
    /// One line, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualities: Vec<Quality>,
}

/// What is declared. Where not all can be listed, those that come first here are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Construct {
    /// What editors call a connector.
    Client,
    /// What editors call a trigger.
    Listener,
    ServiceType,
    Function,
    Class,
    ObjectType,
    Record,
    Enum,
    Type,
    Error,
    Constant,
    Annotation,
    Variable,
    Configurable,
}

/// A word in front of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    Isolated,
    Closed,
    Distinct,
    Readonly,
}

impl Declaration {
    /// How much text it has.
    pub fn bytes(&self) -> usize {
        self.module.len() + self.name.len() + self.summary.len()
    }

    /// Whether this word stands in front of it.
    pub fn is(&self, quality: Quality) -> bool {
        self.qualities.contains(&quality)
    }
}

impl Construct {
    /// What clients call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Listener => "listener",
            Self::ServiceType => "service_type",
            Self::Function => "function",
            Self::Class => "class",
            Self::ObjectType => "object_type",
            Self::Record => "record",
            Self::Enum => "enum",
            Self::Type => "type",
            Self::Error => "error",
            Self::Constant => "constant",
            Self::Annotation => "annotation",
            Self::Variable => "variable",
            Self::Configurable => "configurable",
        }
    }
}
