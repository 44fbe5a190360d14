//! A server on the loopback address that speaks just enough HTTP/1.1, notes every byte it is sent,
//! and answers as the test wants, also wrongly.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `GET /client/v4/user HTTP/1.1`
    pub(crate) line: String,
    /// `name: value`, names in lower case, sorted.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

impl Seen {
    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let of = |line: &'_ String| line.starts_with(&format!("{name}: "));
        self.headers.iter().find(|line| of(line)).map_or("", |line| &line[name.len() + 2..])
    }

    /// `GET <host>/path`: with `api` for the API, whose prefix is left out.
    pub(crate) fn target(&self) -> String {
        let mut words = self.line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        match path.strip_prefix("/client/v4") {
            Some(path) => format!("{method} api{path}"),
            None => format!("{method} {}{path}", self.header("host")),
        }
    }
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A proper answer: status, further headers, body.
    Say(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// A proper beginning, then one byte each so often.
    Drip(Duration),
    /// Nothing for so long.
    Hang(Duration),
}

type Answering = dyn Fn(&Seen) -> Act + Send + Sync;

/// A server under way; it ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start(answering: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answering): (_, Arc<Answering>) = (Arc::clone(&seen), Arc::new(answering));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answering) = (Arc::clone(&noted), Arc::clone(&answering));
                thread::spawn(move || serve(stream, &noted, &*answering));
            }
        });
        Server { address, seen }
    }

    /// A server that resets every connection once something was sent to it, and how often it did.
    pub(crate) fn resetting() -> (Server, Arc<Mutex<usize>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The system answers with a reset where bytes are left unread.
                let _ = stream.peek(&mut [0]);
                *counter.lock().unwrap() += 1;
            }
        });
        (Server { address, seen: Arc::default() }, count)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Their targets.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen().iter().map(Seen::target).collect()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, answering: &Answering) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer) {
        note(&request);
        seen.lock().unwrap().push(request.clone());
        let done = match answering(&request) {
            Act::Say(status, headers, body) => stream.write_all(&said(status, &headers, &body)),
            Act::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
            Act::Drip(pause) => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    thread::sleep(pause);
                }
                return;
            }
            Act::Hang(pause) => {
                thread::sleep(pause);
                return;
            }
        };
        if done.is_err() {
            return;
        }
    }
}

/// Adds a request to the API to the file that `CFLEAKS_NOTE_REQUESTS` names, if it names one, for
/// `benches/openapi/check.py`.
fn note(request: &Seen) {
    let Some(file) = std::env::var_os("CFLEAKS_NOTE_REQUESTS") else { return };
    let mut words = request.line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let Some(path) = path.strip_prefix("/client/v4") else { return };
    let names: Vec<&str> =
        request.headers.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let line = serde_json::json!({
        "method": method, "path": path, "headers": names,
        "type": request.header("content-type"), "body": request.body,
    });
    let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
    file.unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
}

pub(crate) fn said(status: u16, headers: &[(&str, String)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    (text + "\r\n" + body).into_bytes()
}

fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = head.split("\r\n");
            let line = lines.next().unwrap().to_owned();
            let mut headers: Vec<String> = lines
                .map(|line| {
                    let (name, value) = line.split_once(':').unwrap();
                    format!("{}: {}", name.to_ascii_lowercase(), value.trim())
                })
                .collect();
            headers.sort();
            let length = headers.iter().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
                buffer.drain(..end + 4 + length);
                return Some(Seen { line, headers, body });
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}
