//! Reading Secrets.

use k8s_openapi::api::core::v1::Secret;

/// Returns a key's value, if it is there and not empty.
pub(crate) fn value<'a>(secret: &'a Secret, key: &str) -> Option<&'a [u8]> {
    let value = secret.data.as_ref()?.get(key)?;
    Some(value.0.as_slice()).filter(|value| !value.is_empty())
}
