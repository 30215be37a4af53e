//! Bytes on their way to the server.

use api::client::{ByteStream, ClientError};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

const CHUNK_BYTES: usize = 64 << 10;

/// What there is to be read from here on; it is read as it is sent.
pub fn stream_of(from: impl AsyncRead + Unpin + Send + 'static) -> ByteStream {
    Box::pin(futures_util::stream::unfold(from, |mut from| async {
        let mut chunk = vec![0; CHUNK_BYTES];
        match from.read(&mut chunk).await {
            Ok(0) => None,
            Ok(count) => {
                chunk.truncate(count);
                Some((Ok(Bytes::from(chunk)), from))
            }
            Err(error) => {
                let words = format!("what is to be sent cannot be read: {error}");
                Some((Err(ClientError::Protocol(words)), from))
            }
        }
    }))
}
