//! Where clients connect: on all addresses of both families, unless one is named.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens at this address. Where it stands for all of one family, it is all of both: the addresses of a pod may be of
/// either. A machine without IPv6 has those of IPv4.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_unspecified() {
        return listen(address);
    }
    let port = address.port();
    match listen((Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            tracing::debug!(error = &error as &dyn std::error::Error, "no IPv6 here");
            listen((Ipv4Addr::UNSPECIFIED, port).into())
        }
        listens => listens,
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip().is_unspecified() && address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A process that was just ended leaves connections behind, which are no reason to wait.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn all_addresses_are_those_of_both_families() {
        let six = std::net::TcpListener::bind("[::1]:0").is_ok();
        for unspecified in ["0.0.0.0:0", "[::]:0"] {
            let listener = bind(unspecified.parse().unwrap()).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok(), "{unspecified}");
            assert_eq!(TcpStream::connect(("::1", port)).await.is_ok(), six, "{unspecified}");
            let taken = bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port)).err();
            assert_eq!(taken.map(|error| error.kind()), Some(io::ErrorKind::AddrInUse));
        }
    }

    #[tokio::test]
    async fn a_named_address_is_the_only_one() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert!(TcpStream::connect(("::1", listener.local_addr().unwrap().port())).await.is_err());
    }
}
