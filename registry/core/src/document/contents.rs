//! What is in release.json, whatever its version.

use std::collections::BTreeMap;

use serde::Serialize;

use super::base64_text;
use crate::description::Module;

/// What a bala says besides its description.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Who made the distribution that built it; empty when it does not say.
    pub implementation_vendor: String,
    /// The path of the package's readme in `documents`.
    pub readme: Option<String>,
    /// The paths of the modules' readmes in `documents`, by the names of the modules.
    pub module_readmes: BTreeMap<String, String>,
    /// The bytes of the icon; base64 in the file. The description has its path.
    #[serde(serialize_with = "base64_text::serialize")]
    pub icon: Option<Vec<u8>>,
    /// The texts below `docs/`, by their paths in the bala.
    pub documents: BTreeMap<String, String>,
}

impl Document {
    /// The readme, or nothing.
    pub fn readme(&self) -> &str {
        self.text(self.readme.as_ref())
    }

    /// The readme of `module`, or nothing.
    pub fn module_readme(&self, module: &Module) -> &str {
        self.text(self.module_readmes.get(&module.name))
    }

    fn text(&self, path: Option<&String>) -> &str {
        path.and_then(|path| self.documents.get(path)).map_or("", String::as_str)
    }
}
