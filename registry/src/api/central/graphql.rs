//! `POST /2.0/graphql`: the queries that the web and editors send to Central, and no more: `packages`, `package` and
//! `apiDocs`. Refusals are Central's JSON, as everywhere.

mod document;
mod schema;

use barre_core::access::Identity;
use barre_core::api_docs::ModuleDocs;
use barre_core::package::{Invalid, Version};
use barre_core::search::Page;
use bytes::Buf;
use futures::Stream;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};
use warp::Filter;

use self::document::Field;
use self::schema::{API_DOCS, PACKAGE, PACKAGES};
use super::form::described;
use super::list::{ListInputs, listed};
use super::question::{self, Question};
use super::version::LATEST;
use super::wire::PackageJson;
use crate::api::common::answer::Answer;
use crate::api::common::call::{Call, ask};
use crate::api::common::declared::module;
use crate::api::common::error::Error;
use crate::api::common::inputs::LinkBase;
use crate::api::common::made;
use crate::api::common::page::{Cut, numbered};
use crate::api::common::route::Route;
use crate::service::memory::Room;
use crate::service::read::{Choice, Freshness, Listed};

const TEMPLATE: &str = "/2.0/graphql";
const WHAT: &str = "{\"query\":…,\"variables\":{…}}";
/// Most questions in one query: each may walk through all packages.
const MAX_QUESTIONS: usize = 4;
/// What asks for API docs, which may be long: once in a query.
const API_DOCS_QUESTION: &str = "apiDocs";

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    template: TEMPLATE,
    filter: |services| {
        warp::path!("2.0" / "graphql")
            .and(ask(services))
            .and(warp::body::stream())
            .then(async |call: Call<ListInputs>, body| call.answer(TEMPLATE, answer(&call, body).await))
            .boxed()
    },
};

#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// What was found for one question.
enum Found {
    Packages { page: Page, cut: Cut<Listed> },
    Package(Option<Listed>),
    ApiDocs(Option<(ModuleDocs, Room)>),
}

/// The answer, which is made as it is written: no more than one package at a time is there twice.
#[derive(Serialize)]
struct Answered<'a> {
    data: Data<'a>,
}

struct Data<'a> {
    base: &'a str,
    questions: &'a [Field],
    found: &'a [Found],
}

struct PackagesData<'a> {
    base: &'a str,
    fields: &'a [Field],
    page: Page,
    cut: &'a Cut<Listed>,
}

struct PackageList<'a> {
    base: &'a str,
    fields: &'a [Field],
    packages: &'a [Listed],
}

