//! The parts of a request by which answers differ.
//!
//! A handler of a read declares which of them its answer depends on, by the type of its [`Call`](super::call::Call), and
//! sees nothing else of the headers. So `Vary` is what it declared, and the key of a kept answer ([`Hot`](super::hot::Hot))
//! holds all that any handler may declare: none can forget one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName, USER_AGENT};

use crate::http::Ends;
use crate::service::links::Links;
use crate::service::read::Client;

const PLATFORM: HeaderName = HeaderName::from_static("ballerina-platform");

mod sealed {
    /// Only what is in the table of inputs.
    pub(crate) trait Listed {}
}

/// Something that answers may depend on.
pub(crate) trait Input: sealed::Listed + Send + 'static {
    /// The headers that it is read from.
    const HEADERS: &'static [&'static str];
    /// Those that caches must tell apart. A host is told apart by the URL already.
    const VARY: &'static [&'static str];

    fn read(headers: &HeaderMap, links: &Links, ends: Ends) -> Self;
}

/// Declares the inputs and, from the same lines, the headers of the key of kept answers: so that there is no input
/// without its headers in the key.
macro_rules! inputs {
    ($($input:ty { headers: $headers:expr, vary: $vary:expr, read: $read:expr },)*) => {
        $(
            impl sealed::Listed for $input {}

            impl Input for $input {
                const HEADERS: &'static [&'static str] = &$headers;
                const VARY: &'static [&'static str] = &$vary;

                fn read(headers: &HeaderMap, links: &Links, ends: Ends) -> Self {
                    let read: fn(&HeaderMap, &Links, Ends) -> Self = $read;
                    read(headers, links, ends)
                }
            }
        )*

        /// The headers that may decide how an answer looks.
        pub(crate) static SHAPING: LazyLock<Vec<HeaderName>> = LazyLock::new(|| {
            let names = [$(<$input as Input>::HEADERS),*].concat();
            // Two inputs may be read from one header.
            BTreeSet::from_iter(names).into_iter().map(HeaderName::from_static).collect()
        });
    };
}

/// Whether the bytes of a package are wanted, or what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bytes,
    Description,
}

/// Who looks at an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody with a browser.
    Browser,
    Program,
}

/// How the body of an answer may be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    Identity,
}

/// Where links in the answer begin: scheme and host.
#[derive(Debug)]
pub(crate) struct LinkBase(pub(crate) String);

inputs! {
    Form { headers: ["accept"], vary: ["Accept"], read: |headers, _, _| form(headers) },
    Encoding { headers: ["accept-encoding"], vary: ["Accept-Encoding"], read: |headers, _, _| encoding(headers) },
    Client {
        headers: ["ballerina-platform", "user-agent"],
        vary: ["Ballerina-Platform", "User-Agent"],
        read: |headers, _, _| Self::new(text(headers, &PLATFORM), text(headers, &USER_AGENT))
    },
    LinkBase {
        headers: ["host", "x-forwarded-host", "x-forwarded-proto"],
        vary: [],
        read: |headers, links, ends| Self(links.base(headers, ends.local))
    },
    Reader { headers: ["accept"], vary: ["Accept"], read: |headers, _, _| reader(headers) },
}

/// What one handler declares.
pub(crate) trait Inputs: Send + 'static {
    fn read(headers: &HeaderMap, links: &Links, ends: Ends) -> Self;
    fn vary() -> Vec<&'static str>;
}

impl Inputs for () {
    fn read(_: &HeaderMap, _: &Links, _: Ends) -> Self {}

    fn vary() -> Vec<&'static str> {
        Vec::new()
    }
}

/// Tuples, because a handler declares one to four.
macro_rules! tuples {
    ($(($($input:ident),+),)*) => {$(
        impl<$($input: Input),+> Inputs for ($($input,)+) {
            fn read(headers: &HeaderMap, links: &Links, ends: Ends) -> Self {
                ($($input::read(headers, links, ends),)+)
            }

            fn vary() -> Vec<&'static str> {
                [$($input::VARY),+].concat()
            }
        }
    )*};
}

tuples! { (A), (A, B), (A, B, C), (A, B, C, D), }

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn form(headers: &HeaderMap) -> Form {
    if takes(headers, &ACCEPT, "application/octet-stream") { Form::Bytes } else { Form::Description }
}

fn reader(headers: &HeaderMap) -> Reader {
    if takes(headers, &ACCEPT, "text/html") { Reader::Browser } else { Reader::Program }
}

fn encoding(headers: &HeaderMap) -> Encoding {
    if takes(headers, &ACCEPT_ENCODING, "gzip") { Encoding::Gzip } else { Encoding::Identity }
}

/// Whether a client names this among what it takes, and does not mean that it takes anything but this.
fn takes(headers: &HeaderMap, header: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        named && !parts.any(is_never)
    })
}

/// `q=0`, `Q = 0.000`
fn is_never(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>() == Ok(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_takes() {
        for (value, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip; q=0.001", true),
            ("gzip;q=0", false),
            ("gzip; Q=0.000", false),
            ("x-gzip", false),
            ("*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, value.parse().unwrap())]);
            assert_eq!(takes(&headers, &ACCEPT_ENCODING, "gzip"), expected, "{value}");
        }
        let bytes = |value: &str| form(&HeaderMap::from_iter([(ACCEPT, value.parse().unwrap())]));
        assert_eq!(bytes("application/octet-stream"), Form::Bytes);
        assert_eq!(bytes("application/octet-stream;q=0, application/json"), Form::Description);
        let reader = |value: &str| reader(&HeaderMap::from_iter([(ACCEPT, value.parse().unwrap())]));
        assert_eq!(reader("text/html,application/xhtml+xml,*/*;q=0.8"), Reader::Browser);
        assert_eq!(reader("*/*"), Reader::Program);
    }
}
