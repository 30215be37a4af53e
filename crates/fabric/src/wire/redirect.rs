//! Redirects: `clsact` on a device, and on its ingress a u32 filter that matches every frame and
//! sends it out of another device (mirred).

use netlink_packet_core::{DefaultNla, NlaBuffer, NlasIterator};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::tc::{
    TcAction, TcActionAttribute, TcActionGeneric, TcActionMirrorOption, TcActionOption,
    TcActionType, TcAttribute, TcFilterU32Option, TcHandle, TcHeader, TcMessage, TcMirror,
    TcMirrorActionType, TcOption,
};

use super::read::{find, text, u32_at};

/// Our filter's place; others may put theirs at other priorities.
const PRIORITY: u32 = 1;
/// `ETH_P_ALL` in network order, as the lower half of `tcm_info`.
const EVERY_PROTOCOL: u32 = 0x0003_u16.to_be() as u32;
/// `TC_H_CLSACT`'s ingress side, the parent of ingress filters.
const INGRESS: TcHandle = TcHandle {
    major: 0xffff,
    minor: 0xfff2,
};

const TCA_U32_SEL: u16 = 5;
const TC_U32_TERMINAL: u8 = 1;
const SELECTOR_BYTES: usize = 16;
const KEY_BYTES: usize = 16;
/// Where the selector says how many keys follow it.
const KEY_COUNT: usize = 2;

/// `clsact`, on which filters can be hung.
pub(crate) fn make_clsact(index: u32) -> RouteNetlinkMessage {
    let mut header = header(index, TcHandle::CLSACT);
    header.handle = TcHandle {
        major: 0xffff,
        minor: 0,
    };
    RouteNetlinkMessage::NewQueueDiscipline(TcMessage::from_parts(
        header,
        vec![TcAttribute::Kind("clsact".into())],
    ))
}

/// The redirect itself.
pub(crate) fn make_filter(index: u32, to: u32) -> RouteNetlinkMessage {
    let options = vec![
        TcOption::U32(every_frame()),
        TcOption::U32(TcFilterU32Option::Action(vec![redirect_to(to)])),
    ];
    RouteNetlinkMessage::NewTrafficFilter(TcMessage::from_parts(
        filter_header(index),
        vec![
            TcAttribute::Kind("u32".into()),
            TcAttribute::Options(options),
        ],
    ))
}

/// Deletes every filter at our priority.
pub(crate) fn delete_filter(index: u32) -> RouteNetlinkMessage {
    RouteNetlinkMessage::DelTrafficFilter(TcMessage::from_parts(filter_header(index), Vec::new()))
}

pub(crate) fn get_filters(index: u32) -> RouteNetlinkMessage {
    let header = header(index, INGRESS);
    RouteNetlinkMessage::GetTrafficFilter(TcMessage::from_parts(header, Vec::new()))
}

fn header(index: u32, parent: TcHandle) -> TcHeader {
    TcHeader {
        index: index.cast_signed(),
        parent,
        ..TcHeader::default()
    }
}

fn filter_header(index: u32) -> TcHeader {
    TcHeader {
        info: PRIORITY << 16 | EVERY_PROTOCOL,
        ..header(index, INGRESS)
    }
}

/// `struct tc_u32_sel` with one key whose mask leaves no bit to compare. (The crate has the struct but
/// keeps its flags to itself.)
fn every_frame() -> TcFilterU32Option {
    let mut selector = vec![0; SELECTOR_BYTES + KEY_BYTES];
    selector[0] = TC_U32_TERMINAL;
    selector[KEY_COUNT] = 1;
    TcFilterU32Option::Other(DefaultNla::new(TCA_U32_SEL, selector))
}

fn redirect_to(index: u32) -> TcAction {
    let mut generic = TcActionGeneric::default();
    generic.action = TcActionType::Stolen;
    let mut mirror = TcMirror::default();
    mirror.generic = generic;
    mirror.eaction = TcMirrorActionType::EgressRedir;
    mirror.ifindex = index;
    let mut action = TcAction::default();
    action.attributes = vec![
        TcActionAttribute::Kind("mirred".into()),
        TcActionAttribute::Options(vec![TcActionOption::Mirror(TcActionMirrorOption::Parms(
            mirror,
        ))]),
    ];
    action
}

/// What hangs at our priority of a device's ingress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilterSeen {
    /// Everything goes out of the device of this index; 0 when that device is gone.
    Redirect(u32),
    /// Something that is not as we make it.
    Other,
}

/// `struct tcmsg`: handle at 8, info at 16.
const HEADER_BYTES: usize = 20;
/// A u32 filter's own entry has a node number; its hash tables, dumped besides, have none.
const NODE_MASK: u32 = 0xfff;

impl FilterSeen {
    /// None for filters at other priorities and for a filter's own hash tables.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let info = u32_at(payload, 16)?;
        let handle = u32_at(payload, 8)?;
        if info >> 16 != PRIORITY {
            return None;
        }
        let rest = payload.get(HEADER_BYTES..)?;
        if text(find(rest, 1)?) != "u32" {
            return Some(Self::Other);
        }
        if handle & NODE_MASK == 0 {
            return None;
        }
        Some(read_target(find(rest, 2)?).map_or(Self::Other, Self::Redirect))
    }
}

/// The device index of a filter's only action, when that is a redirect of every frame.
fn read_target(options: &[u8]) -> Option<u32> {
    let selector = find(options, TCA_U32_SEL)?;
    let key = selector.get(SELECTOR_BYTES..SELECTOR_BYTES + KEY_BYTES)?;
    if selector.get(KEY_COUNT) != Some(&1) || key.iter().any(|byte| *byte != 0) {
        return None;
    }
    let actions = find(options, 7)?;
    let mut each = NlasIterator::new(actions).flatten();
    let (only, None) = (each.next()?, each.next()) else {
        return None;
    };
    read_redirect(&only)
}

fn read_redirect(action: &NlaBuffer<&[u8]>) -> Option<u32> {
    let action = action.value();
    if text(find(action, 1)?) != "mirred" {
        return None;
    }
    // struct tc_mirred: five words of tc_gen, then what it does (1: redirect on egress) and where to.
    let parameters = find(find(action, 2)?, 2)?;
    let does = u32_at(parameters, 20)?;
    (does == 1).then(|| u32_at(parameters, 24))?
}
