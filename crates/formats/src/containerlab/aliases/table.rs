//! Which kinds name their interfaces how. The spelling that is written out comes first.

pub struct Family {
    pub kinds: &'static [&'static str],
    /// `{n}` is the port's number.
    pub spellings: &'static [&'static str],
    pub numbering: Numbering,
}

#[derive(Clone, Copy)]
pub enum Numbering {
    /// The port `first` is the device `eth{data}`.
    Port { first: u32, data: u32 },
    /// Four ports a slot, `eth0` being the first of all.
    SlotPort,
    /// Slashes become dashes behind an `e`; the spelling is what stands before.
    Dashed,
}

const fn from(first: u32) -> Numbering {
    Numbering::Port { first, data: 1 }
}

const fn row(
    kinds: &'static [&'static str],
    spellings: &'static [&'static str],
    numbering: Numbering,
) -> Family {
    Family {
        kinds,
        spellings,
        numbering,
    }
}

pub const FAMILIES: &[Family] = &[
    row(&["nokia_srlinux", "srl"], &["ethernet-"], Numbering::Dashed),
    row(&["nokia_srsim"], &[""], Numbering::Dashed),
    row(&["nokia_sros", "sros"], &["1/1/{n}"], from(1)),
    row(
        &["cisco_csr1000v", "cisco_c8000v", "csr", "c8000v"],
        &["Gi{n}", "GigabitEthernet{n}"],
        from(2),
    ),
    row(
        &["cisco_vios", "vios"],
        &["Gi{n}", "GigabitEthernet{n}"],
        from(0),
    ),
    row(
        &["cisco_cat9kv", "cat9kv"],
        &["Gi1/0/{n}", "GigabitEthernet1/0/{n}"],
        from(1),
    ),
    row(
        &["cisco_n9kv", "n9kv", "nxos"],
        &["Et1/{n}", "Ethernet1/{n}"],
        from(1),
    ),
    row(
        &["cisco_xrv", "xrv"],
        &["Gi0/0/0/{n}", "GigabitEthernet0/0/0/{n}"],
        from(0),
    ),
    row(
        &["cisco_xrv9k", "xrv9k", "cisco_xrd_vrouter"],
        &[
            "Gi0/0/0/{n}",
            "GigabitEthernet0/0/0/{n}",
            "Te0/0/0/{n}",
            "TenGigE0/0/0/{n}",
            "TenGigabitEthernet0/0/0/{n}",
        ],
        from(0),
    ),
    row(
        &["cisco_ftdv", "cisco_asav", "ftdv", "asav"],
        &["Gi0/{n}", "GigabitEthernet0/{n}"],
        from(0),
    ),
    row(
        &["cisco_iol", "iol"],
        &["Ethernet{n}", "e{n}"],
        Numbering::SlotPort,
    ),
    row(
        &[
            "juniper_vmx",
            "juniper_vqfx",
            "juniper_vsrx",
            "juniper_vjunosrouter",
            "juniper_vjunosswitch",
            "juniper_vjunosevolved",
            "vmx",
            "vqfx",
            "vsrx",
            "vjunosrouter",
            "vjunosswitch",
            "vjunosevolved",
        ],
        &["ge-0/0/{n}", "et-0/0/{n}", "xe-0/0/{n}"],
        from(0),
    ),
    row(
        &["juniper_cjunosevolved", "cjunosevolved"],
        &["et-0/0/{n}"],
        Numbering::Port { first: 0, data: 4 },
    ),
    row(
        &["arista_veos", "veos"],
        &["Et1/{n}", "Ethernet1/{n}"],
        from(1),
    ),
    row(&["aruba_aoscx", "aoscx"], &["1/1/{n}"], from(1)),
    row(
        &["paloalto_panos", "pan", "paloalto"],
        &["Ethernet1/{n}"],
        from(1),
    ),
    row(&["mikrotik_ros", "ros"], &["ether{n}"], from(2)),
    row(
        &["fortinet_fortigate", "fortinet", "fortigate"],
        &["port{n}"],
        from(2),
    ),
    row(&["openbsd"], &["vio{n}"], from(1)),
    row(&["freebsd"], &["vtnet{n}"], from(1)),
    row(&["nvidia_cumulusvx", "cumulusvx"], &["swp{n}"], from(1)),
    row(&["f5_bigip-ve", "f5_bigip"], &["1.{n}"], from(1)),
];
