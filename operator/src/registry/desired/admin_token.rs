//! The Secret with the first token. It is made once: a person may rotate the token, and nobody must take it back.

use k8s_openapi::{ByteString, api::core::v1::Secret};

use super::wanted::Wanted;
use crate::{
    pass::child::Wish,
    registry::{
        names,
        token::{TOKEN_KEY, TOKENS_KEY},
    },
};

/// Returns the Secret that keeps a fresh token: itself for people, its hash for the server.
pub(crate) fn secret(wanted: &Wanted<'_>) -> Wish<Secret> {
    let Some(token) = wanted.fresh_token else { return Wish::Stay };
    let data = [(TOKEN_KEY, token.text().to_owned()), (TOKENS_KEY, token.file())];
    Wish::Be(Secret {
        metadata: names::child(wanted.registry, names::admin(wanted.registry)),
        data: Some(data.map(|(key, value)| (key.to_owned(), ByteString(value.into_bytes()))).into()),
        ..Secret::default()
    })
}
