//! Between the protocol's streams and a driver's: the same bytes, other types.

use agent_api::stream::{Control, WindowSize};
use agent_api::{AgentError, AgentStream, Opening, StreamFrame};
use futures_util::{SinkExt, StreamExt, stream};
use runtime::{DriverError, Input, NodeDriver, NodeRef, NodeStream, Output, StreamKind};

use crate::forward;

/// Opens what was asked for in a node that the caller has found.
pub async fn open(
    driver: &dyn NodeDriver,
    node: NodeRef,
    opening: Opening,
) -> Result<AgentStream, AgentError> {
    let kind = match kind(opening) {
        Way::Driver(kind) => kind,
        Way::Nowhere => return Err(nowhere()),
        Way::Port(port) => {
            let netns = driver.netns(node).await;
            return forward::open(netns.map_err(|error| refused(&error))?, port).await;
        }
    };
    let opened = driver.open(node, kind).await;
    let NodeStream { output, input } = opened.map_err(|error| refused(&error))?;
    let output = output.map(|item| match item {
        Ok(output) => Ok(frame(output)),
        Err(error) => Err(refused(&error)),
    });
    let input = input
        .sink_map_err(|error| refused(&error))
        .with_flat_map(|frame| stream::iter(to_node(frame).map(Ok)));
    Ok(AgentStream {
        output: Box::pin(output),
        input: Box::pin(input),
    })
}

fn nowhere() -> AgentError {
    AgentError::Failed {
        code: "internal".into(),
        message: "this stream leads into no node".into(),
    }
}

/// How a stream is opened.
enum Way {
    Driver(StreamKind),
    /// The same for every kind of node: they all have a network namespace.
    Port(u16),
    /// It leads into no node.
    Nowhere,
}

fn kind(opening: Opening) -> Way {
    Way::Driver(match opening {
        Opening::Console {
            console,
            size,
            from_offset,
            ..
        } => StreamKind::Console {
            name: console,
            size: window(size),
            from_offset,
        },
        Opening::Exec { argv, env, tty, .. } => StreamKind::Exec {
            argv,
            env,
            tty: tty.map(window),
        },
        Opening::Logs {
            process, follow, ..
        } => StreamKind::Logs { process, follow },
        Opening::GetFile { path, .. } => StreamKind::GetFile { path },
        Opening::PutFile { path, .. } => StreamKind::PutFile { path },
        Opening::Port { port, .. } => return Way::Port(port),
        Opening::Image(_) => return Way::Nowhere,
    })
}

fn window(WindowSize { columns, rows }: WindowSize) -> runtime::WindowSize {
    runtime::WindowSize { columns, rows }
}

fn frame(output: Output) -> StreamFrame {
    match output {
        Output::Replay { offset } => StreamFrame::Control(Control::Replay { offset }),
        Output::Data(bytes) => StreamFrame::Data(bytes),
        Output::Stderr(bytes) => StreamFrame::Stderr(bytes),
        Output::Exit { status } => StreamFrame::Control(Control::Exit { status }),
        Output::Failed { status, message } => {
            StreamFrame::Control(Control::Failed { status, message })
        }
    }
}

/// What only a node may say has no meaning in the other direction.
fn to_node(frame: StreamFrame) -> Option<Input> {
    match frame {
        StreamFrame::Data(bytes) => Some(Input::Data(bytes)),
        StreamFrame::Control(Control::Resize(size)) => Some(Input::Resize(window(size))),
        StreamFrame::Control(Control::EndOfInput) => Some(Input::EndOfInput),
        StreamFrame::Stderr(_)
        | StreamFrame::Control(
            Control::Replay { .. } | Control::Exit { .. } | Control::Failed { .. },
        ) => None,
    }
}

pub fn refused(error: &DriverError) -> AgentError {
    let code = match error {
        DriverError::NoSuchNode { .. } | DriverError::NotRunning { .. } => "not_running",
        DriverError::NoSuchConsole { .. } => "unknown_console",
        DriverError::NoSuchImage { .. } => "no_such_image",
        DriverError::StillRuns { .. }
        | DriverError::BadSpec(_)
        | DriverError::Failed { .. }
        | DriverError::Supervisor { .. } => "internal",
    };
    AgentError::Failed {
        code: code.into(),
        message: error.to_string(),
    }
}
