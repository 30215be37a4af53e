//! Acts on one node: commands, logs, consoles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `POST …/nodes/{node}/exec`: a command run to its end (60 s at most), with at most 1 MiB of output of each kind.
/// Programs that are interactive or run long use the WebSocket `…/exec/stream`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// The program and its arguments; no shell is involved.
    pub argv: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub stdin: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExecResult {
    /// 127: no such program in the node; 126: it cannot run; 128 + n: ended by signal n.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// Output beyond the limit was dropped.
    pub truncated: bool,
}

/// First text frame of `WS …/nodes/{node}/exec/stream`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecStart {
    pub argv: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Absent: no terminal, standard error apart.
    #[serde(default)]
    pub tty: Option<TerminalSize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TerminalSize {
    pub columns: u16,
    pub rows: u16,
}

/// Text frames from the client on console and exec WebSockets. Binary frames are input bytes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TerminalInput {
    Resize { columns: u16, rows: u16 },
    EndOfInput,
}

/// Text frames to the client. Binary frames are output bytes; on exec without a terminal the first
/// byte of each binary frame says which: 1 standard output, 2 standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TerminalEvent {
    /// The offset of the next binary frame's first byte, counted from the console's first byte ever.
    /// Reconnect with `?from={offset + bytes seen}` to miss nothing.
    Replay { offset: u64 },
    /// The command ended.
    Exit { status: i32 },
    /// It could not be done; the socket closes.
    Failed { message: String },
}

/// Query of `WS …/nodes/{node}/consoles/{name}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OpenConsole {
    /// 80 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<u16>,
    /// 24 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u16>,
    /// The first byte wanted, counted from the console's first byte ever; 0 (all that is kept) when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// What `POST …/consoles/{name}/guacamole` answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InGuacamole {
    /// On this server's own origin: `/html5/#/client/…?token=…`. Who has it has the console, for one
    /// connection within a minute.
    pub address: String,
}

/// Without the token, so that no log ever has it.
impl std::fmt::Debug for InGuacamole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InGuacamole").finish_non_exhaustive()
    }
}

/// Query of `GET …/nodes/{node}/logs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadLogs {
    /// One process of the node; absent: its supervisor, which tells what was started and how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Go on with what comes, until the client closes.
    #[serde(default)]
    pub follow: bool,
}

/// Query of `GET` and `PUT …/nodes/{node}/files`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FilePath {
    /// An absolute path inside the node.
    pub path: String,
}
