//! Questions of builds: a list in JSON, in the body of a POST. Clients differ in what they leave out, and one sends no
//! Content-Type.

use std::fmt;
use std::marker::PhantomData;

use barre_core::access::Identity;
use barre_core::package::{Invalid, PackageId, Version};
use barre_core::resolution::{Limits, Mode, Range, TooMuch, Unknown};
use bytes::Buf;
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::version::LATEST;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::service::memory::Room;
use crate::service::read::{Choice, Freshness, Reads, View};

/// Longest body, in bytes: as many packages as may be asked for at once, with usual names.
const MAX_BYTES: usize = 256 * 1024;

/// What somebody asks, and the room that it takes.
pub(super) struct Question<T> {
    pub(super) asked: T,
    pub(super) room: Room,
}

/// Reads the body of a call. `what` is what it should be.
pub(super) async fn read<T: DeserializeOwned, I: Inputs, B: Buf>(
    call: &Call<I>,
    body: impl Stream<Item = Result<B, warp::Error>>,
    what: &'static str,
) -> Result<Question<T>, Error> {
    let Question { asked: bytes, room } = bytes(call, body).await?;
    let asked = serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Error::BadRequest(format!("the body is not {what}: see line {line}, column {column}"))
    })?;
    Ok(Question { asked, room })
}

/// Reads the body of a call, whatever it is.
pub(super) async fn bytes<I: Inputs, B: Buf>(
    call: &Call<I>,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Question<Vec<u8>>, Error> {
    let too_long = || Error::BadRequest(format!("this asks for too much at once: at most {MAX_BYTES} bytes"));
    let announced = call.content_length().unwrap_or(MAX_BYTES as u64);
    let announced =
        usize::try_from(announced).ok().filter(|bytes| *bytes <= MAX_BYTES).ok_or_else(too_long)?;
    let room = call.services.memory.question(call.ends.peer, announced)?;
    let mut bytes = Vec::with_capacity(announced.min(MAX_BYTES));
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = body.next().await {
        let mut chunk =
            chunk.map_err(|_| Error::BadRequest("the request broke off: try again".to_owned()))?;
        while chunk.has_remaining() {
            let part = chunk.chunk();
            if bytes.len() + part.len() > announced {
                return Err(too_long());
            }
            bytes.extend_from_slice(part);
            let length = part.len();
            chunk.advance(length);
        }
    }
    Ok(Question { asked: bytes, room })
}

/// What `look` finds of all that is asked for. Where anything is missing, also in a state as of some moment after the question.
pub(super) async fn find_all<T>(
    reads: &Reads,
    identity: &Identity,
    look: impl Fn(View<'_>) -> Result<Vec<T>, TooMuch>,
    is_there: impl Fn(&T) -> bool,
) -> Result<Vec<T>, Error> {
    let looked = reads.choose(identity, Freshness::Recent, |view| {
        let found = look(view);
        match &found {
            Ok(each) if !each.iter().all(&is_there) => Err(found),
            _ => Ok(Choice::last(found)),
        }
    });
    Ok(looked.await?.map_or_else(|found| found, |choice| choice.found)?)
}

/// A list, as far as it is not longer than may be asked for at once: one more element tells that it is. `null` is an empty
/// one.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct List<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
            let most = Limits::default().wanted;
            let mut list = Vec::new();
            while list.len() <= most {
                let Some(element) = elements.next_element()? else { return Ok(list) };
                list.push(element);
            }
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            Ok(list)
        }
    }

    deserializer.deserialize_any(List(PhantomData))
}

/// The mode of a question. Where it is left out, patches are no surprise.
pub(super) fn mode(word: Option<&str>) -> Result<Mode, Error> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(Mode::Medium) };
    word.parse().map_err(|unknown: Unknown| Error::BadRequest(unknown.to_string()))
}

/// The versions that would do. Clients encode a version as if it were a part of a URL.
pub(super) fn range(version: Option<&str>, mode: Mode) -> Result<Range, String> {
    let version = version.filter(|version| !version.is_empty() && *version != LATEST);
    let parse = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        decoded.parse::<Version>().map_err(|invalid: Invalid| invalid.to_string())
    };
    Ok(Range::new(version.map(parse).transpose()?, mode))
}

/// A package, or why it can be none.
pub(super) fn package(org: &str, name: &str) -> Result<PackageId, String> {
    let parsed = || Ok(PackageId { org: org.parse()?, name: name.parse()? });
    parsed().map_err(|invalid: Invalid| invalid.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "list")]
        numbers: Vec<u8>,
    }

    fn numbers(json: &str) -> Option<usize> {
        serde_json::from_str::<Numbers>(json).ok().map(|read| read.numbers.len())
    }

    #[test]
    fn of_a_long_list_as_much_is_kept_as_tells_that_it_is_long() {
        let most = Limits::default().wanted;
        for (length, kept) in [(0, 0), (most, most), (most + 1, most + 1), (50 * most, most + 1)] {
            let json = format!("{{\"numbers\":{:?}}}", vec![1; length]);
            assert_eq!(numbers(&json), Some(kept));
        }
        assert_eq!(numbers("{\"numbers\":null}"), Some(0));
        for wrong in
            ["{}", "{\"numbers\":{}}", "{\"numbers\":[1,", "{\"numbers\":[\"1\"]}", "{\"numbers\":1}"]
        {
            assert_eq!(numbers(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn versions_are_read_as_clients_send_them() {
        let range = |text| range(text, Mode::Hard);
        for latest in [None, Some(""), Some("*")] {
            assert_eq!(range(latest), Ok(Range::Latest));
        }
        let exact = |text: &str| Ok(Range::Exact(text.parse().unwrap()));
        assert_eq!(range(Some("1.0.0")), exact("1.0.0"));
        assert_eq!(range(Some("1.0.0%2Drc.1")), exact("1.0.0-rc.1"));
        for wrong in ["1", "%2A", "1.0.0%2Bx", "%ff", "%"] {
            assert!(range(Some(wrong)).unwrap_err().starts_with("invalid version"), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_is_a_package_or_a_reason(org in ".*", name in ".*", version in ".*", word in ".*") {
            let _ = (package(&org, &name), range(Some(&version), Mode::Soft), mode(Some(&word)));
        }
    }
}
