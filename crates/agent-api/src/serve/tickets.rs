//! Streams that are open and wait to be fetched: each ticket is good once, for ten seconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use uuid::Uuid;

use crate::client::AgentStream;
use crate::stream::Ticket;

const GOOD_FOR: Duration = Duration::from_secs(10);
/// More are never needed by a server that fetches what it asks for.
const AT_MOST: usize = 256;

#[derive(Default)]
pub(super) struct Tickets {
    waiting: Mutex<BTreeMap<Ticket, AgentStream>>,
}

impl Tickets {
    /// Keeps the stream for whoever brings the ticket; none when too many wait already.
    pub fn give(self: &Arc<Self>, stream: AgentStream) -> Option<Ticket> {
        let ticket = Ticket(Uuid::new_v4().simple().to_string());
        let mut waiting = self.waiting();
        if waiting.len() >= AT_MOST {
            return None;
        }
        waiting.insert(ticket.clone(), stream);
        drop(waiting);
        let (tickets, given) = (self.clone(), ticket.clone());
        tokio::spawn(async move {
            tokio::time::sleep(GOOD_FOR).await;
            tickets.take(&given);
        });
        Some(ticket)
    }

    /// The stream of this ticket, the first time it is asked for.
    pub fn take(&self, ticket: &Ticket) -> Option<AgentStream> {
        self.waiting().remove(ticket)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Ticket, AgentStream>> {
        self.waiting
            .lock()
            .expect("no holder of this lock panics: it only moves values")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use futures_util::{SinkExt, stream};

    use super::*;
    use crate::client::AgentError;

    fn a_stream() -> AgentStream {
        AgentStream {
            output: Box::pin(stream::empty()),
            input: Box::pin(
                futures_util::sink::drain()
                    .sink_map_err(|_| AgentError::Unreachable("a drain never fails".into())),
            ),
        }
    }

    #[tokio::test]
    async fn a_ticket_is_good_once() {
        let tickets = Arc::new(Tickets::default());
        let ticket = tickets.give(a_stream()).unwrap();
        assert!(tickets.take(&ticket).is_some());
        assert!(tickets.take(&ticket).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_ticket_is_good_for_ten_seconds() {
        let tickets = Arc::new(Tickets::default());
        let ticket = tickets.give(a_stream()).unwrap();
        tokio::time::sleep(GOOD_FOR + Duration::from_millis(1)).await;
        assert!(tickets.take(&ticket).is_none());
    }

    #[tokio::test]
    async fn tickets_that_nobody_fetches_have_a_limit() {
        let tickets = Arc::new(Tickets::default());
        for _ in 0..AT_MOST {
            assert!(tickets.give(a_stream()).is_some());
        }
        assert!(tickets.give(a_stream()).is_none());
    }
}
