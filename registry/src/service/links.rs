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
}

/// Which of our names a request came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The external URL.
    External,
    /// One of the other hosts.
    Other,
    /// One of them by which nobody reaches us but from inside the cluster.
    Inside,
    /// The address of the very socket: a pod by its address, or a developer.
    Socket,
    /// Whatever it is: nobody has told us our names.
    Unknown,
}

impl Links {
    /// A registry with these names. Without an external URL it does not know how clients reach it, and every
    /// host that a request names is taken for ours.
    pub fn new(external: Option<Url>, hosts: Vec<String>) -> Self {
        Self { external, hosts }
    }

    /// Scheme and host for links in the answer to a request with these headers that came to this address, without a `/` at
    /// the end.
    pub fn base(&self, headers: &HeaderMap, local: SocketAddr) -> String {
        let named = [FORWARDED_HOST, HOST].iter().find_map(|header| {
            let authority = first(headers, header)?.parse::<Authority>().ok()?;
            self.named(&authority, local).map(|named| (authority, named))
        });
        match (named, &self.external) {
            (Some((authority, named)), _) => {
                let scheme = match first(headers, &FORWARDED_PROTO) {
                    Some(forwarded) if forwarded.eq_ignore_ascii_case("https") => "https",
                    Some(forwarded) if forwarded.eq_ignore_ascii_case("http") => "http",
                    _ => self.scheme(named),
                };
                format!("{scheme}://{authority}")
            }
            (None, Some(external)) => external.as_str().trim_end_matches('/').to_owned(),
            (None, None) => format!("http://{local}"),
        }
    }

    /// How clients reach us by a name, where no proxy says it. A token must not follow a link into the open.
    fn scheme(&self, named: Named) -> &str {
        match (named, &self.external) {
            (Named::External | Named::Other, Some(external)) => external.scheme(),
            // A name that was given to us beside none of our own is that of a proxy with TLS.
            (Named::External | Named::Other, None) => "https",
            // Here nobody stands between a client and this process.
            (Named::Inside | Named::Socket | Named::Unknown, _) => "http",
        }
    }

    fn named(&self, authority: &Authority, local: SocketAddr) -> Option<Named> {
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        if self.external.as_ref().is_some_and(|external| same(external, authority)) {
            return Some(Named::External);
        }
        let other = self.hosts.iter().find(|host| {
            host.eq_ignore_ascii_case(authority.as_str()) || host.eq_ignore_ascii_case(authority.host())
        });
        match other {
            Some(host) if self.is_inside(host) => Some(Named::Inside),
            Some(_) => Some(Named::Other),
            None if is_socket(authority, local) => Some(Named::Socket),
            None => self.external.is_none().then_some(Named::Unknown),
        }
    }

    /// Names of a Service, of which the operator gives all three: `name.namespace`, and that with `.svc` and with
    /// `.svc.cluster.local` behind it.
    fn is_inside(&self, host: &str) -> bool {
        [".svc", ".svc.cluster.local"].iter().any(|end| host.strip_suffix(end).is_some())
            || self.hosts.iter().any(|other| other.strip_suffix(".svc") == Some(host))
    }
}

/// Whether this is the address that somebody connected to.
fn is_socket(authority: &Authority, local: SocketAddr) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let same = match host.parse::<IpAddr>() {
        Ok(address) => address == local.ip(),
        Err(_) => host.eq_ignore_ascii_case("localhost") && local.ip().is_loopback(),
    };
    same && authority.port_u16().unwrap_or(80) == local.port()
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

    const OURS: Option<&str> = Some("https://bal.example.com");
    const POD: &str = "10.1.2.3:8080";

    fn base_at(local: &str, external: Option<&str>, headers: &[(&str, &str)]) -> String {
        let hosts = ["api.central.ballerina.io", "other:8443", "packages.team", "packages.team.svc"];
        let hosts = hosts.map(str::to_owned).to_vec();
        let links = Links::new(external.map(|url| url.parse().unwrap()), hosts);
        let parse =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        links.base(&headers.iter().map(parse).collect(), local.parse().unwrap())
    }

    fn base(external: Option<&str>, headers: &[(&str, &str)]) -> String {
        base_at(POD, external, headers)
    }

    #[test]
    fn the_host_that_the_request_came_for() {
        for (headers, expected) in [
            (&[("host", "bal.example.com")][..], "https://bal.example.com"),
            (&[("host", "bal.example.com:443")], "https://bal.example.com:443"),
            (
                &[("host", "api.central.ballerina.io"), ("x-forwarded-proto", "https")],
                "https://api.central.ballerina.io",
            ),
            (&[("host", "other:8443")], "https://other:8443"),
            (&[("host", POD)], "http://10.1.2.3:8080"),
            (&[("host", "packages.team")], "http://packages.team"),
            (&[("host", "packages.team.svc")], "http://packages.team.svc"),
            (&[("host", "pod"), ("x-forwarded-host", "bal.example.com, pod")], "https://bal.example.com"),
        ] {
            assert_eq!(base(OURS, headers), expected, "{headers:?}");
        }
        for local in ["[::1]:8080", "127.0.0.1:8080"] {
            for host in [local, "localhost:8080"] {
                assert_eq!(base_at(local, OURS, &[("host", host)]), format!("http://{host}"));
            }
        }
    }

    #[test]
    fn a_host_that_is_not_ours_is_not_repeated() {
        for headers in [
            &[("host", "evil.example.com")][..],
            &[("host", "bal.example.com:1")],
            &[("host", "u@bal.example.com")],
            &[("host", "10.1.2.3:9999")],
            &[("host", "6.6.6.6:8080")],
            &[("host", "localhost:8080")],
            &[("host", "bal.example.com"), ("x-forwarded-host", "6.6.6.6:8080")],
            &[("host", "evil"), ("x-forwarded-host", "evil"), ("x-forwarded-proto", "https")],
            &[("host", "a b")],
            &[],
        ] {
            assert_eq!(base(OURS, headers), "https://bal.example.com", "{headers:?}");
        }
    }

    #[test]
    fn behind_a_proxy_that_does_not_say_so_names_are_those_of_tls() {
        let named = ("host", "api.central.ballerina.io");
        assert_eq!(base(None, &[named]), "https://api.central.ballerina.io");
        let told = base(None, &[named, ("x-forwarded-proto", "http")]);
        assert_eq!(told, "http://api.central.ballerina.io");
        assert_eq!(base(Some("http://bal.example.com"), &[named]), "http://api.central.ballerina.io");
    }

    #[test]
    fn without_an_external_url_every_host_is_ours() {
        assert_eq!(base(None, &[("host", "node:30080")]), "http://node:30080");
        assert_eq!(base(None, &[("host", "x"), ("x-forwarded-proto", "https")]), "https://x");
        assert_eq!(base(None, &[("host", "packages.team.svc")]), "http://packages.team.svc");
        assert_eq!(base(None, &[]), "http://10.1.2.3:8080");
    }
}
