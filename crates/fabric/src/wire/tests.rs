//! The bytes we send, checked against the kernel's headers by hand once and kept, and what becomes of
//! answers that are cut short. (`tests/kernel` shows that the kernel understands them.)

use std::fmt::Write;

use model::lab::Mac;
use netlink_packet_core::Emitable;
use netlink_packet_route::RouteNetlinkMessage;

use super::device::{self, Device, Indexes, VethPair};
use super::redirect::{self, FilterSeen};
use super::{address, qdisc};

/// A message without its netlink header, as words of hexadecimal digits.
fn words(message: &RouteNetlinkMessage) -> String {
    let mut text = String::new();
    for (number, byte) in bytes(message).iter().enumerate() {
        let gap = if number > 0 && number % 4 == 0 {
            " "
        } else {
            ""
        };
        write!(text, "{gap}{byte:02x}").expect("a string takes everything");
    }
    text
}

fn bytes(message: &RouteNetlinkMessage) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut bytes);
    bytes
}

/// Each line of `expected` is one attribute or header.
fn assert_sends(message: &RouteNetlinkMessage, expected: &[&str]) {
    assert_eq!(words(message), expected.join(" "));
}

const LINK_HEADER: &str = "00000000 00000000 00000000 00000000";

#[test]
fn both_ends_of_a_port_are_in_one_message() {
    let message = device::make_veth(&VethPair {
        host_name: "nvee4e6d3i1",
        host_mac: Mac([0xfe, 0xe4, 0xe6, 0, 3, 1]),
        group: 0x4e56_e4e6,
        master: Some(7),
        mtu: 1500,
        node_name: "eth1",
        node_mac: Mac([2, 0xe4, 0xe6, 0, 3, 1]),
        node_netns: 9,
        indexes: Indexes::CHOSEN_BY_KERNEL,
    });
    let expected = [
        // index 0; IFF_UP set and in the change mask
        "00000000 00000000 01000000 01000000",
        // IFLA_IFNAME, ADDRESS, MTU, NUM_TX_QUEUES, NUM_RX_QUEUES, GROUP, MASTER
        "10000300 6e766565 34653664 33693100",
        "0a000100 fee4e600 03010000",
        "08000400 dc050000",
        "08001f00 01000000",
        "08002000 01000000",
        "08001b00 e6e4564e",
        "08000a00 07000000",
        // IFLA_LINKINFO: INFO_KIND "veth", INFO_DATA with VETH_INFO_PEER
        "68001200 09000100 76657468 00000000",
        "58000200 54000100",
        LINK_HEADER,
        "09000300 65746831 00000000",
        "0a000100 02e4e600 03010000",
        "08000400 dc050000",
        "08001f00 01000000",
        "08002000 01000000",
        // IFLA_NET_NS_FD, GROUP
        "08001c00 09000000",
        "08001b00 45564e00",
    ];
    assert_sends(&message, &expected);
}

#[test]
fn a_bridge_has_its_options_in_the_making_message() {
    let expected = [
        // Down: it is raised when all else is right.
        LINK_HEADER,
        // INFO_KIND "bridge"; BR_STP_STATE 0, BR_MCAST_SNOOPING 0
        "24001200 0b000100 62726964 67650000",
        "14000200 08000500 00000000 05001700 00000000",
        "10000300 6e6f7665 65346536 6e313200",
        "08001b00 564ee6e4",
    ];
    assert_sends(&device::make_bridge("novee4e6n12", 0xe4e6_4e56), &expected);
}

#[test]
fn a_second_name_is_a_list_of_its_own() {
    let expected = [
        "00000000 05000000 00000000 00000000",
        "14003480 0e003500 6e6f7661 2d76653a 78000000",
    ];
    assert_sends(&device::add_altname(5, "nova-ve:x"), &expected);
}

#[test]
fn a_group_is_deleted_by_nothing_but_its_number() {
    let expected = [LINK_HEADER, "08001b00 e6e4564e"];
    assert_sends(&device::delete_group(0x4e56_e4e6), &expected);
}

