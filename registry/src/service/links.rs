//! Where links in answers point: to the host that the request came for, if it is one of ours, so that a client
//! that reaches us under another name stays with it.

use std::net::{IpAddr, SocketAddr};

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderName};
use url::Url;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The names of this registry.
#[derive(Debug, Clone)]
pub struct Links {
    external: Option<Url>,
    /// Host names, each perhaps with a port.
    hosts: Vec<String>,
    listen: SocketAddr,
}

impl Links {
    /// A registry with these names. Without an external URL it does not know how clients reach it, and every
    /// host that a request names is taken for ours.
    pub fn new(external: Option<Url>, hosts: Vec<String>, listen: SocketAddr) -> Self {
        Self { external, hosts, listen }
    }

    /// Scheme and host for links in the answer to a request with these headers, without a `/` at the end.
    pub fn base(&self, headers: &HeaderMap) -> String {
        let named = [FORWARDED_HOST, HOST].iter().find_map(|header| {
            let authority = first(headers, header)?.parse::<Authority>().ok()?;
            self.is_ours(&authority).then_some(authority)
        });
        match (named, &self.external) {
            (Some(authority), external) => {
                // Only who speaks to this process itself does so without TLS where the others use it: a token
                // must not follow a link into the open.
                let secured = external.as_ref().filter(|_| !self.is_listener(&authority));
                let ours = secured.map_or("http", |url| url.scheme());
                let scheme = match first(headers, &FORWARDED_PROTO) {
                    Some(forwarded) if forwarded.eq_ignore_ascii_case("https") => "https",
                    Some(forwarded) if forwarded.eq_ignore_ascii_case("http") => "http",
                    _ => ours,
                };
                format!("{scheme}://{authority}")
            }
            (None, Some(external)) => external.as_str().trim_end_matches('/').to_owned(),
            (None, None) => format!("http://{}", self.listen),
        }
    }

    fn is_ours(&self, authority: &Authority) -> bool {
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return false;
        }
        let Some(external) = &self.external else { return true };
        same(external, authority)
            || self.hosts.iter().any(|host| {
                host.eq_ignore_ascii_case(authority.as_str()) || host.eq_ignore_ascii_case(authority.host())
            })
            || self.is_listener(authority)
    }

    /// Somebody who speaks to this process directly: a pod by its address, or a developer.
    fn is_listener(&self, authority: &Authority) -> bool {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let direct = host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok();
        direct && authority.port_u16().unwrap_or(80) == self.listen.port()
    }
}

/// The first of the values that proxies have put into a header, the one nearest to the client.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

fn same(url: &Url, authority: &Authority) -> bool {
    let usual = if url.scheme() == "https" { 443 } else { 80 };
    url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(authority.host()))
        && url.port().unwrap_or(usual) == authority.port_u16().unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(external: Option<&str>, headers: &[(&str, &str)]) -> String {
        let hosts = vec!["api.central.ballerina.io".to_owned(), "other:8443".to_owned()];
        let links =
            Links::new(external.map(|url| url.parse().unwrap()), hosts, "0.0.0.0:8080".parse().unwrap());
        let parse =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        links.base(&headers.iter().map(parse).collect())
    }

    #[test]
    fn the_host_that_the_request_came_for() {
        let ours = Some("https://bal.example.com");
        for (headers, expected) in [
            (&[("host", "bal.example.com")][..], "https://bal.example.com"),
            (&[("host", "bal.example.com:443")], "https://bal.example.com:443"),
            (
                &[("host", "api.central.ballerina.io"), ("x-forwarded-proto", "https")],
                "https://api.central.ballerina.io",
            ),
            (&[("host", "other:8443")], "https://other:8443"),
            (&[("host", "10.1.2.3:8080")], "http://10.1.2.3:8080"),
            (&[("host", "[::1]:8080")], "http://[::1]:8080"),
            (&[("host", "localhost:8080")], "http://localhost:8080"),
            (&[("host", "pod"), ("x-forwarded-host", "bal.example.com, pod")], "https://bal.example.com"),
        ] {
            assert_eq!(base(ours, headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_host_that_is_not_ours_is_not_repeated() {
        let ours = Some("https://bal.example.com");
        for headers in [
            &[("host", "evil.example.com")][..],
            &[("host", "bal.example.com:1")],
            &[("host", "u@bal.example.com")],
            &[("host", "10.1.2.3:9999")],
            &[("host", "evil"), ("x-forwarded-host", "evil"), ("x-forwarded-proto", "https")],
            &[("host", "a b")],
            &[],
        ] {
            assert_eq!(base(ours, headers), "https://bal.example.com", "{headers:?}");
        }
    }

    #[test]
    fn without_an_external_url_every_host_is_ours() {
        assert_eq!(base(None, &[("host", "node:30080")]), "http://node:30080");
        assert_eq!(base(None, &[("host", "x"), ("x-forwarded-proto", "https")]), "https://x");
        assert_eq!(base(None, &[]), "http://0.0.0.0:8080");
    }
}
