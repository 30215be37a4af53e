//! A registry on loopback: Debian's `docker-registry`, for as long as the value lives.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Registry {
    pub port: u16,
    child: Child,
    _data: tempfile::TempDir,
}

impl Registry {
    /// `None`, said on stderr, where there is no such program.
    pub async fn start(test: &str) -> Option<Self> {
        let data = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let config = data.path().join("config.yml");
        let root = data.path().join("store");
        let settings = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
            root.display()
        );
        std::fs::write(&config, settings).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                eprintln!("SKIP {test}: no docker-registry ({error}); ./x setup test brings it");
                return None;
            }
        };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(Self {
            port,
            child,
            _data: data,
        })
    }

    /// A port on which its answers come at some ten megabytes a second, so that there is something to tell.
    pub async fn slow_port(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slow = listener.local_addr().unwrap().port();
        let port = self.port;
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(pass_on(client, server));
            }
        });
        slow
    }
}

async fn pass_on(client: TcpStream, server: TcpStream) {
    let (mut asks, mut told) = client.into_split();
    let (mut answers, mut asked) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut asks, &mut asked).await });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = answers.read(&mut buffer).await {
        if told.write_all(&buffer[..length]).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
