//! Against a server of one answer a connection, on loopback.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::*;
use crate::failure::explain;

/// Serves what `answer` gives for a path, until the program ends.
fn serve(answer: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = first.split(' ').nth(1).unwrap();
            let _ = stream.write_all(answer(path).as_bytes());
        }
    });
    format!("http://{address}")
}

fn plain(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn leads_to(path: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {path}\r\nContent-Length: 0\r\n\r\n"
    )
}

fn answer(path: &str) -> String {
    match path {
        "/a.clab.yml?token=x" | "/hop/0" => plain("name: a\n"),
        "/page" => plain("<html>").replace(
            "\r\n\r\n",
            "\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        ),
        "/endless" => {
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned() + &"x".repeat(17 << 20)
        }
        _ => match path
            .strip_prefix("/hop/")
            .and_then(|n| n.parse::<u32>().ok())
        {
            Some(n) => leads_to(&format!("/hop/{}", n - 1)),
            None => {
                "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".into()
            }
        },
    }
}

fn refusal(url: &str) -> (Exit, String) {
    let (text, exit) = explain(&fetch_now(url).unwrap_err());
    (exit, text)
}

#[test]
fn a_file_is_fetched_over_five_redirects_and_no_more() {
    let url = serve(answer);
    let (bytes, name) = fetch_now(&format!("{url}/a.clab.yml?token=x")).unwrap();
    assert_eq!(
        (bytes.as_slice(), name.as_str()),
        (&b"name: a\n"[..], "a.clab.yml")
    );
    assert!(fetch_now(&format!("{url}/hop/5")).is_ok());
    let (exit, said) = refusal(&format!("{url}/hop/6"));
    assert_eq!(
        (exit, said.contains("more than 5 times")),
        (Exit::UNAVAILABLE, true),
        "{said}"
    );
}

#[test]
fn what_is_no_file_is_told_with_the_next_step() {
    let url = serve(answer);
    for (path, exit, words) in [
        ("/none", Exit::NOT_FOUND, "there is no such file"),
        ("/page", Exit::BAD_DATA, "the button Raw"),
        ("/endless", Exit::BAD_DATA, "a lab has at most 16 MiB"),
    ] {
        let (found, said) = refusal(&format!("{url}{path}"));
        assert_eq!((found, said.contains(words)), (exit, true), "{said}");
    }
    let (exit, said) = refusal("http://127.0.0.1:1/x");
    assert_eq!(
        (exit, said.contains("by hand")),
        (Exit::UNAVAILABLE, true),
        "{said}"
    );
}

#[test]
fn no_secret_of_an_address_is_said() {
    for (url, shown) in [
        (
            "https://me:secret@example.net/a/b.yml?token=x#y",
            "https://example.net/a/b.yml",
        ),
        ("https://example.net", "https://example.net"),
    ] {
        assert_eq!(public_part(url), shown);
    }
}
