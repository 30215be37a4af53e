//! What the kernel tells of a device.

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
/// `struct ifinfomsg`: index at 4, flags at 8.
const BODY_BYTES: usize = 16;
const IFLA_IFNAME: u16 = 3;
const IFF_UP: u32 = 1;
const IFF_LOWER_UP: u32 = 1 << 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub index: u32,
    pub name: String,
    pub admin_up: bool,
    pub carrier: bool,
}

/// A device is there, or has gone.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    Present(Device),
    Gone(Device),
}

impl News {
    /// None for other messages, also for a bridge's word about one of its ports (another family).
    pub(super) fn read(kind: u16, payload: &[u8]) -> Option<Self> {
        if payload.first() != Some(&0) {
            return None;
        }
        match kind {
            RTM_NEWLINK => Device::read(payload).map(Self::Present),
            RTM_DELLINK => Device::read(payload).map(Self::Gone),
            _ => None,
        }
    }

    pub(super) fn present(self) -> Option<Device> {
        match self {
            Self::Present(device) => Some(device),
            Self::Gone(_) => None,
        }
    }
}

impl Device {
    fn read(payload: &[u8]) -> Option<Self> {
        let (_, mut rest) = payload.split_at_checked(BODY_BYTES)?;
        let flags = u32_at(payload, 8)?;
        while let [low, high, kind_low, kind_high, ..] = *rest {
            let length = usize::from(u16::from_ne_bytes([low, high]));
            let value = rest.get(4..length)?;
            if u16::from_ne_bytes([kind_low, kind_high]) == IFLA_IFNAME {
                let name = String::from_utf8_lossy(value);
                return Some(Self {
                    index: u32_at(payload, 4)?,
                    name: name.trim_end_matches('\0').to_owned(),
                    admin_up: flags & IFF_UP != 0,
                    carrier: flags & IFF_LOWER_UP != 0,
                });
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        None
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*four))
}
