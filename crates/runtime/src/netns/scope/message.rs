//! D-Bus messages as bytes: the two calls that a scope needs, and the answers to them. Little endian;
//! every value stands at a multiple of its size, counted from the message's beginning.

/// Fixed part of a header.
pub const HEAD_BYTES: usize = 16;

const SYSTEMD: Target = Target {
    name: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
};
const BUS: Target = Target {
    name: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
};
/// What a node's processes get to end by themselves when the host goes down.
const STOP_WITHIN_US: u64 = 5_000_000;

struct Target {
    name: &'static str,
    path: &'static str,
    interface: &'static str,
}

pub struct Call {
    to: Target,
    method: &'static str,
    /// Signature and bytes of the arguments, where there are any.
    body: Option<(&'static str, Vec<u8>)>,
}

/// The first call on every connection.
pub fn hello() -> Call {
    Call {
        to: BUS,
        method: "Hello",
        body: None,
    }
}

pub fn start_scope(name: &str, node: &str, slice: &str, pid: u32) -> Call {
    let mut body = Writer::default();
    body.string(name);
    body.string("fail");
    body.array(8, |properties| {
        properties.property("PIDs", "au", |value| value.array(4, |pids| pids.u32(pid)));
        properties.property("Slice", "s", |value| value.string(slice));
        let description = format!("nova-ve node {node}");
        properties.property("Description", "s", |value| value.string(&description));
        // Nothing below it is systemd's.
        properties.property("Delegate", "b", |value| value.u32(1));
        properties.property("CollectMode", "s", |value| {
            value.string("inactive-or-failed");
        });
        // A node has limits of its own; one process that is killed for memory is not its end.
        properties.property("TasksMax", "t", |value| value.u64(u64::MAX));
        properties.property("OOMPolicy", "s", |value| value.string("continue"));
        properties.property("TimeoutStopUSec", "t", |value| value.u64(STOP_WITHIN_US));
    });
    body.array(8, |_| {});
    Call {
        to: SYSTEMD,
        method: "StartTransientUnit",
        body: Some(("ssa(sv)a(sa(sv))", body.0)),
    }
}

impl Call {
    /// `serial`: by which the answer names this call; not 0.
    pub fn encode(&self, serial: u32) -> Vec<u8> {
        let body = self.body.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        let mut whole = Writer::default();
        // Little endian, a call, no flags, protocol 1.
        whole.0.extend([b'l', 1, 0, 1]);
        whole.u32(u32::try_from(body.len()).expect("arguments of a call are short"));
        whole.u32(serial);
        whole.array(8, |fields| {
            fields.field(1, "o", self.to.path);
            fields.field(2, "s", self.to.interface);
            fields.field(3, "s", self.method);
            fields.field(6, "s", self.to.name);
            if let Some((signature, _)) = self.body {
                fields.align(8);
                fields.0.push(8);
                fields.signature("g");
                fields.signature(signature);
            }
        });
        whole.align(8);
        whole.0.extend(body);
        whole.0
    }
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn u32(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.align(8);
        self.0.extend(value.to_le_bytes());
    }

