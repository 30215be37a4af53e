//! The agent's side of a supervisor's socket.

use std::fs::File;
use std::io;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use tokio::net::UnixStream;
use tokio_util::codec::Framed;

use super::folder::NodeFolder;
use super::protocol::{Control, Frame, FrameCodec, Hello, Request, Status, VERSION};

pub type Connection = Framed<UnixStream, FrameCodec>;

/// A supervisor does nothing that takes long; one that does not answer within this is broken.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Connect and say what is wanted.
pub async fn open(folder: &NodeFolder, request: Request) -> Result<Connection, String> {
    within(async {
        let mut connection = Framed::new(connect(folder).await?, FrameCodec);
        let hello = Hello {
            version: VERSION,
            request,
        };
        let hello = Frame::Control(Control::Hello(hello));
        connection
            .send(hello)
            .await
            .map_err(|error| error.to_string())?;
        Ok(connection)
    })
    .await
}

/// One request with one answer.
pub async fn ask(folder: &NodeFolder, request: Request) -> Result<Control, String> {
    let mut connection = open(folder, request).await?;
    within(async { next_control(&mut connection).await }).await
}

pub async fn status(folder: &NodeFolder) -> Result<Status, String> {
    match ask(folder, Request::Status).await? {
        Control::Status(status) => Ok(*status),
        other => Err(format!("{other:?} came instead of its status")),
    }
}

pub async fn next_control(connection: &mut Connection) -> Result<Control, String> {
    match connection.next().await {
        Some(Ok(Frame::Control(Control::Failed { message, .. }))) => Err(message),
        Some(Ok(Frame::Control(control))) => Ok(control),
        Some(Ok(Frame::Data(_) | Frame::Stderr(_))) => Err("data came instead of an answer".into()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("it closed the connection".into()),
    }
}

/// The node's network namespace, handed over beside the answer.
pub async fn netns(folder: &NodeFolder) -> Result<OwnedFd, String> {
    let connection = open(folder, Request::Netns).await?;
    let stream = connection.into_inner();
    within(async {
        loop {
            stream.readable().await.map_err(|error| error.to_string())?;
            let received = stream.try_io(tokio::io::Interest::READABLE, || {
                receive_descriptor(stream.as_raw_fd())
            });
            match received {
                Ok(descriptor) => return descriptor.ok_or_else(|| "it sent no namespace".into()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    })
    .await
}

#[expect(
    unsafe_code,
    reason = "a received descriptor is a bare number until it is owned"
)]
fn receive_descriptor(socket: RawFd) -> io::Result<Option<OwnedFd>> {
    let mut frame = [0; 256];
    let mut buffers = [IoSliceMut::new(&mut frame)];
    let mut space = nix::cmsg_space!([RawFd; 1]);
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket, &mut buffers, Some(&mut space), flags)?;
    let descriptors = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmRights(descriptors) => descriptors.first().copied(),
        _ => None,
    });
    // SAFETY: the kernel has just made this descriptor for us, and nobody else has its number.
    Ok(descriptors.map(|descriptor| unsafe { OwnedFd::from_raw_fd(descriptor) }))
}

/// By a short path: see [`in_folder`](super::launcher::in_folder). The folder stays open until the
/// connection is made.
async fn connect(folder: &NodeFolder) -> Result<UnixStream, String> {
    let open = File::options()
        .read(true)
        .custom_flags(nix::libc::O_PATH | nix::libc::O_DIRECTORY)
        .open(&folder.path)
        .map_err(|error| error.to_string())?;
    let path = format!("/proc/self/fd/{}/supervisor.sock", open.as_raw_fd());
    UnixStream::connect(path)
        .await
        .map_err(|error| error.to_string())
}

async fn within<T>(act: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match tokio::time::timeout(ANSWER_TIMEOUT, act).await {
        Ok(result) => result,
        Err(_) => Err(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs())),
    }
}
