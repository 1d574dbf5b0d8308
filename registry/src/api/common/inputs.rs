//! The parts of a request by which answers differ.
//!
//! A handler of a read declares which of them its answer depends on, by the type of its [`Call`](super::call::Call), and
//! sees nothing else of the headers. So `Vary` is what it declared, and the key of a kept answer ([`Hot`](super::hot::Hot))
//! holds all that any handler may declare: none can forget one.

use std::sync::LazyLock;

use http::HeaderMap;
use http::header::{ACCEPT, HeaderName, USER_AGENT};

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

    fn read(headers: &HeaderMap, links: &Links) -> Self;
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

                fn read(headers: &HeaderMap, links: &Links) -> Self {
                    let read: fn(&HeaderMap, &Links) -> Self = $read;
                    read(headers, links)
                }
            }
        )*

        /// The headers that may decide how an answer looks.
        pub(crate) static SHAPING: LazyLock<Vec<HeaderName>> = LazyLock::new(|| {
            [$(<$input as Input>::HEADERS),*].concat().into_iter().map(HeaderName::from_static).collect()
        });
    };
}

/// Whether the bytes of a package are wanted, or what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bytes,
    Description,
}

/// Where links in the answer begin: scheme and host.
#[derive(Debug)]
pub(crate) struct LinkBase(pub(crate) String);

inputs! {
    Form { headers: ["accept"], vary: ["Accept"], read: |headers, _| form(headers) },
    Client {
        headers: ["ballerina-platform", "user-agent"],
        vary: ["Ballerina-Platform", "User-Agent"],
        read: |headers, _| Self::new(text(headers, &PLATFORM), text(headers, &USER_AGENT))
    },
    LinkBase {
        headers: ["host", "x-forwarded-host", "x-forwarded-proto"],
        vary: [],
        read: |headers, links| Self(links.base(headers))
    },
}

/// What one handler declares.
pub(crate) trait Inputs: Send + 'static {
    fn read(headers: &HeaderMap, links: &Links) -> Self;
    fn vary() -> Vec<&'static str>;
}

impl Inputs for () {
    fn read(_: &HeaderMap, _: &Links) -> Self {}

    fn vary() -> Vec<&'static str> {
        Vec::new()
    }
}

/// Tuples, because a handler declares one, two or three.
macro_rules! tuples {
    ($(($($input:ident),+),)*) => {$(
        impl<$($input: Input),+> Inputs for ($($input,)+) {
            fn read(headers: &HeaderMap, links: &Links) -> Self {
                ($($input::read(headers, links),)+)
            }

            fn vary() -> Vec<&'static str> {
                [$($input::VARY),+].concat()
            }
        }
    )*};
}

tuples! { (A), (A, B), (A, B, C), }

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn form(headers: &HeaderMap) -> Form {
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let bytes = ranges.flat_map(|value| value.split(',')).any(|range| {
        let name = range.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("application/octet-stream")
    });
    if bytes { Form::Bytes } else { Form::Description }
}
