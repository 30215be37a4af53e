//! The real client: a unix socket, reconnecting by itself.
//!
//! ```text
//! disconnected ─connect, hello, subscribe─▶ connected ─end, error, silence─▶ disconnected ─backoff─▶ …
//! ```
//! One task owns that loop. While it is disconnected, calls fail at once with the reason; nothing is
//! queued for later, because the server's own loop is the retry. Streams get connections of their own.

mod pages;
mod session;
pub mod socket;
mod stream;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use model::LabId;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::client::{AgentClient, AgentError, AgentStream, BoxFuture, ClientEvent};
use crate::drift::{Discovery, Repair};
use crate::figures::HostFigures;
use crate::image::{ImageAnswer, ImageAsk};
use crate::message::{Capabilities, ErrorBody, HelloReply, ReplyBody, Request, RequestBody};
use crate::older;
use crate::request_id::RequestId;
use crate::spec::{ApplyOutcome, ControllerId, HostSpec, HostStatus};
use crate::stream::Opening;

pub use pages::LAB_LIMIT_BYTES;

/// A request that is not answered in this time counts as failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(3);
/// Events a slow receiver may lag behind before it is told so by `RecvError::Lagged`.
const EVENT_BUFFER: usize = 4096;

/// The server's end of an agent's socket.
pub struct UnixAgent {
    shared: Arc<Shared>,
    task: tokio::task::AbortHandle,
}

struct Shared {
    path: PathBuf,
    controller: ControllerId,
    link: Mutex<Link>,
    events: broadcast::Sender<ClientEvent>,
    next_id: AtomicU64,
}

/// What is known of the connection now.
struct Link {
    /// The welcome, or why there is none.
    hello: Result<HelloReply, AgentError>,
    /// Where requests go while connected.
    requests: Option<mpsc::Sender<Request>>,
    waiting: BTreeMap<u64, oneshot::Sender<ReplyBody>>,
}

impl UnixAgent {
    /// Begins to connect, and goes on for as long as the value lives. Needs a tokio runtime.
    pub fn connect(path: impl Into<PathBuf>, controller: ControllerId) -> Arc<Self> {
        let shared = Arc::new(Shared {
            path: path.into(),
            controller,
            link: Mutex::new(Link {
                hello: Err(AgentError::Unreachable("not connected yet".into())),
                requests: None,
                waiting: BTreeMap::new(),
            }),
            events: broadcast::Sender::new(EVENT_BUFFER),
            next_id: AtomicU64::new(1),
        });
        let task = tokio::spawn(keep_connected(shared.clone())).abort_handle();
        Arc::new(Self { shared, task })
    }

    /// Something that agents from before do not know: they would end the connection.
    async fn tell(&self, body: RequestBody) -> Result<(), AgentError> {
        let (_, capabilities) = self.welcome()?;
        if !capabilities.drift {
            return Err(AgentError::Failed {
                code: "agent_too_old".into(),
                message: "the agent is of an older version; restart nova-ve-agent".into(),
            });
        }
        match self.ask(body).await? {
            ReplyBody::Taken => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// The protocol that is spoken, and what the host can do.
    fn welcome(&self) -> Result<(u32, Capabilities), AgentError> {
        match self.hello()? {
            HelloReply::Welcome {
                protocol,
                capabilities,
                ..
            } => Ok((protocol, capabilities)),
            HelloReply::Refused { why, speaks: _ } => Err(AgentError::Refused(why)),
            HelloReply::StreamOpen => Err(AgentError::Refused("it took us for a stream".into())),
        }
    }

    async fn ask(&self, body: RequestBody) -> Result<ReplyBody, AgentError> {
        let answer = self.shared.send(body)?;
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Ok(Ok(ReplyBody::Error(ErrorBody { code, message }))) => {
                Err(AgentError::Failed { code, message })
            }
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(_)) => Err(AgentError::Unreachable(
                "the connection ended before the answer".into(),
            )),
            Err(_) => Err(AgentError::Unreachable(format!(
                "no answer within {} s",
                ANSWER_WITHIN.as_secs()
            ))),
        }
    }
}

