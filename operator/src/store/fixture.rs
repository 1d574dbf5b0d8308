//! A store for tests.

use barre_crds::registry::Storage;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use serde_json::json;

use super::{Expected, Request, credentials::Credentials, describe, description::Backend};
use crate::pass::problem::Problem;

/// A bucket behind an endpoint.
pub(crate) fn storage() -> Storage {
    let storage = json!({
        "type": "S3",
        "s3": { "bucket": "acme-packages", "endpoint": "http://store:7070", "secretRef": { "name": "store" } },
    });
    serde_json::from_value(storage).unwrap()
}

/// Reads the credentials of that bucket from a Secret.
pub(crate) fn read(data: &[(&str, &str)]) -> Result<Credentials, Problem> {
    let data =
        data.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().into()))).collect();
    let secret = Secret { data: Some(data), ..Secret::default() };
    Credentials::read(describe(&storage()).unwrap().keys, "store", &secret)
}

/// Credentials with this key.
pub(crate) fn credentials(key: &str) -> Credentials {
    read(&[("accessKeyID", "key"), ("secretAccessKey", key)]).ok().unwrap()
}

/// Asks about a bucket.
pub(crate) fn with_request<T>(
    storage: &Storage,
    take_over: Option<&str>,
    check: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let (backend, credentials) = (describe(storage).unwrap(), credentials("hush"));
    check(&Request { take_over, ..request(storage, &backend, &credentials) })
}

/// A first question about a bucket.
pub(crate) fn request<'a>(
    storage: &'a Storage,
    backend: &'a Backend,
    credentials: &'a Credentials,
) -> Request<'a> {
    const NOTHING: &Expected = &Expected { registry: None, cursor: None };
    Request { storage, backend, credentials, owner: "c/team/packages", take_over: None, expected: NOTHING }
}
