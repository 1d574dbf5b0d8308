//! Which fields there are, and how what is asked for is cut out of what is there.

use serde_json::{Map, Value, json};

use super::document::Field;

/// What an object has: plain fields, and fields that are objects or lists of them.
pub(super) struct Type {
    name: &'static str,
    plain: &'static [&'static str],
    objects: &'static [(&'static str, &'static Self)],
}

const MODULE: Type =
    Type { name: "Module", plain: &["packageURL", "apiDocURL", "name", "summary", "readme"], objects: &[] };

/// The fields of `PackageJson`, and a count.
pub(super) const PACKAGE: Type = Type {
    name: "Package",
    plain: &[
        "id",
        "organization",
        "name",
        "version",
        "platform",
        "languageSpecificationVersion",
        "isDeprecated",
        "deprecateMessage",
        "URL",
        "balaVersion",
        "balaURL",
        "digest",
        "summary",
        "readme",
        "template",
        "licenses",
        "authors",
        "sourceCodeLocation",
        "keywords",
        "ballerinaVersion",
        "icon",
        "ownerUUID",
        "createdDate",
        "pullCount",
        "totalPullCount",
        "visibility",
        "balToolId",
        "graalvmCompatible",
    ],
    objects: &[("modules", &MODULE)],
};

pub(super) const PACKAGES: Type =
    Type { name: "Packages", plain: &["count", "limit", "offset"], objects: &[("packages", &PACKAGE)] };

const DOCUMENTED_MODULE: Type = Type {
    name: "DocumentedModule",
    plain: &["id", "orgName", "version", "summary", "description", "clients", "listeners", "functions"],
    objects: &[],
};

const DOCS_DATA: Type = Type { name: "DocsData", plain: &[], objects: &[("modules", &DOCUMENTED_MODULE)] };

pub(super) const API_DOCS: Type = Type { name: "ApiDocs", plain: &[], objects: &[("docsData", &DOCS_DATA)] };

impl Type {
    /// Whether these fields are there, in the form in which they are asked for; else why not.
    pub(super) fn check(&self, fields: &[Field]) -> Result<(), String> {
        if fields.is_empty() {
            return Err(format!("of the type {} some fields must be asked for", self.name));
        }
        for field in fields {
            let Field { name, fields, .. } = field;
            match self.objects.iter().find(|(object, _)| object == name) {
                Some((_, of)) => of.check(fields)?,
                None if name != "__typename" && !self.plain.contains(&name.as_str()) => {
                    return Err(format!("the type {} has no field \"{name}\" here", self.name));
                }
                None if !fields.is_empty() => {
                    return Err(format!("the field \"{name}\" of the type {} has no fields", self.name));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// These fields of an object, or of each in a list. What is not there is nothing.
    pub(super) fn cut(&self, whole: &Value, fields: &[Field]) -> Value {
        match whole {
            Value::Array(list) => Value::Array(list.iter().map(|one| self.cut(one, fields)).collect()),
            Value::Object(object) => {
                let cut = |field: &Field| (field.key.clone(), self.field(object, field));
                Value::Object(fields.iter().map(cut).collect())
            }
            other => other.clone(),
        }
    }

    fn field(&self, object: &Map<String, Value>, field: &Field) -> Value {
        if field.name == "__typename" {
            return json!(self.name);
        }
        let whole = object.get(&field.name).unwrap_or(&Value::Null);
        match self.objects.iter().find(|(object, _)| *object == field.name) {
            Some((_, of)) => of.cut(whole, &field.fields),
            None => whole.clone(),
        }
    }
}