#[test]
fn a_redirect_matches_every_frame_on_ingress_at_priority_1() {
    let clsact = [
        "00000000 05000000 0000ffff f1ffffff 00000000",
        "0b000100 636c7361 63740000",
    ];
    assert_sends(&redirect::make_clsact(5), &clsact);
    let filter = [
        "00000000 05000000 00000000 f2ffffff 00030100",
        "08000100 75333200",
        // TCA_U32_SEL: terminal, one key of no bits
        "60000200 24000500 01000100 00000000 00000000 00000000",
        "00000000 00000000 00000000 00000000",
        // TCA_U32_ACT: action 1 is mirred: stolen, egress redirect, to device 6
        "38000700 34000100 0b000100 6d697272 65640000",
        "24000280 20000200 00000000 00000000 04000000 00000000 00000000",
        "01000000 06000000",
    ];
    assert_sends(&redirect::make_filter(5, 6), &filter);
}

#[test]
fn an_address_carries_our_mark_and_is_usable_at_once() {
    let expected = [
        "02180000 02000000",
        "08000200 0a000001",
        "08000100 0a000001",
        // IFA_FLAGS: nodad; IFA_PROTO: ours
        "08000800 02000000",
        "05000b00 4e000000",
    ];
    let address = "10.0.0.1/24".parse().expect("an address");
    assert_sends(&address::make(2, model::lab::Address(address)), &expected);
}

#[test]
fn queues_that_delay_or_slow_down_are_structs_of_the_kernels() {
    let root = "00000000 05000000 00000000 ffffffff 00000000";
    let netem = [
        root,
        "0a000100 6e657465 6d000000",
        "1c000200 00000000 e8030000 00000000 00000000 00000000 00000000",
    ];
    assert_sends(&qdisc::make_netem(5), &netem);
    let tbf = [
        root,
        "08000100 74626600",
        "34000200 28000100 00000000 00000000 40597307 00000000 00000000 00000000",
        "00001000 00000000 00000000",
        "08000600 00000100",
    ];
    assert_sends(&qdisc::make_tbf(5), &tbf);
}

#[test]
fn what_we_send_is_read_back() {
    let filter = bytes(&redirect::make_filter(5, 6));
    // The kernel gives the filter a handle; that of a hash table alone is none of ours.
    assert_eq!(FilterSeen::read(&filter), None);
    let mut given = filter.clone();
    given[8..12].copy_from_slice(&0x8000_0800_u32.to_ne_bytes());
    assert_eq!(FilterSeen::read(&given), Some(FilterSeen::Redirect(6)));

    let bridge = bytes(&device::make_bridge("novee4e6n12", 0xe4e6_4e56));
    let read = Device::read(&bridge).expect("it has a name");
    assert_eq!(
        (read.name.as_str(), read.group),
        ("novee4e6n12", 0xe4e6_4e56)
    );
    assert_eq!(read.bridge, Some(device::BridgeOptions::default()));
}

#[test]
fn answers_that_are_cut_short_are_read_without_harm() {
    let bridge = bytes(&device::make_bridge("novee4e6n12", 0xe4e6_4e56));
    let mut filter = bytes(&redirect::make_filter(5, 6));
    filter[8..12].copy_from_slice(&0x8000_0800_u32.to_ne_bytes());
    for length in 0..bridge.len() {
        drop(Device::read(&bridge[..length]));
    }
    for length in 0..filter.len() {
        let read = FilterSeen::read(&filter[..length]);
        assert_ne!(read, Some(FilterSeen::Redirect(6)), "at {length}");
    }
    // A length that reaches over the end, or none at all.
    for length in [0_u16, 3, 0xffff] {
        let mut broken = filter.clone();
        broken[20..22].copy_from_slice(&length.to_ne_bytes());
        assert_eq!(FilterSeen::read(&broken), None);
    }
}
