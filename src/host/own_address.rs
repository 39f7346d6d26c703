//! Which addresses are this host's own.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::SockaddrStorage;

/// Whether an address is a loopback address or one of this host's interfaces. No name is looked up
/// and nothing is sent.
pub fn is_own_address(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback()
        || getifaddrs()
            .is_ok_and(|mut all| all.any(|interface| interface.address.as_ref().and_then(ip) == Some(address)))
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(address), _) => Some(IpAddr::V4(address.ip())),
        (None, Some(address)) => Some(IpAddr::V6(address.ip())),
        (None, None) => None,
    }
}
