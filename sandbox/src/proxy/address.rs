//! Which addresses are anybody's, and which belong to this machine, its network or nobody.

use guardian_engine::placement::is_metadata;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are not public, as a first address and the length of what all of them share.
const CLOSED_4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Within 2000::/3, outside of which nothing is public: special purposes, documentation, and tunnels that carry other
/// addresses.
const CLOSED_6: [([u16; 2], u32); 4] =
    [([0x2001, 0], 23), ([0x2001, 0x0db8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Whether it is an address that anybody on the internet can reach.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

/// Whether it is an address that hosts have within a network, behind what leads out of it: neither this machine's own nor one
/// that a cloud answers its machines' questions at.
pub(super) fn is_inner(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let within = match address {
        IpAddr::V4(address) => {
            address.is_private() || address.to_bits() >> 22 == u32::from_be_bytes([100, 64, 0, 0]) >> 22
        }
        IpAddr::V6(address) => address.is_unique_local(),
    };
    within && !is_metadata(&address.to_string())
}

/// Names that nobody outside can own: those reserved for private use (RFC 6762, appendix G; RFC 8375; ICANN's
/// `.internal`), and names without a dot.
pub(super) fn is_inner_name(name: &str) -> bool {
    const PRIVATE: [&str; 8] = ["internal", "home.arpa", "lan", "corp", "home", "intranet", "private", "local"];
    let below = |own: &&str| name.strip_suffix(*own).is_some_and(|rest| rest.ends_with('.'));
    !name.contains(['.', ':']) || PRIVATE.iter().any(below)
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !CLOSED_4.iter().any(|(first, length)| (bits ^ u32::from_be_bytes(*first)) >> (32 - length) == 0)
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let [first, second, a, b, c, d, high, low] = address.segments();
    if [first, second, a, b, c, d] == [0x64, 0xff9b, 0, 0, 0, 0] {
        // An IPv4 address as a network without IPv4 writes it.
        return is_public_4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let bits = u32::from(first) << 16 | u32::from(second);
    let within =
        |[one, two]: [u16; 2], length: u32| (bits ^ (u32::from(one) << 16 | u32::from(two))) >> (32 - length) == 0;
    within([0x2000, 0], 3) && !CLOSED_6.iter().any(|(start, length)| within(*start, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_anybody_can_reach_is_public() {
        for public in
            ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for closed in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn an_inner_address_is_no_cloud_s_own() {
        for (inner, expected) in [
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("192.168.1.1", true),
            ("100.127.0.1", true),
            ("fd12::1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("fd00:ec2::254", false),
            ("fd00:ec2::23", false),
            ("fd20:ce::254", false),
            ("100.100.100.200", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("192.0.0.192", false),
            ("::ffff:169.254.169.254", false),
        ] {
            assert_eq!(is_inner(inner.parse().unwrap()), expected, "{inner}");
        }
        for (name, expected) in [
            ("build", true),
            ("git.corp", true),
            ("a.home.arpa", true),
            ("corp.example", false),
            ("xlan", true),
            ("a.xlan", false),
        ] {
            assert_eq!(is_inner_name(name), expected, "{name}");
        }
    }
}
