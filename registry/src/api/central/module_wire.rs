//! The JSON of modules that are looked for. No field is ever left out, and none is `null`: clients read them without looking.

use serde::Serialize;

/// The packages of modules, and the modules that are in none.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModuleResolution<'a> {
    pub(super) resolved_modules: Vec<ModuleJson<'a>>,
    pub(super) unresolved_modules: Vec<ModuleJson<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModuleJson<'a> {
    pub(super) organization: &'a str,
    pub(super) module_name: &'a str,
    /// Empty where there is none, as the name of the package.
    pub(super) version: String,
    pub(super) package_name: &'a str,
    /// Empty where there is a package.
    pub(super) reason: String,
}
