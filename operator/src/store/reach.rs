//! Which addresses the operator talks to when a spec names a store: whoever may make a Registry could otherwise let the
//! operator's pod ask its own node, or the cloud that the node belongs to. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// What clouds tell whoever asks from one of their machines, where it is not at a link-local address.
const METADATA: [IpAddr; 6] = [
    // Alibaba, Azure, Oracle.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    // Amazon, and its roles of pods; Google.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Where stores may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Also in the operator's own pod, on its link, and where a cloud keeps its metadata.
    pub(crate) local: bool,
}

impl Reach {
    /// Returns the host of an address if it is one that is not talked to. What a name means is not known here.
    pub(super) fn forbidden(self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        (!self.includes(ip)).then(|| host.to_owned())
    }

    /// Whether this is talked to.
    pub(super) fn includes(self, ip: IpAddr) -> bool {
        self.local || !is_local(ip)
    }
}

fn is_local(ip: IpAddr) -> bool {
    // An address of the old kind may be written in the new one.
    let ip = match ip {
        IpAddr::V6(v6) => embedded(v6).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    };
    METADATA.contains(&ip)
        || match ip {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.octets()[0] == 0,
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unicast_link_local(),
        }
}

/// Returns the IPv4 address that an IPv6 address stands for: mapped, or translated by the network (NAT64).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    v6.to_ipv4_mapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(url: &str, local: bool) -> bool {
        Reach { local }.forbidden(&url.parse().unwrap()).is_some()
    }

    #[test]
    fn what_is_inside_is_refused_however_it_is_written() {
        for endpoint in [
            "http://127.0.0.1:9000",
            "http://127.1:9000",
            "http://2130706433",
            "http://0x7f.0.0.1",
            "http://0.0.0.0:9000",
            "http://169.254.169.254",
            "https://169.254.170.2/",
            "http://168.63.129.16",
            "http://100.100.100.200",
            "http://192.0.0.192",
            "http://[::1]:9000",
            "http://[::]:9000",
            "http://[fe80::1]",
            "http://[::ffff:169.254.169.254]",
            "http://[64:ff9b::7f00:1]",
            "http://[fd00:ec2::254]",
            "http://[fd20:ce::254]",
        ] {
            assert!(forbidden(endpoint, false), "{endpoint}");
            assert!(!forbidden(endpoint, true), "{endpoint}");
        }
    }

    #[test]
    fn a_store_in_the_network_is_not() {
        for endpoint in [
            "http://store:7070",
            "https://s3.eu-central-1.amazonaws.com",
            "http://10.96.0.10:9000",
            "http://192.168.1.1",
            "http://100.64.0.1",
            "http://198.18.88.1:30070",
            "http://[fd00::1]:9000",
            "http://[64:ff9b::808:808]",
        ] {
            assert!(!forbidden(endpoint, false), "{endpoint}");
        }
    }
}
