//! A stream's own connection.

use std::future::ready;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};

use super::session::{dial, greet};
use crate::client::{AgentError, AgentStream};
use crate::codec::{self, STREAM_LIMIT_BYTES};
use crate::message::{Hello, HelloReply};
use crate::older;
use crate::stream::{StreamFrame, Ticket};

/// Turns the ticket into the stream that it was given for; `protocol` is the control connection's.
pub(super) async fn open(
    path: &Path,
    protocol: u32,
    ticket: Ticket,
) -> Result<AgentStream, AgentError> {
    let mut wire = dial(path).await?;
    let hello = Hello::Stream { protocol, ticket };
    match greet(&mut wire, &hello).await? {
        HelloReply::StreamOpen => {}
        HelloReply::Refused { why, speaks: _ } => return Err(AgentError::Refused(why)),
        HelloReply::Welcome { .. } => {
            return Err(AgentError::Refused("it took a stream for a server".into()));
        }
    }
    wire.codec_mut().set_max_frame_length(STREAM_LIMIT_BYTES);
    let (sink, source) = wire.split();
    let output = source.map(|frame| {
        let frame = frame.map_err(lost)?;
        codec::decode_stream(&frame.freeze()).map_err(lost)
    });
    let input = sink.sink_map_err(lost).with(move |frame: StreamFrame| {
        let frame = older::stream_frame(frame, protocol);
        ready(codec::encode_stream(&frame).map_err(lost))
    });
    Ok(AgentStream {
        output: Box::pin(output),
        input: Box::pin(input),
    })
}

fn lost(error: impl std::fmt::Display) -> AgentError {
    AgentError::Unreachable(format!("the stream broke: {error}"))
}
