//! That the samples hold every kind of message: a new one does not build here until it has a word.

use std::collections::BTreeSet;

use agent_api::message::FromAgent;
use agent_api::stream::Control;
use agent_api::{
    Event, Hello, HelloReply, ImageAnswer, ImageAsk, ImageTransfer, Opening, ReplyBody,
    RequestBody, StreamFrame,
};

use super::{answers, requests};

fn of_hello(hello: &Hello) -> &'static str {
    match hello {
        Hello::Control { .. } => "control",
        Hello::Stream { .. } => "stream",
    }
}

fn of_hello_reply(reply: &HelloReply) -> &'static str {
    match reply {
        HelloReply::Welcome { .. } => "welcome",
        HelloReply::StreamOpen => "stream open",
        HelloReply::Refused { .. } => "refused",
    }
}

fn of_request(body: &RequestBody) -> &'static str {
    match body {
        RequestBody::Apply(_) => "apply",
        RequestBody::Status => "status",
        RequestBody::Subscribe => "subscribe",
        RequestBody::Open(Opening::Console { .. }) => "open console",
        RequestBody::Open(Opening::Exec { .. }) => "open exec",
        RequestBody::Open(Opening::Logs { .. }) => "open logs",
        RequestBody::Open(Opening::GetFile { .. }) => "open get file",
        RequestBody::Open(Opening::PutFile { .. }) => "open put file",
        RequestBody::Open(Opening::Port { .. }) => "open port",
        RequestBody::Open(Opening::Image(ImageTransfer::Pull { .. })) => "open image pull",
        RequestBody::Open(Opening::Image(ImageTransfer::Load)) => "open image load",
        RequestBody::Images(ImageAsk::List) => "images list",
        RequestBody::Images(ImageAsk::Remove { .. }) => "images remove",
        RequestBody::Images(ImageAsk::Prune { .. }) => "images prune",
        RequestBody::Ping => "ping",
        RequestBody::Figures => "figures",
        RequestBody::Discovery(_) => "discovery",
        RequestBody::Repair(_) => "repair",
    }
}

fn of_answer(message: &FromAgent) -> &'static str {
    let reply = match message {
        FromAgent::Event(Event::Lab { .. }) => return "event lab",
        FromAgent::Event(Event::LabRemoved { .. }) => return "event lab removed",
        FromAgent::Event(Event::Notice { .. }) => return "event notice",
        FromAgent::Reply(reply) => reply,
    };
    match &reply.body {
        ReplyBody::Applied(_) => "applied",
        ReplyBody::Status(_) => "status",
        ReplyBody::Subscribed => "subscribed",
        ReplyBody::Ticket(_) => "ticket",
        ReplyBody::Pong => "pong",
        ReplyBody::Taken => "taken",
        ReplyBody::Error(_) => "error",
        ReplyBody::Figures(_) => "figures",
        ReplyBody::Images(ImageAnswer::Listed(_)) => "images listed",
        ReplyBody::Images(ImageAnswer::Removed(_)) => "images removed",
    }
}

fn of_frame(frame: &StreamFrame) -> &'static str {
    match frame {
        StreamFrame::Data(_) => "data",
        StreamFrame::Stderr(_) => "stderr",
        StreamFrame::Control(Control::Resize(_)) => "resize",
        StreamFrame::Control(Control::EndOfInput) => "end of input",
        StreamFrame::Control(Control::Replay { .. }) => "replay",
        StreamFrame::Control(Control::Exit { .. }) => "exit",
        StreamFrame::Control(Control::Failed { .. }) => "failed",
    }
}

fn count<T>(samples: &[T], word: impl FnMut(&T) -> &'static str) -> usize {
    samples.iter().map(word).collect::<BTreeSet<_>>().len()
}

/// As many as there are words above.
#[test]
fn every_kind_is_among_the_samples() {
    assert_eq!(count(&requests::hellos(), of_hello), 2);
    assert_eq!(count(&answers::hello_replies(), of_hello_reply), 3);
    assert_eq!(
        count(&requests::requests(), |request| of_request(&request.body)),
        12
    );
    assert_eq!(count(&answers::from_agent(), of_answer), 11);
    assert_eq!(count(&requests::stream_frames(), of_frame), 7);
}
