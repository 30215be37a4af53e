//! The wire of protocol 2 as it was frozen, in `tests/fixtures/upgrade/protocol-2`: every later version
//! reads it, and writes it to whom speaks it.
//!
//! `NOVA_VE_WRITE_FRAMES=1` writes a file that is missing from the samples here, and never one that is
//! there. What a later protocol brings goes into samples and a folder of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod answers;
mod kinds;
mod requests;

use std::fmt::Debug;
use std::path::PathBuf;

use agent_api::message::FromAgent;
use agent_api::{Hello, HelloReply, Request, StreamFrame, codec, older};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const WRITE: &str = "NOVA_VE_WRITE_FRAMES";
const PROTOCOL: u32 = 2;

/// The lines of one file.
fn frozen(name: &str, samples: &[String]) -> Vec<String> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/upgrade/protocol-2");
    let path = folder.join(name);
    if std::env::var_os(WRITE).is_some() && !path.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, samples.join("\n") + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn json<T: Serialize>(message: &T) -> String {
    String::from_utf8(codec::encode(message).unwrap().to_vec()).unwrap()
}

/// Each line is read as the sample that it was written from; answers the lines as values.
fn read<T>(name: &str, samples: &[T]) -> Vec<Value>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let lines = frozen(name, &samples.iter().map(json).collect::<Vec<_>>());
    assert_eq!(lines.len(), samples.len(), "{name}");
    for (line, sample) in lines.iter().zip(samples) {
        let read: T = codec::decode(line.as_bytes()).unwrap_or_else(|error| {
            panic!("{name} is no more read: {error}: {line}");
        });
        assert_eq!(&read, sample, "{name}: {line}");
    }
    let value = |line: &String| serde_json::from_str(line).unwrap();
    lines.iter().map(value).collect()
}

fn value<T: Serialize>(message: &T) -> Value {
    serde_json::to_value(message).unwrap()
}

/// Whether everything that was said is said still; what is said besides, its readers skip.
fn holds(said: &Value, before: &Value) -> bool {
    match (said, before) {
        (Value::Object(said), Value::Object(before)) => before.iter().all(|(key, before)| {
            let said = said.get(key);
            said.is_some_and(|said| holds(said, before))
        }),
        (Value::Array(said), Value::Array(before)) => {
            let mut pairs = said.iter().zip(before);
            said.len() == before.len() && pairs.all(|(said, before)| holds(said, before))
        }
        (said, before) => said == before,
    }
}

#[test]
fn hellos_are_read_and_written_as_they_were() {
    let samples: Vec<Hello> = requests::hellos();
    let before = read("hello.jsonl", &samples);
    for (sample, before) in samples.iter().zip(before) {
        assert_eq!(value(sample), before);
    }
    let samples: Vec<HelloReply> = answers::hello_replies();
    let before = read("hello_reply.jsonl", &samples);
    for (sample, before) in samples.iter().zip(before) {
        assert!(holds(&value(sample), &before), "{sample:?}");
    }
}

/// To the letter: wishes are read with unknown fields denied.
#[test]
fn requests_are_read_and_written_as_they_were() {
    let samples: Vec<Request> = requests::requests();
    let before = read("request.jsonl", &samples);
    for (mut sample, before) in samples.into_iter().zip(before) {
        sample.body = older::request(sample.body, PROTOCOL);
        assert_eq!(value(&sample), before);
    }
}

#[test]
fn replies_and_events_are_read_and_written_as_they_were() {
    let samples: Vec<FromAgent> = answers::from_agent();
    let before = read("from_agent.jsonl", &samples);
    for (sample, before) in samples.into_iter().zip(before) {
        let said = value(&older::from_agent(sample, PROTOCOL));
        assert!(holds(&said, &before), "{said}\n{before}");
    }
}

#[test]
fn stream_frames_are_read_and_written_as_they_were() {
    let hex = |frame: &StreamFrame| -> String {
        let bytes = codec::encode_stream(frame).unwrap();
        let digit = |nibble| char::from_digit(nibble, 16).unwrap();
        let digits = |byte: &u8| [u32::from(byte >> 4), u32::from(byte & 15)].map(digit);
        bytes.iter().flat_map(digits).collect()
    };
    let samples = requests::stream_frames();
    let lines = frozen("stream.hex", &samples.iter().map(hex).collect::<Vec<_>>());
    assert_eq!(lines.len(), samples.len());
    for (line, sample) in lines.iter().zip(samples) {
        let byte = |at| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
        let bytes: Bytes = (0..line.len()).step_by(2).map(byte).collect();
        assert_eq!(codec::decode_stream(&bytes).unwrap(), sample);
        assert_eq!(&hex(&older::stream_frame(sample, PROTOCOL)), line);
    }
}

/// As agents of 2 from before drift wrote them: what was added later within 2 is missing.
#[test]
fn what_is_missing_has_its_default() {
    let welcome = br#"{"hello":"welcome","protocol":2,"instance":"i","host":"00000000-0000-0000-0000-000000000003",
        "capabilities":{"kinds":{},"hidden_bridge":"always","rootless":true}}"#;
    assert!(matches!(
        codec::decode::<HelloReply>(welcome).unwrap(),
        HelloReply::Welcome { capabilities, .. } if !capabilities.drift
    ));
    for little in [
        r#"{"event":{"event":"lab","lab":"00000000-0000-0000-0000-000000000001","status":{"generation":1,"nodes":
            {"1":{"state":{"state":"stopped"},"since_ms":0}},"links":{}}}}"#,
        r#"{"reply":{"id":1,"body":{"reply":"figures","with":{}}}}"#,
    ] {
        codec::decode::<FromAgent>(little.as_bytes()).unwrap();
    }
}
