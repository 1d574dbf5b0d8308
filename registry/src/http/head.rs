//! The head of a request: made regular where clients are careless, refused where two readers could understand two things.
//!
//! hyper refuses some of it before it comes here, with 400 and without a body: a Transfer-Encoding whose last part is not
//! chunked, spaces in names, folded lines, two different lengths. A length beside a Transfer-Encoding it drops, and ends the
//! connection behind that body.

use http::header::{EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{Request, StatusCode, Uri, Version};

/// Longest path with its query, in bytes.
const MAX_URI_BYTES: usize = 8 * 1024;

/// Why a head is not taken.
#[derive(Debug)]
pub(super) struct Unacceptable {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
}

/// Refuses a body that comes in a way that no well-behaved client chooses.
pub(super) fn check_body<B>(request: &Request<B>) -> Result<(), Unacceptable> {
    let unacceptable = |status, text| Err(Unacceptable { status, text });
    let headers = request.headers();
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(encoding) = encodings.next()
        && (!encoding.as_bytes().eq_ignore_ascii_case(b"chunked") || encodings.next().is_some())
    {
        return unacceptable(StatusCode::NOT_IMPLEMENTED, "chunked is the only Transfer-Encoding here");
    }
    if headers.get(EXPECT).is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return unacceptable(StatusCode::EXPECTATION_FAILED, "the only expectation met here is 100-continue");
    }
    Ok(())
}

/// Whether a request names one host, in which no two readers see two.
pub fn names_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, None) => request.version() == Version::HTTP_10,
        _ => false,
    }
}

/// The characters of names, addresses and ports; the empty one is that of a client that has none.
fn is_host(host: &[u8]) -> bool {
    host.iter().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']' | b'%' | b'~')
    })
}

/// Puts the host of an absolute target in the place of that of the header, as RFC 9112 has it.
pub(super) fn host_of_target<B>(request: &mut Request<B>) {
    let host = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
}

/// The same URI with single slashes and none at the end: clients build paths by pasting strings. `None` where it is so
/// already. What only an attacker sends is refused here, before any route sees it.
pub(super) fn regular(uri: &Uri) -> Result<Option<Uri>, &'static str> {
    const WRONG: &str = "this is not a path of this server";
    let path = uri.path();
    if path.len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Err("the path is too long");
    }
    let segments = || path.split('/').filter(|segment| !segment.is_empty());
    for segment in segments() {
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().map_err(|_| WRONG)?;
        if matches!(&*decoded, "." | "..")
            || decoded.contains(['/', '\\'])
            || decoded.contains(char::is_control)
        {
            return Err(WRONG);
        }
    }
    let single = path.starts_with('/') && !path.contains("//");
    if single && (path.len() == 1 || !path.ends_with('/')) {
        return Ok(None);
    }
    let mut regular = String::with_capacity(path.len());
    for segment in segments() {
        regular.push('/');
        regular.push_str(segment);
    }
    if regular.is_empty() {
        regular.push('/');
    }
    if let Some(query) = uri.query() {
        regular.push('?');
        regular.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(regular.parse().map_err(|_| WRONG)?);
    Uri::from_parts(parts).map(Some).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use proptest::prelude::*;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        request
    }

    #[test]
    fn a_host_is_one_and_has_the_form_of_one() {
        for (headers, expected) in [
            (&[("host", "a.example:8080")][..], true),
            (&[("host", "[::1]:80")], true),
            (&[("host", "")], true),
            (&[], false),
            (&[("host", "a"), ("host", "a")], false),
            (&[("host", "a b")], false),
            (&[("host", "u@a")], false),
            (&[("host", "a/b")], false),
        ] {
            assert_eq!(names_host(&request(headers)), expected, "{headers:?}");
        }
        let mut old = request(&[]);
        *old.version_mut() = Version::HTTP_10;
        assert!(names_host(&old));
    }

    #[test]
    fn bodies_that_proxies_may_read_in_two_ways_are_refused() {
        for (headers, expected) in [
            (&[("transfer-encoding", "Chunked")][..], None),
            (&[("transfer-encoding", "gzip, chunked")], Some(501)),
            (&[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], Some(501)),
            (&[("transfer-encoding", "identity")], Some(501)),
            (&[("expect", "100-Continue")], None),
            (&[("expect", "foo")], Some(417)),
        ] {
            let refused = check_body(&request(headers)).err().map(|refused| refused.status.as_u16());
            assert_eq!(refused, expected, "{headers:?}");
        }
    }

    #[test]
    fn the_target_says_which_host_is_meant() {
        let mut asked = request(&[("host", "other")]);
        *asked.uri_mut() = "http://registry.example:81/a".parse().unwrap();
        host_of_target(&mut asked);
        assert_eq!(asked.headers()[HOST], "registry.example:81");
    }

    #[test]
    fn paths_are_made_regular() {
        for (given, expected) in [
            ("/2.0/registry/packages/acme/x/*", "/2.0/registry/packages/acme/x/*"),
            ("/2.0/registry//search-packages?q=a//b", "/2.0/registry/search-packages?q=a//b"),
            ("/2.0/registry/packages/?q=x", "/2.0/registry/packages?q=x"),
            ("/", "/"),
            ("//", "/"),
            ("*", "/*"),
            ("/a%2Ab/", "/a%2Ab"),
        ] {
            let given = given.parse().unwrap();
            let regular = regular(&given).unwrap();
            assert_eq!(regular.is_some(), given != expected, "{given}");
            assert_eq!(regular.unwrap_or(given), expected);
        }
    }

    #[test]
    fn an_absolute_uri_keeps_its_host() {
        let uri = regular(&"http://example.com//a/".parse().unwrap()).unwrap();
        assert_eq!(uri.unwrap(), "http://example.com/a");
    }

    #[test]
    fn paths_of_attackers_are_refused() {
        let long = format!("/{}", "a".repeat(9000));
        for bad in ["/a/../b", "/%2e%2e%2fetc", "/a/%2E%2e", "/a%00b", "/a%5cb", "/%ff", "/./a", &long] {
            assert!(regular(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }

    proptest! {
        /// What routes get has single slashes and no way up, and is regular already.
        #[test]
        fn any_path_is_regular_or_refused(
            parts in prop::collection::vec("/{1,3}|[.]{1,3}|%2[eEfF]|%5[cC]|%00|%25|%ff|%c3%a9|[a-z*:+%=-]{1,3}|[?]", 0..12),
        ) {
            let Ok(uri) = format!("/{}", parts.concat()).parse::<Uri>() else { return Ok(()) };
            let Ok(changed) = regular(&uri) else { return Ok(()) };
            let made = changed.unwrap_or_else(|| uri.clone());
            prop_assert!(matches!(regular(&made), Ok(None)), "{} {}", uri, made);
            prop_assert_eq!(made.query(), uri.query());
            let path = percent_encoding::percent_decode_str(made.path()).decode_utf8().unwrap();
            prop_assert!(!path.contains("//") && !path.contains(['\\', '\0']), "{}", path);
            prop_assert!(path.split('/').all(|part| part != "." && part != ".."), "{}", path);
        }
    }
}