    fn string(&mut self, text: &str) {
        self.u32(u32::try_from(text.len()).expect("a name is short"));
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn signature(&mut self, text: &str) {
        self.0
            .push(u8::try_from(text.len()).expect("a signature is short"));
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    /// `align`: of its elements. Its length does not count the gap before the first.
    fn array(&mut self, align: usize, fill: impl FnOnce(&mut Self)) {
        self.u32(0);
        let length_at = self.0.len() - 4;
        self.align(align);
        let from = self.0.len();
        fill(self);
        let length = u32::try_from(self.0.len() - from).expect("a list is short");
        self.0[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// One of a list of name and variant.
    fn property(&mut self, name: &str, signature: &str, value: impl FnOnce(&mut Self)) {
        self.align(8);
        self.string(name);
        self.signature(signature);
        value(self);
    }

    /// One of a header's.
    fn field(&mut self, code: u8, signature: &str, value: &str) {
        self.align(8);
        self.0.push(code);
        self.signature(signature);
        self.string(value);
    }
}

#[derive(Debug, PartialEq)]
pub enum Kind {
    Return,
    Error,
    Other,
}

#[derive(Debug)]
pub struct Reply {
    pub kind: Kind,
    /// The call that it answers.
    pub to: Option<u32>,
    /// What an error says.
    pub text: String,
}

/// How many bytes follow a header's fixed part; `None`: it is none.
pub fn rest_bytes(head: &[u8]) -> Option<usize> {
    if head.first() != Some(&b'l') {
        return None;
    }
    let (body, fields) = (u32_at(head, 4)?, u32_at(head, 12)?);
    usize::try_from(fields)
        .ok()?
        .checked_next_multiple_of(8)?
        .checked_add(usize::try_from(body).ok()?)
}

/// A whole message.
pub fn decode(message: &[u8]) -> Option<Reply> {
    let kind = match message.get(1)? {
        2 => Kind::Return,
        3 => Kind::Error,
        _ => Kind::Other,
    };
    let fields_end = HEAD_BYTES + usize::try_from(u32_at(message, 12)?).ok()?;
    let body_at = fields_end.next_multiple_of(8);
    let text = match kind {
        Kind::Error => string_at(message, body_at).unwrap_or_default(),
        Kind::Return | Kind::Other => String::new(),
    };
    Some(Reply {
        kind,
        to: reply_serial(message.get(..fields_end)?),
        text,
    })
}

/// Walks over a header's fields: each a code, a signature and a value.
fn reply_serial(header: &[u8]) -> Option<u32> {
    let mut at = HEAD_BYTES;
    while at < header.len() {
        at = at.next_multiple_of(8);
        let code = *header.get(at)?;
        let signature = *header.get(at + 2)?;
        let value = at + 4;
        at = match signature {
            b'u' if code == 5 => return u32_at(header, value),
            b'u' => value + 4,
            b's' | b'o' => value + 4 + usize::try_from(u32_at(header, value)?).ok()? + 1,
            b'g' => value + 1 + usize::from(*header.get(value)?) + 1,
            _ => return None,
        };
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn string_at(bytes: &[u8], at: usize) -> Option<String> {
    let length = usize::try_from(u32_at(bytes, at)?).ok()?;
    let text = bytes.get(at + 4..at + 4 + length)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    /// As `busctl` and the specification have it.
    #[test]
    fn the_first_call_is_what_every_bus_knows() {
        let bytes = hello().encode(1);
        assert_eq!(&bytes[..16], b"l\x01\x00\x01\0\0\0\0\x01\0\0\0\x6d\0\0\0");
        let text = String::from_utf8_lossy(&bytes[16..]);
        assert!(text.starts_with("\u{1}\u{1}o\0\u{15}\0\0\0/org/freedesktop/DBus\0"));
        assert_eq!(bytes.len() % 8, 0);
        assert_eq!(rest_bytes(&bytes[..16]), Some(bytes.len() - 16));
    }

    #[test]
    fn a_call_with_arguments_ends_with_them() {
        let call = start_scope("a.scope", "e4e6-1", "s.slice", 77);
        let bytes = call.encode(2);
        let body = call.body.unwrap().1;
        assert!(bytes.ends_with(&body));
        assert_eq!(rest_bytes(&bytes[..16]), Some(bytes.len() - 16));
        assert!(body.starts_with(b"\x07\0\0\0a.scope\0\x04\0\0\0fail\0"));
        assert!(body.windows(4).any(|four| four == 77_u32.to_le_bytes()));
    }

    #[test]
    fn an_error_is_read_with_the_call_it_answers() {
        let mut whole = Writer::default();
        whole.0.extend([b'l', 3, 1, 1]);
        let mut body = Writer::default();
        body.string("no such thing");
        whole.u32(u32::try_from(body.0.len()).unwrap());
        whole.u32(9);
        whole.array(8, |fields| {
            fields.field(4, "s", "org.example.Error");
            fields.field(6, "s", ":1.7");
            fields.align(8);
            fields.0.push(5);
            fields.signature("u");
            fields.u32(2);
        });
        whole.align(8);
        whole.0.extend(&body.0);
        let reply = decode(&whole.0).unwrap();
        assert_eq!((reply.kind, reply.to), (Kind::Error, Some(2)));
        assert_eq!(reply.text, "no such thing");
    }

    #[test]
    fn what_is_cut_off_is_no_message() {
        let bytes = hello().encode(1);
        assert!(decode(&bytes[..20]).is_none());
        assert_eq!(rest_bytes(b"B\0\0\0"), None);
    }
}
