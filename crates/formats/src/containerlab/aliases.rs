//! The names that network systems give their interfaces, and what containerlab calls those in the container.
//!
//! `ethernet-1/2` of an SR Linux is `e1-2`, `GigabitEthernet0/0/0/1` of an IOS XR is `eth2`. One row of the table
//! is one family of kinds; what it says holds both ways.

mod table;

use table::{FAMILIES, Family, Numbering};

/// The name in the container; `None` when the kind has no such name, or the name is one already.
pub fn in_container(kind: &str, written: &str) -> Option<String> {
    let family = family(kind)?;
    match family.numbering {
        Numbering::Port { first, data } => {
            let mut ports = family.spellings.iter();
            let port = ports.find_map(|spelling| port_of(spelling, written))?;
            let above = port.checked_sub(first)?;
            Some(format!("eth{}", above.checked_add(data)?))
        }
        Numbering::SlotPort => {
            let mut rests = family.spellings.iter();
            let rest =
                rests.find_map(|spelling| after(written, spelling.trim_end_matches("{n}")))?;
            let (slot, port) = rest.split_once('/')?;
            let (slot, port): (u32, u32) = (number(slot)?, number(port)?);
            (port < 4 && slot < 20).then(|| format!("eth{}", 4 * slot + port))
        }
        Numbering::Dashed => {
            let prefix = family.spellings[0];
            let rest = if prefix.is_empty() {
                written
            } else {
                after(written, prefix)?
            };
            let parts: Vec<&str> = rest.split('/').collect();
            let plain = |part: &&str| {
                let digits = part.trim_start_matches(['x', 'c']);
                part.len() - digits.len() <= 1 && number(digits).is_some()
            };
            let fits = (2..=5).contains(&parts.len()) && parts.iter().all(plain);
            fits.then(|| format!("e{}", parts.join("-")))
        }
    }
}

/// The kind's own name of an interface of the container; `None` when it has none but that.
pub fn on_paper(kind: &str, device: &str) -> Option<String> {
    let family = family(kind)?;
    match family.numbering {
        Numbering::Port { first, data } => {
            let above = number(device.strip_prefix("eth")?)?.checked_sub(data)?;
            let port = above.checked_add(first)?;
            Some(family.spellings[0].replace("{n}", &port.to_string()))
        }
        Numbering::SlotPort => {
            let n = number(device.strip_prefix("eth")?)?;
            let place = format!("{}/{}", n / 4, n % 4);
            (n > 0).then(|| family.spellings[0].replace("{n}", &place))
        }
        Numbering::Dashed => {
            let rest = device.strip_prefix('e')?;
            let written = format!("{}{}", family.spellings[0], rest.replace('-', "/"));
            (in_container(kind, &written).as_deref() == Some(device)).then_some(written)
        }
    }
}

/// A kind of each family with the spelling that is written out.
#[cfg(test)]
pub fn families() -> impl Iterator<Item = (&'static str, &'static str)> {
    let first = |family: &'static Family| (family.kinds[0], family.spellings[0]);
    FAMILIES.iter().map(first)
}

fn family(kind: &str) -> Option<&'static Family> {
    let kind = kind.strip_prefix("vr-").unwrap_or(kind);
    FAMILIES.iter().find(|family| family.kinds.contains(&kind))
}

/// `Gi0/0/0/{n}` holds `gi0/0/0/7`: 7.
fn port_of(spelling: &str, written: &str) -> Option<u32> {
    number(after(written, spelling.strip_suffix("{n}")?)?)
}

/// What follows a beginning, in whatever case that is written.
fn after<'w>(written: &'w str, beginning: &str) -> Option<&'w str> {
    let (head, rest) = written.split_at_checked(beginning.len())?;
    head.eq_ignore_ascii_case(beginning).then_some(rest)
}

/// Written as a number is, without zeros before it.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text && number < 10_000).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kinds_own_names_lead_to_its_devices_and_back() {
        for (kind, written, device) in [
            ("nokia_srlinux", "ethernet-1/2", "e1-2"),
            ("srl", "ethernet-1/2/3", "e1-2-3"),
            ("vr-sros", "1/1/3", "eth3"),
            ("nokia_srsim", "1/x1/1/c2/1", "e1-x1-1-c2-1"),
            ("cisco_csr1000v", "Gi2", "eth1"),
            ("cisco_vios", "Gi0", "eth1"),
            ("cisco_cat9kv", "Gi1/0/4", "eth4"),
            ("vr-xrv9k", "Gi0/0/0/0", "eth1"),
            ("cisco_iol", "Ethernet0/1", "eth1"),
            ("cisco_iol", "Ethernet1/2", "eth6"),
            ("juniper_vmx", "ge-0/0/0", "eth1"),
            ("juniper_cjunosevolved", "et-0/0/0", "eth4"),
            ("mikrotik_ros", "ether2", "eth1"),
            ("freebsd", "vtnet1", "eth1"),
        ] {
            assert_eq!(
                in_container(kind, written).as_deref(),
                Some(device),
                "{kind} {written}"
            );
            assert_eq!(
                on_paper(kind, device).as_deref(),
                Some(written),
                "{kind} {device}"
            );
        }
    }

    #[test]
    fn other_spellings_lead_there_too() {
        for (kind, written, device) in [
            ("cisco_csr1000v", "GigabitEthernet2", "eth1"),
            ("cisco_xrd_vrouter", "TenGigE0/0/0/1", "eth2"),
            ("cisco_iol", "e0/1", "eth1"),
            ("vr-vmx", "XE-0/0/3", "eth4"),
        ] {
            assert_eq!(in_container(kind, written).as_deref(), Some(device));
        }
        for (kind, written) in [
            ("cisco_csr1000v", "Gi1"),
            ("cisco_csr1000v", "eth1"),
            ("cisco_iol", "e0/4"),
            ("linux", "eth1"),
            ("nokia_srlinux", "e1-1"),
            ("nokia_srlinux", "ethernet-01/1"),
        ] {
            assert_eq!(in_container(kind, written), None, "{kind} {written}");
        }
    }
}
