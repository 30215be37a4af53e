//! A stream's own connection: frames both ways, each side waiting for the other's buffers.

use futures_util::{SinkExt, StreamExt};
use tokio::net::UnixStream;

use super::connection::Ended;
use crate::client::AgentStream;
use crate::codec::{self, STREAM_LIMIT_BYTES, Wire};
use crate::older;

/// Carries frames until the node's side ends or the client closes its connection.
pub(super) async fn run(
    mut wire: Wire<UnixStream>,
    protocol: u32,
    stream: AgentStream,
) -> Result<(), Ended> {
    wire.codec_mut().set_max_frame_length(STREAM_LIMIT_BYTES);
    let (mut sink, mut source) = wire.split();
    let AgentStream {
        mut output,
        mut input,
    } = stream;
    let to_client = async {
        while let Some(frame) = output.next().await {
            let frame = older::stream_frame(frame?, protocol);
            sink.send(codec::encode_stream(&frame)?).await?;
        }
        Ok(())
    };
    let to_node = async {
        let mut takes_input = true;
        while let Some(frame) = source.next().await {
            let frame = codec::decode_stream(&frame?.freeze())?;
            // A command that reads no more still writes; its output goes on.
            takes_input = takes_input && input.send(frame).await.is_ok();
        }
        Ok(())
    };
    // The first to end closes both: output that ended is complete, and a client that left is gone.
    tokio::select! {
        ended = to_client => ended,
        ended = to_node => ended,
    }
}
