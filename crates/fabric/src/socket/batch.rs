//! Many changes in one send: the kernel takes the messages of a datagram one after the other.
//!
//! Each is a request of its own that may be refused alone. A refusal is always answered, so only the
//! last one of a datagram is asked to be acknowledged: its answer says that all are done.

use netlink_packet_core::{NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLMSG_ERROR};
use netlink_packet_route::RouteNetlinkMessage;

use super::{Reply, Socket, messages, read_error, retry_interrupted};
use crate::figures;

/// More would gain nothing, and refusals of all of them still fit into the socket's queue.
const TOGETHER: usize = 32;

/// One request that changes something.
pub(crate) struct Change {
    message: RouteNetlinkMessage,
    flags: u16,
}

impl Change {
    /// Refused where it is there already.
    pub(crate) fn make(message: RouteNetlinkMessage) -> Self {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        Self { message, flags }
    }

    pub(crate) fn set(message: RouteNetlinkMessage) -> Self {
        Self { message, flags: 0 }
    }
}

impl Socket {
    /// One outcome for each, in their order. An error: what became of the rest is not known.
    pub(crate) fn change_all(
        &mut self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Reply<Vec<Reply<()>>> {
        let mut outcomes = Vec::new();
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            outcomes.extend(self.change_some(&mut changes)?);
        }
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.changes_made += taken as u64;
        Ok(outcomes)
    }

    /// At most a datagram full of them.
    fn change_some(
        &mut self,
        changes: &mut std::iter::Peekable<impl Iterator<Item = Change>>,
    ) -> Reply<Vec<Reply<()>>> {
        let first = self.sequence.wrapping_add(1);
        let (mut bytes, mut count) = (Vec::new(), 0_usize);
        while let Some(change) = changes.next() {
            count += 1;
            let is_last = count == TOGETHER || changes.peek().is_none();
            let ack = if is_last { NLM_F_ACK } else { 0 };
            self.put(change.message, change.flags | ack, &mut bytes);
            if is_last {
                break;
            }
        }
        figures::requested(count as u64);
        retry_interrupted(|| self.raw.send(&bytes, 0))?;
        self.outcomes(first, count)
    }

    /// Reads until the last one is answered.
    fn outcomes(&mut self, first: u32, count: usize) -> Reply<Vec<Reply<()>>> {
        let mut outcomes: Vec<Reply<()>> = (0..count).map(|_| Ok(())).collect();
        loop {
            let length = retry_interrupted(|| self.raw.recv(&mut &mut self.buffer[..], 0))?;
            for reply in messages(&self.buffer[..length]) {
                let place = reply.sequence_number().wrapping_sub(first) as usize;
                if reply.message_type() != NLMSG_ERROR || place >= count {
                    continue;
                }
                outcomes[place] = read_error(&reply);
                if place + 1 == count {
                    return Ok(outcomes);
                }
            }
        }
    }
}
