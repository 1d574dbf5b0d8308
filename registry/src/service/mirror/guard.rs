//! Which addresses may be asked, whoever names them: a resource, a redirect, or a name server.
//!
//! An upstream is somebody else's word, and a registry stands where much more can be reached than by who writes it. So the
//! address that is really connected to is judged, after its name was resolved: a name that means something else a moment
//! later gains nothing. The client connects to a literal without resolving it, which is why URLs are judged as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use barre_contract::mirror::PrivateAddresses;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Where clouds tell a machine its own credentials, besides the link-local addresses.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Why an address is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("\"{0}:\" is no scheme of an upstream: use https")]
    Scheme(String),
    #[error("a URL of an upstream may not contain credentials: hand them over in a Secret")]
    Credentials,
    #[error("\"{0}\" names no host")]
    NoHost(String),
    #[error(
        "{host} is the address {address}, which is private: if an upstream of your own is there, set privateAddresses: \
         Allowed"
    )]
    Private { host: String, address: IpAddr },
    #[error("{host} is the address {address}, which no upstream has")]
    Never { host: String, address: IpAddr },
}

/// What an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    /// In somebody's own network, or on this machine.
    Private,
    /// Nobody has an upstream there.
    Never,
}

/// Says whether a URL may be asked, as far as its text says.
pub fn check(url: &Url, private: PrivateAddresses) -> Result<(), Refused> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Refused::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    // Other spellings of an address, such as decimal and octal ones, are the same host to the parser.
    match url.host() {
        None => Err(Refused::NoHost(url.to_string())),
        Some(Host::Domain(_)) => Ok(()),
        Some(Host::Ipv4(address)) => judge(url.host_str().unwrap_or_default(), address.into(), private),
        Some(Host::Ipv6(address)) => judge(url.host_str().unwrap_or_default(), address.into(), private),
    }
}

/// Says whether an address of `host` may be connected to.
fn judge(host: &str, address: IpAddr, private: PrivateAddresses) -> Result<(), Refused> {
    let host = host.to_owned();
    match place(address) {
        Place::Public => Ok(()),
        Place::Private if private == PrivateAddresses::Allowed => Ok(()),
        Place::Private => Err(Refused::Private { host, address }),
        Place::Never => Err(Refused::Never { host, address }),
    }
}

fn place(address: IpAddr) -> Place {
    if METADATA.contains(&address) {
        return Place::Never;
    }
    match address {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => place(inner.into()),
            None => place_v6(address),
        },
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        // This network, link-local, multicast, and what is reserved or broadcast.
        [0 | 224..=255, ..] | [169, 254, ..] => Place::Never,
        [10 | 127, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        // Carriers, what protocols are assigned, and benchmarks.
        | [100, 64..=127, ..]
        | [192, 0, 0, _]
        | [198, 18..=19, ..] => Place::Private,
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    match address.segments() {
        // Link-local, multicast, and tunnels, whose ends are somebody else's.
        [0xfe80..=0xfebf | 0xff00..=0xffff, ..] | [0x2001, 0, ..] => Place::Never,
        // Unique-local, and what was site-local.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Place::Private,
        _ if address.is_unspecified() => Place::Never,
        _ if address.is_loopback() => Place::Private,
        _ => Place::Public,
    }
}

/// The address of the older kind that one of the newer kind leads to: mapped, compatible, translated (NAT64), or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0 | 1, _, _, _, high, low]
        | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// Resolves names to addresses that may be asked, and to no others.
#[derive(Debug, Clone, Copy)]
pub struct Resolver(pub PrivateAddresses);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = filter(name.as_str(), found, private)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Those of the addresses of a host that may be asked; an error where it has only others.
fn filter(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
    private: PrivateAddresses,
) -> Result<Vec<SocketAddr>, Refused> {
    let (mut allowed, mut refused) = (Vec::new(), None);
    for address in addresses {
        match judge(host, address.ip(), private) {
            Ok(()) => allowed.push(address),
            Err(why) => refused = Some(why),
        }
    }
    match refused {
        Some(why) if allowed.is_empty() => Err(why),
        _ => Ok(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(url: &str, private: PrivateAddresses) -> Result<(), Refused> {
        check(&url.parse().unwrap(), private)
    }

    #[test]
    fn only_public_addresses_are_asked_unless_private_ones_are_allowed() {
        for host in [
            "127.0.0.1",
            "127.8.9.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            // The same in other words.
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:7f00:1::]",
            "[fd12::1]",
            "[fc00::1]",
            "[fec0::1]",
        ] {
            let url = format!("http://{host}:8080/2.0");
            let refused = judged(&url, PrivateAddresses::Refused);
            assert!(matches!(refused, Err(Refused::Private { .. })), "{host}: {refused:?}");
            assert_eq!(judged(&url, PrivateAddresses::Allowed), Ok(()), "{host}");
        }
        for host in
            ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1]", "central.example"]
        {
            assert_eq!(judged(&format!("https://{host}"), PrivateAddresses::Refused), Ok(()), "{host}");
        }
    }

    #[test]
    fn some_addresses_are_never_asked() {
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[fe80::1]",
            "[febf::1]",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "168.63.129.16",
            "0.0.0.0",
            "0.1.2.3",
            "[::]",
            "[::ffff:0.0.0.0]",
            "224.0.0.1",
            "255.255.255.255",
            "[ff02::1]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        ] {
            for private in [PrivateAddresses::Refused, PrivateAddresses::Allowed] {
                let refused = judged(&format!("http://{host}/latest/meta-data"), private);
                assert!(matches!(refused, Err(Refused::Never { .. })), "{host}: {refused:?}");
            }
        }
    }

    #[test]
    fn only_http_is_spoken_and_no_credentials_stand_in_a_url() {
        for url in ["file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "data:,x"] {
            let refused = judged(url, PrivateAddresses::Allowed);
            assert!(matches!(refused, Err(Refused::Scheme(_))), "{url}: {refused:?}");
        }
        for url in ["https://user@a.example", "https://user:word@a.example", "https://:word@a.example"] {
            assert_eq!(judged(url, PrivateAddresses::Allowed), Err(Refused::Credentials), "{url}");
        }
    }

    #[test]
    fn a_name_that_is_also_private_loses_those_addresses() {
        let addresses = |list: &[&str]| -> Vec<SocketAddr> {
            list.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
        };
        let found = addresses(&["1.1.1.1", "127.0.0.1", "169.254.169.254"]);
        let only = |private| filter("a.example", found.clone().into_iter(), private);
        assert_eq!(only(PrivateAddresses::Refused), Ok(addresses(&["1.1.1.1"])));
        assert_eq!(only(PrivateAddresses::Allowed), Ok(addresses(&["1.1.1.1", "127.0.0.1"])));
        let inside = addresses(&["10.0.0.1"]);
        let refused = filter("a.example", inside.into_iter(), PrivateAddresses::Refused).unwrap_err();
        assert!(refused.to_string().contains("privateAddresses: Allowed"), "{refused}");
    }

    #[tokio::test]
    async fn the_name_of_this_machine_is_no_way_around() {
        let resolve = |private| Resolver(private).resolve("localhost".parse().unwrap());
        let refused = resolve(PrivateAddresses::Refused).await.err().unwrap();
        assert!(refused.downcast_ref::<Refused>().is_some(), "{refused}");
        assert!(resolve(PrivateAddresses::Allowed).await.unwrap().all(|address| address.ip().is_loopback()));
    }
}
