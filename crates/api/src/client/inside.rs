//! The inside of a node: commands, logs, files, terminals.

use futures_util::StreamExt;
use model::{LabId, NodeId};
use reqwest::{Body, Method, RequestBuilder};
use serde::Serialize;

use super::{ByteStream, Client, ClientError, Terminal};
use crate::node::{Exec, ExecResult, ExecStart, FilePath, InGuacamole, OpenConsole, ReadLogs};

impl Client {
    /// Runs a command to its end.
    pub async fn exec(
        &self,
        lab: LabId,
        node: NodeId,
        body: &Exec,
    ) -> Result<ExecResult, ClientError> {
        self.post_json(&format!("/labs/{lab}/nodes/{node}/exec"), body)
            .await
    }

    /// Runs a command with its input and output as they come.
    pub async fn exec_stream(
        &self,
        lab: LabId,
        node: NodeId,
        start: &ExecStart,
    ) -> Result<Terminal, ClientError> {
        let path = format!("/labs/{lab}/nodes/{node}/exec/stream");
        let socket = self.open_socket(self.request(Method::GET, &path)).await?;
        Terminal::exec(socket, start).await
    }

    /// Opens a console; it goes on when the terminal is dropped.
    pub async fn console(
        &self,
        lab: LabId,
        node: NodeId,
        console: &str,
        query: &OpenConsole,
    ) -> Result<Terminal, ClientError> {
        let path = console_path(lab, node, console);
        let request = self.request(Method::GET, &path).query(query);
        Ok(Terminal::console(self.open_socket(request).await?))
    }

    /// One connection to a TCP port of the node. `Terminal::end_of_input` closes our direction of it.
    pub async fn open_port(
        &self,
        lab: LabId,
        node: NodeId,
        port: u16,
    ) -> Result<Terminal, ClientError> {
        let path = format!("/labs/{lab}/nodes/{node}/ports/{port}");
        let socket = self.open_socket(self.request(Method::GET, &path)).await?;
        Ok(Terminal::console(socket))
    }

    /// Opens a console in Guacamole.
    pub async fn open_in_guacamole(
        &self,
        lab: LabId,
        node: NodeId,
        console: &str,
    ) -> Result<InGuacamole, ClientError> {
        let path = format!("{}/guacamole", console_path(lab, node, console));
        self.post(&path).await
    }

    pub async fn logs(
        &self,
        lab: LabId,
        node: NodeId,
        query: &ReadLogs,
    ) -> Result<ByteStream, ClientError> {
        let path = format!("/labs/{lab}/nodes/{node}/logs");
        self.download(self.request(Method::GET, &path), query).await
    }

    /// A file or folder as a tar stream.
    pub async fn get_files(
        &self,
        lab: LabId,
        node: NodeId,
        path: &str,
    ) -> Result<ByteStream, ClientError> {
        let query = FilePath { path: path.into() };
        let path = format!("/labs/{lab}/nodes/{node}/files");
        self.download(self.request(Method::GET, &path), &query)
            .await
    }

    /// Unpacks a tar stream into the folder `path`.
    pub async fn put_files(
        &self,
        lab: LabId,
        node: NodeId,
        path: &str,
        body: ByteStream,
    ) -> Result<(), ClientError> {
        let query = FilePath { path: path.into() };
        let path = format!("/labs/{lab}/nodes/{node}/files");
        let request = self.request(Method::PUT, &path).query(&query);
        self.send(request.body(Body::wrap_stream(body))).await?;
        Ok(())
    }

    async fn download(
        &self,
        request: RequestBuilder,
        query: &impl Serialize,
    ) -> Result<ByteStream, ClientError> {
        let response = self.send(request.query(query)).await?;
        let client = self.clone();
        let bytes = response
            .bytes_stream()
            .map(move |chunk| chunk.map_err(|error| client.broken_off(error)));
        Ok(Box::pin(bytes))
    }
}

fn console_path(lab: LabId, node: NodeId, console: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(console, percent_encoding::NON_ALPHANUMERIC);
    format!("/labs/{lab}/nodes/{node}/consoles/{name}")
}
