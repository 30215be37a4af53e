//! Subnets that are free: of a pool, and over nothing that somebody has already.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An IPv4 network that the host chooses itself has room for this many nodes and more.
const IPV4_USUAL_PREFIX: u8 = 24;
/// Kept free of a network's addresses, for nodes that come later.
const ROOM: u32 = 2;

/// Whether they have an address in common.
pub fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

/// How long the prefix of a new network is on which so many interfaces are.
pub fn ipv4_prefix_for(interfaces: usize) -> u8 {
    let wanted = u32::try_from(interfaces).unwrap_or(u32::MAX / ROOM);
    let wanted = wanted.saturating_mul(ROOM).saturating_add(3);
    let bits = u32::BITS - wanted.leading_zeros();
    let prefix = u32::BITS.saturating_sub(bits).max(8);
    u8::try_from(prefix).map_or(IPV4_USUAL_PREFIX, |prefix| prefix.min(IPV4_USUAL_PREFIX))
}

/// The first of the pool's networks that nobody has; of a pool that is smaller than that, the pool.
pub fn free_ipv4(pool: Ipv4Net, prefix: u8, taken: &[IpNet]) -> Option<Ipv4Net> {
    let prefix = prefix.max(pool.prefix_len());
    let mut all = pool.subnets(prefix).ok()?;
    all.find(|net| is_free(IpNet::V4(*net), taken))
}

/// A /64 of the pool: the first from this number on, and around, that nobody has.
pub fn free_ipv6(pool: Ipv6Net, from: u16, taken: &[IpNet]) -> Option<Ipv6Net> {
    const PREFIX: u8 = 64;
    let bits = u32::from(PREFIX.checked_sub(pool.prefix_len())?).min(u16::BITS);
    let count = 1_u32 << bits;
    (0..count).find_map(|step| {
        let number = (u32::from(from) + step) % count;
        let address = u128::from(pool.network()) | u128::from(number) << PREFIX;
        let net = Ipv6Net::new(address.into(), PREFIX).ok()?;
        is_free(IpNet::V6(net), taken).then_some(net)
    })
}

fn is_free(net: IpNet, taken: &[IpNet]) -> bool {
    !taken.iter().any(|other| overlap(net, *other))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_that_touches_nothing_is_taken() {
        let pool = "10.222.0.0/16".parse().unwrap();
        let free = |taken: &[&str]| free_ipv4(pool, 24, &nets(taken)).map(|net| net.to_string());
        assert_eq!(free(&[]).as_deref(), Some("10.222.0.0/24"));
        let taken = [
            "10.222.0.7/32",
            "10.222.1.0/24",
            "10.222.2.128/25",
            "fd00::/8",
        ];
        assert_eq!(free(&taken).as_deref(), Some("10.222.3.0/24"));
        assert_eq!(free(&["10.0.0.0/8"]), None, "a route over the whole pool");
    }

    #[test]
    fn a_small_pool_is_one_network() {
        let pool = "192.0.2.0/26".parse().unwrap();
        assert_eq!(free_ipv4(pool, 24, &[]), Some(pool));
        assert_eq!(free_ipv4(pool, 24, &nets(&["192.0.2.0/24"])), None);
    }

    #[test]
    fn a_large_lab_gets_a_large_network() {
        for (interfaces, prefix) in [(0, 24), (100, 24), (126, 24), (127, 23), (2_000, 20)] {
            assert_eq!(ipv4_prefix_for(interfaces), prefix, "{interfaces}");
        }
        assert_eq!(ipv4_prefix_for(usize::MAX), 8);
    }

    #[test]
    fn of_ipv6_there_is_one_from_the_labs_own_number_on() {
        let pool = "fd12:3456:789a::/48".parse().unwrap();
        let free =
            |from, taken: &[&str]| free_ipv6(pool, from, &nets(taken)).map(|net| net.to_string());
        assert_eq!(free(0xab, &[]).as_deref(), Some("fd12:3456:789a:ab::/64"));
        let taken = ["fd12:3456:789a:ffff::1/128"];
        assert_eq!(free(0xffff, &taken).as_deref(), Some("fd12:3456:789a::/64"));
        let small = "fd00::/64".parse().unwrap();
        assert_eq!(free_ipv6(small, 7, &[]), Some(small));
        assert_eq!(free_ipv6("fd00::/80".parse().unwrap(), 0, &[]), None);
    }
}
