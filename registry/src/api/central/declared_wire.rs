//! The JSON of what API docs declare. As everywhere in this protocol, every field is always there.

use barre_core::api_docs::{Function, Members, Parameter, Service};
use barre_core::declaration::{Declaration, Quality};
use barre_core::package::Coordinates;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::wire::PackageJson;
use crate::service::read::Declared;

/// A part of a list.
pub(super) struct DeclaredJson<'a, T> {
    /// What the list is called.
    pub(super) of: &'static str,
    pub(super) list: &'a [T],
    /// Of the whole list, as far as it may be seen.
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// A connector or a trigger in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConstructJson<'a> {
    id: String,
    name: &'a str,
    display_name: &'a str,
    module_name: &'a str,
    icon: &'a str,
    documentation: &'a str,
    package: PackageJson<'a>,
}

/// A connector by itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectorJson<'a> {
    #[serde(flatten)]
    connector: ConstructJson<'a>,
    functions: Vec<FunctionJson<'a>>,
}

/// A trigger by itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TriggerJson<'a> {
    #[serde(flatten)]
    trigger: ConstructJson<'a>,
    listener_params: Vec<ParameterJson<'a>>,
    service_types: Vec<ServiceJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceJson<'a> {
    name: &'a str,
    description: &'a str,
    functions: Vec<FunctionJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionJson<'a> {
    name: &'a str,
    documentation: &'a str,
    is_remote: bool,
    parameters: Vec<ParameterJson<'a>>,
    return_type: Option<TypeJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParameterJson<'a> {
    name: &'a str,
    documentation: &'a str,
    type_name: &'a str,
    defaultable: bool,
    optional: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TypeJson<'a> {
    type_name: &'a str,
}

/// A symbol in a list.
#[expect(clippy::struct_excessive_bools, reason = "clients read each by itself")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SymbolJson<'a> {
    id: String,
    #[serde(rename = "packageID")]
    package_id: String,
    name: &'a str,
    /// Clients read either.
    org: &'a str,
    organization: &'a str,
    version: String,
    created_date: i64,
    icon: &'a str,
    symbol_type: &'a str,
    symbol_parent: &'a str,
    symbol_name: &'a str,
    description: &'a str,
    symbol_signature: &'a str,
    is_isolated: bool,
    is_remote: bool,
    is_resource: bool,
    is_closed: bool,
    is_distinct: bool,
    is_read_only: bool,
}

impl<T: Serialize> Serialize for DeclaredJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { of, list, count, offset, limit } = self;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry(of, list)?;
        map.serialize_entry("count", count)?;
        map.serialize_entry("offset", offset)?;
        map.serialize_entry("limit", limit)?;
        map.end()
    }
}

impl<'a> ConstructJson<'a> {
    pub(super) fn new(declared: &'a Declared, base: &str) -> Self {
        let Declaration { module, name, summary, .. } = &declared.declaration;
        Self {
            id: declared.id(),
            name,
            display_name: "",
            module_name: module,
            icon: "",
            documentation: summary,
            package: PackageJson::listed(&declared.listed, base),
        }
    }

    /// With all that its docs say of it, where they say more.
    fn described(self, Members { description, .. }: &'a Members) -> Self {
        if description.is_empty() { self } else { Self { documentation: description, ..self } }
    }
}

impl<'a> ConnectorJson<'a> {
    pub(super) fn new(declared: &'a Declared, base: &str, members: &'a Members) -> Self {
        let connector = ConstructJson::new(declared, base).described(members);
        Self { connector, functions: members.functions.iter().map(FunctionJson::new).collect() }
    }
}

impl<'a> TriggerJson<'a> {
    pub(super) fn new(declared: &'a Declared, base: &str, members: &'a Members) -> Self {
        let trigger = ConstructJson::new(declared, base).described(members);
        let listener_params = members.init.iter().map(ParameterJson::new).collect();
        Self {
            trigger,
            listener_params,
            service_types: members.services.iter().map(ServiceJson::new).collect(),
        }
    }
}

impl<'a> ServiceJson<'a> {
    fn new(Service { name, description, functions }: &'a Service) -> Self {
        Self { name, description, functions: functions.iter().map(FunctionJson::new).collect() }
    }
}

impl<'a> FunctionJson<'a> {
    fn new(function: &'a Function) -> Self {
        let Function { name, description, is_remote, parameters, returned } = function;
        let return_type = (!returned.is_empty()).then_some(TypeJson { type_name: returned });
        let parameters = parameters.iter().map(ParameterJson::new).collect();
        Self { name, documentation: description, is_remote: *is_remote, parameters, return_type }
    }
}

impl<'a> ParameterJson<'a> {
    fn new(Parameter { name, description, of, has_default }: &'a Parameter) -> Self {
        let optional = of.ends_with('?');
        Self { name, documentation: description, type_name: of, defaultable: *has_default, optional }
    }
}

impl<'a> SymbolJson<'a> {
    pub(super) fn new(declared: &'a Declared) -> Self {
        let Declaration { construct, module: _, name, summary, qualities: _ } = &declared.declaration;
        let release = &declared.listed.release;
        let Coordinates { org, name: package, version } = &release.description.coordinates;
        let is = |quality| declared.declaration.is(quality);
        Self {
            id: declared.id(),
            package_id: release.id.to_string(),
            name: package.as_str(),
            org: org.as_str(),
            organization: org.as_str(),
            version: version.to_string(),
            created_date: release.stored.published.unwrap_or(release.created).as_millisecond(),
            icon: "",
            symbol_type: construct.word(),
            // Only what stands in a module itself is listed.
            symbol_parent: "",
            symbol_name: name,
            description: summary,
            symbol_signature: "",
            is_isolated: is(Quality::Isolated),
            is_remote: false,
            is_resource: false,
            is_closed: is(Quality::Closed),
            is_distinct: is(Quality::Distinct),
            is_read_only: is(Quality::Readonly),
        }
    }
}
