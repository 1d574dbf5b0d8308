//! What a client or a listener can do, as editors show it. Of what is longer than anybody looks at, the beginning.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::module::lists;
use crate::declaration::Construct;

/// Most functions of one client or listener.
const MAX_FUNCTIONS: usize = 1000;
/// Most services of a module, and functions of one.
const MAX_SERVICES: usize = 8;
const MAX_SERVICE_FUNCTIONS: usize = 100;
/// Most parameters of a function.
const MAX_PARAMETERS: usize = 20;

/// What is known of a client or listener besides its declaration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    pub description: String,
    /// What it is made with.
    pub init: Vec<Parameter>,
    pub functions: Vec<Function>,
    /// Of a listener: what may be attached to it.
    pub services: Vec<Service>,
}

/// A kind of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub description: String,
    pub functions: Vec<Function>,
}

/// A function of a client or service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Of a resource, its accessor and path.
    pub name: String,
    pub description: String,
    pub is_remote: bool,
    pub parameters: Vec<Parameter>,
    /// Empty where nothing is returned.
    pub returned: String,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub description: String,
    pub of: String,
    pub has_default: bool,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
}

/// With at most `N` functions of each form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConstructJson<const N: usize> {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    init_method: Option<FunctionJson>,
    #[serde(default)]
    remote_methods: First<FunctionJson, N>,
    #[serde(default)]
    resource_methods: First<FunctionJson, N>,
    #[serde(default)]
    methods: First<FunctionJson, N>,
    #[serde(default)]
    other_methods: First<FunctionJson, N>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionJson {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    accessor: Option<String>,
    #[serde(default)]
    resource_path: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    is_remote: Option<bool>,
    #[serde(default)]
    is_resource: Option<bool>,
    #[serde(default)]
    parameters: First<VariableJson, MAX_PARAMETERS>,
    #[serde(default)]
    return_parameters: First<VariableJson, 1>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VariableJson {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    default_value: Option<String>,
    #[serde(default, rename = "type")]
    of: Option<TypeJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeJson {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    is_array_type: Option<bool>,
    #[serde(default)]
    is_nullable: Option<bool>,
}

/// What is called so in a module of a file that was checked when it came.
pub fn members(json: &[u8], module: &str, construct: Construct, name: &str) -> Option<Members> {
    let lists = lists(json, module)?;
    let (list, services) = match construct {
        Construct::Client => (lists.clients?, None),
        Construct::Listener => (lists.listeners?, lists.service_types),
        _ => return None,
    };
    let all: Vec<&RawValue> = serde_json::from_str(list.get()).ok()?;
    let meant = |one: &&&RawValue| {
        serde_json::from_str::<Named>(one.get()).is_ok_and(|named| named.name.as_deref() == Some(name))
    };
    let found: ConstructJson<MAX_FUNCTIONS> = serde_json::from_str(all.iter().find(meant)?.get()).ok()?;
    let services = services.map_or_else(|| Ok(First::default()), |list| serde_json::from_str(list.get()));
    let First::<ConstructJson<MAX_SERVICE_FUNCTIONS>, MAX_SERVICES>(services) = services.ok()?;
    let description = found.description.clone().unwrap_or_default();
    let init = found.init_method.as_ref().map(FunctionJson::parameters).unwrap_or_default();
    let services = services.into_iter().map(Service::from).collect();
    Some(Members { description, init, functions: found.functions(), services })
}

impl<const N: usize> ConstructJson<N> {
    /// Remote ones first: editors show them before others. Some lists hold what others do, too.
    fn functions(self) -> Vec<Function> {
        let Self { remote_methods, resource_methods, methods, other_methods, .. } = self;
        let lists = [remote_methods, resource_methods, methods, other_methods];
        let all = lists.into_iter().flat_map(|First(list)| list).map(Function::from);
        let mut seen = HashSet::new();
        all.filter(|function| seen.insert(function.name.clone())).take(N).collect()
    }
}

impl FunctionJson {
    fn parameters(&self) -> Vec<Parameter> {
        let First(parameters) = &self.parameters;
        parameters.iter().map(VariableJson::parameter).collect()
    }
}

impl VariableJson {
    fn parameter(&self) -> Parameter {
        Parameter {
            name: self.name.clone().unwrap_or_default(),
            description: self.description.clone().unwrap_or_default(),
            of: self.of.as_ref().map(TypeJson::text).unwrap_or_default(),
            has_default: self.default_value.as_ref().is_some_and(|value| !value.is_empty()),
        }
    }
}

impl TypeJson {
    /// Its name, where it has one; of what has none, what it is.
    fn text(&self) -> String {
        let named = [&self.name, &self.category].into_iter().flatten().find(|text| !text.is_empty());
        let array = if self.is_array_type == Some(true) { "[]" } else { "" };
        let nullable = if self.is_nullable == Some(true) { "?" } else { "" };
        format!("{}{array}{nullable}", named.map_or("", String::as_str))
    }
}

impl<const N: usize> From<ConstructJson<N>> for Service {
    fn from(json: ConstructJson<N>) -> Self {
        let (name, description) = (json.name.clone(), json.description.clone());
        Self {
            name: name.unwrap_or_default(),
            description: description.unwrap_or_default(),
            functions: json.functions(),
        }
    }
}

impl From<FunctionJson> for Function {
    fn from(json: FunctionJson) -> Self {
        let parameters = json.parameters();
        let FunctionJson { name, accessor, resource_path, description, is_remote, is_resource, .. } = json;
        let name = match (is_resource, accessor, resource_path) {
            (Some(true), Some(accessor), Some(path)) => format!("{accessor} {path}"),
            _ => name.unwrap_or_default(),
        };
        let First(returned) = json.return_parameters;
        let returned = returned.first().and_then(|returned| returned.of.as_ref());
        Self {
            name,
            description: description.unwrap_or_default(),
            is_remote: is_remote == Some(true),
            parameters,
            returned: returned.map(TypeJson::text).unwrap_or_default(),
        }
    }
}

/// The first `N` of a list; `null` is an empty one.
struct First<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Default for First<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for First<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Beginning<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Beginning<T, N> {
            type Value = First<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(First::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while list.len() < N {
                    let Some(element) = elements.next_element()? else { return Ok(First(list)) };
                    list.push(element);
                }
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(list))
            }
        }

        deserializer.deserialize_any(Beginning(PhantomData))
    }
}
