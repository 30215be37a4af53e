//! Queues that delay, lose and slow down, at a device's root. The crates know neither of them.
//! For now only tried by the probe.

use netlink_packet_core::DefaultNla;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::tc::{TcAttribute, TcHandle, TcHeader, TcMessage};

const TCA_OPTIONS: u16 = 2;
const TCA_TBF_PARMS: u16 = 1;
const TCA_TBF_BURST: u16 = 6;

/// Lets every frame pass at once: `struct tc_netem_qopt` with a queue of 1000 frames.
pub(crate) fn make_netem(index: u32) -> RouteNetlinkMessage {
    let (latency, limit, loss, gap, duplicate, jitter) = (0, 1000, 0, 0, 0, 0);
    let options = words(&[latency, limit, loss, gap, duplicate, jitter]);
    make(index, "netem", options)
}

/// A rate of 125 MB/s with a burst of 64 KiB.
pub(crate) fn make_tbf(index: u32) -> RouteNetlinkMessage {
    let burst_bytes = 64 * 1024;
    // Each `struct tc_ratespec`: cell and overhead (two words of nothing), then bytes a second.
    let rate = [0, 0, 125_000_000];
    let peak = [0, 0, 0];
    let (limit, buffer, mtu) = (1 << 20, 0, 0);
    let parameters = words(&[&rate[..], &peak, &[limit, buffer, mtu]].concat());
    let mut options = attribute(TCA_TBF_PARMS, &parameters);
    options.extend(attribute(TCA_TBF_BURST, &words(&[burst_bytes])));
    make(index, "tbf", options)
}

fn make(index: u32, kind: &str, options: Vec<u8>) -> RouteNetlinkMessage {
    let header = TcHeader {
        index: index.cast_signed(),
        parent: TcHandle::ROOT,
        ..TcHeader::default()
    };
    let attributes = vec![
        TcAttribute::Kind(kind.into()),
        TcAttribute::Other(DefaultNla::new(TCA_OPTIONS, options)),
    ];
    RouteNetlinkMessage::NewQueueDiscipline(TcMessage::from_parts(header, attributes))
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// One attribute whose value is of whole words.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).expect("a few words");
    [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
}