impl Drop for UnixAgent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn link(&self) -> MutexGuard<'_, Link> {
        self.link
            .lock()
            .expect("no holder of this lock panics: it only moves values")
    }

    /// Hands the request to the session; the receiver ends without a value when the session does.
    fn send(&self, body: RequestBody) -> Result<oneshot::Receiver<ReplyBody>, AgentError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (done, answer) = oneshot::channel();
        let request = Request {
            id,
            request_id: RequestId::current(),
            body,
        };
        let mut link = self.link();
        if let Err(why) = &link.hello {
            return Err(why.clone());
        }
        let sent = match &link.requests {
            Some(requests) => requests.try_send(request).is_ok(),
            None => false,
        };
        if !sent {
            return Err(AgentError::Unreachable(
                "it does not take the requests that already wait".into(),
            ));
        }
        link.waiting.retain(|_, waiting| !waiting.is_closed());
        link.waiting.insert(id, done);
        Ok(answer)
    }

    /// Forgets the connection and everybody who waits for an answer on it. True if there was one.
    fn disconnect(&self, why: AgentError) -> bool {
        let mut link = self.link();
        link.waiting.clear();
        let was_connected = link.requests.take().is_some();
        link.hello = Err(why);
        was_connected
    }
}

/// The loop drawn above.
async fn keep_connected(shared: Arc<Shared>) {
    let mut backoff = FIRST_BACKOFF;
    loop {
        let why = session::run(&shared).await;
        let text = why.to_string();
        if shared.disconnect(why) {
            tracing::warn!(error = %text, "the agent's connection ended");
            backoff = FIRST_BACKOFF;
            // An error only means that nobody listens to events.
            let _ = shared.events.send(ClientEvent::Disconnected { why: text });
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
    }
}

fn too_old() -> AgentError {
    AgentError::Failed {
        code: "agent_too_old".into(),
        message: "the agent of this host is older than the server; upgrade it".into(),
    }
}

fn unexpected(reply: &ReplyBody) -> AgentError {
    AgentError::Failed {
        code: "protocol".into(),
        message: format!("the agent gave an answer to another question: {reply:?}"),
    }
}

impl AgentClient for UnixAgent {
    fn hello(&self) -> Result<HelloReply, AgentError> {
        self.shared.link().hello.clone()
    }

    fn apply(
        &self,
        spec: HostSpec,
    ) -> BoxFuture<'_, Result<BTreeMap<LabId, ApplyOutcome>, AgentError>> {
        Box::pin(async move {
            let pages = pages::split(spec);
            let mut outcomes = pages.refused;
            for page in pages.requests {
                match self.ask(RequestBody::Apply(page)).await? {
                    ReplyBody::Applied(more) => outcomes.extend(more),
                    other => return Err(unexpected(&other)),
                }
            }
            Ok(outcomes)
        })
    }

    fn status(&self) -> BoxFuture<'_, Result<HostStatus, AgentError>> {
        Box::pin(async move {
            match self.ask(RequestBody::Status).await? {
                ReplyBody::Status(status) => Ok(status),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn figures(&self) -> BoxFuture<'_, Result<HostFigures, AgentError>> {
        Box::pin(async move {
            match self.ask(RequestBody::Figures).await? {
                ReplyBody::Figures(figures) => Ok(*figures),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn set_discovery(&self, discovery: Discovery) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(self.tell(RequestBody::Discovery(discovery)))
    }

    fn repair(&self, repair: Repair) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(self.tell(RequestBody::Repair(repair)))
    }

    fn images(&self, ask: ImageAsk) -> BoxFuture<'_, Result<ImageAnswer, AgentError>> {
        Box::pin(async move {
            let (protocol, _) = self.welcome()?;
            if !older::knows_images(protocol) {
                return Err(too_old());
            }
            match self.ask(RequestBody::Images(ask)).await? {
                ReplyBody::Images(answer) => Ok(answer),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn events(&self) -> broadcast::Receiver<ClientEvent> {
        self.shared.events.subscribe()
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<AgentStream, AgentError>> {
        Box::pin(async move {
            let (protocol, _) = self.welcome()?;
            if !older::can_open(&opening, protocol) {
                return Err(too_old());
            }
            match self.ask(RequestBody::Open(opening)).await? {
                ReplyBody::Ticket(ticket) => {
                    stream::open(&self.shared.path, protocol, ticket).await
                }
                other => Err(unexpected(&other)),
            }
        })
    }
}