async fn answer<B: Buf>(
    call: &Call<ListInputs>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Answer, Error> {
    let identity = call.reader().await?;
    let Question { asked: Asked { query, variables }, room: _room } =
        question::read(call, body, WHAT).await?;
    let questions = document::read(&query, &variables.unwrap_or_default()).map_err(Error::BadRequest)?;
    if questions.len() > MAX_QUESTIONS {
        return Err(Error::BadRequest(format!("the query asks too much: at most {MAX_QUESTIONS} questions")));
    }
    for question in &questions {
        check(question).map_err(Error::BadRequest)?;
    }
    if questions.iter().filter(|question| question.name == API_DOCS_QUESTION).count() > 1 {
        return Err(Error::BadRequest("the query asks too much: apiDocs at most once".to_owned()));
    }
    let mut found = Vec::new();
    for question in &questions {
        found.push(find(call, &identity, question).await?);
    }
    let (_, LinkBase(base), encoding) = &call.inputs;
    let answered = Answered { data: Data { base, questions: &questions, found: &found } };
    let (response, _) = made::untagged(call, *encoding, &answered).await?;
    Ok(Answer::new(described(response)))
}

/// Whether there is an answer to a question.
fn check(question: &Field) -> Result<(), String> {
    match question.name.as_str() {
        "packages" => PACKAGES.check(&question.fields),
        "package" => PACKAGE.check(&question.fields),
        API_DOCS_QUESTION => API_DOCS.check(&question.fields),
        other => Err(format!("\"{other}\" is not answered here: only packages, package and apiDocs are")),
    }
}

async fn find(call: &Call<ListInputs>, identity: &Identity, question: &Field) -> Result<Found, Error> {
    match question.name.as_str() {
        "packages" => {
            let page = numbered(number(question, "limit")?, number(question, "offset")?);
            let cut = listed(call, identity, text(question, "orgName"), page).await?;
            Ok(Found::Packages { page, cut })
        }
        "package" => Ok(Found::Package(package(call, identity, question).await?)),
        _ => Ok(Found::ApiDocs(api_docs(call, identity, question).await?)),
    }
}

/// The module that is asked for: of the version that is asked for, or of the newest one with docs.
async fn api_docs(
    call: &Call<ListInputs>,
    identity: &Identity,
    question: &Field,
) -> Result<Option<(ModuleDocs, Room)>, Error> {
    let wanted = question.arguments.get("inputFilter").and_then(|filter| filter.get("moduleInfo"));
    let text = |name| wanted.and_then(|wanted| wanted.get(name)).and_then(Value::as_str);
    let (Some(org), Some(name)) = (text("orgName"), text("moduleName")) else { return Ok(None) };
    let (Ok(org), Ok(version)) = (org.parse(), version_wanted(text("version"))) else { return Ok(None) };
    module(&call.services, identity, &org, name, version.as_ref()).await
}

/// The version that is asked for, where it is not the newest one.
fn version_wanted(text: Option<&str>) -> Result<Option<Version>, Invalid> {
    match text {
        None | Some("" | LATEST | "latest") => Ok(None),
        Some(version) => version.parse().map(Some),
    }
}

/// One package: the version that is asked for, or its newest one.
async fn package(
    call: &Call<ListInputs>,
    identity: &Identity,
    question: &Field,
) -> Result<Option<Listed>, Error> {
    let (client, _, _) = &call.inputs;
    let (Some(org), Some(name)) = (text(question, "orgName"), text(question, "packageName")) else {
        return Err(Error::BadRequest("a package has an orgName and a packageName".to_owned()));
    };
    let (Ok(org), Ok(name)) = (org.parse(), name.parse()) else { return Ok(None) };
    let Ok(version) = version_wanted(text(question, "version")) else { return Ok(None) };
    let looked = call.services.reads.look(identity, Freshness::Recent, |view| {
        let package = view.package(&org, &name)?;
        match &version {
            None => Listed::latest(client, &package),
            Some(version) => {
                let Choice { found, .. } = client.exact(&package, version)?;
                Some(Listed::of(&package, found))
            }
        }
    });
    Ok(looked.await?)
}

fn text<'a>(question: &'a Field, name: &str) -> Option<&'a str> {
    question.arguments.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn number(question: &Field, name: &str) -> Result<Option<usize>, Error> {
    match question.arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().and_then(|number| usize::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::BadRequest(format!("{name} is not a number"))),
        },
    }
}

/// These fields of a package.
fn shown(listed: &Listed, base: &str, fields: &[Field]) -> Value {
    let mut whole = json!(PackageJson::listed(listed, base));
    whole["totalPullCount"] = json!(0);
    PACKAGE.cut(&whole, fields)
}

fn docs_data(module: Option<&ModuleDocs>) -> Value {
    let module = module.map(|module| {
        let ModuleDocs { id, org, version, summary, description, clients, listeners, functions } = module;
        json!({
            "id": id, "orgName": org, "version": version, "summary": summary, "description": description,
            "clients": clients, "listeners": listeners, "functions": functions,
        })
    });
    json!({ "docsData": { "modules": Vec::from_iter(module) } })
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = self.base;
        let mut map = serializer.serialize_map(Some(self.questions.len()))?;
        for (Field { key, fields, .. }, found) in self.questions.iter().zip(self.found) {
            match found {
                Found::Packages { page, cut } => {
                    map.serialize_entry(key, &PackagesData { base, fields, page: *page, cut })?;
                }
                Found::Package(package) => {
                    let package = package.as_ref().map(|package| shown(package, base, fields));
                    map.serialize_entry(key, &package)?;
                }
                Found::ApiDocs(found) => {
                    let module = found.as_ref().map(|(module, _)| module);
                    map.serialize_entry(key, &API_DOCS.cut(&docs_data(module), fields))?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for PackagesData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { base, page, cut, .. } = *self;
        let plain = json!({ "count": cut.count, "limit": page.limit, "offset": page.offset });
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for field in self.fields {
            if field.name == "packages" {
                let list = PackageList { base, fields: &field.fields, packages: &cut.part };
                map.serialize_entry(&field.key, &list)?;
            } else if let Value::Object(shown) = PACKAGES.cut(&plain, std::slice::from_ref(field)) {
                for (key, value) in &shown {
                    map.serialize_entry(key, value)?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for PackageList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.packages.iter().map(|package| shown(package, self.base, self.fields)))
    }
}
