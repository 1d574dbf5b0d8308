//! One module of a file that was checked when it came, cut out of it without a look at what is in it.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A module as clients ask for it: lists are texts in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleDocs {
    pub id: String,
    pub org: String,
    pub version: String,
    pub summary: String,
    pub description: String,
    pub clients: String,
    pub listeners: String,
    pub functions: String,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(rename = "docsData", borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    modules: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lists<'a> {
    id: String,
    org_name: String,
    version: String,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, borrow)]
    pub(super) clients: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) listeners: Option<&'a RawValue>,
    #[serde(default, borrow)]
    functions: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) service_types: Option<&'a RawValue>,
}

/// The module that is called so, where there is one.
pub fn module(json: &[u8], name: &str) -> Option<ModuleDocs> {
    let Lists {
        id,
        org_name,
        version,
        summary,
        description,
        clients,
        listeners,
        functions,
        service_types: _,
    } = lists(json, name)?;
    let text = |list: Option<&RawValue>| list.map_or("[]", RawValue::get).to_owned();
    Some(ModuleDocs {
        id,
        org: org_name,
        version,
        summary: summary.unwrap_or_default(),
        description: description.unwrap_or_default(),
        clients: text(clients),
        listeners: text(listeners),
        functions: text(functions),
    })
}

/// The same as it stands in the file.
pub(super) fn lists<'a>(json: &'a [u8], name: &str) -> Option<Lists<'a>> {
    let Whole { data: Data { modules } } = serde_json::from_slice(json).ok()?;
    let meant =
        |module: &&&RawValue| serde_json::from_str::<Named>(module.get()).is_ok_and(|named| named.id == name);
    serde_json::from_str(modules.iter().find(meant)?.get()).ok()
}
