//! A collector on the loopback that tells what it is sent, over HTTP/1.1 and over gRPC.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// A request: its path, its headers, its body.
pub struct Got {
    pub path: String,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Got {
    /// Texts stand in protobuf as they are.
    pub fn has(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// What it speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    Http,
    Grpc,
}

/// A collector.
pub struct Collector {
    pub port: u16,
    pub hear: Receiver<Got>,
}

impl Collector {
    /// Starts it. Where `gate` is given it answers nothing, though it can be connected to, before something comes
    /// through that.
    pub fn start(speaks: Speaks, gate: Option<Receiver<()>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, hear) = channel();
        std::thread::spawn(move || {
            if let Some(gate) = gate {
                let _ = gate.recv();
            }
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || match speaks {
                    Speaks::Http => answer_http(stream, &tell),
                    Speaks::Grpc => answer_grpc(stream, tell),
                });
            }
        });
        Self { port, hear }
    }

    /// Everything that comes until all of these texts have come.
    pub fn until(&self, texts: &[&str]) -> Vec<Got> {
        let end = Instant::now() + Duration::from_secs(60);
        let mut got: Vec<Got> = Vec::new();
        loop {
            let missing: Vec<&&str> = texts.iter().filter(|text| !got.iter().any(|got| got.has(text))).collect();
            if missing.is_empty() {
                return got;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.hear.recv_timeout(left) {
                Ok(one) => got.push(one),
                Err(_) => panic!("{missing:?} did not come in {} requests", got.len()),
            }
        }
    }
}

fn answer_http(stream: TcpStream, tell: &Sender<Got>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let (mut line, mut headers, mut length) = (String::new(), String::new(), 0);
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap().to_owned();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header == "\r\n" {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            headers.push_str(&header);
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let _ =
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n");
        if tell.send(Got { path, headers, body }).is_err() {
            return;
        }
    }
}

fn answer_grpc(stream: TcpStream, tell: Sender<Got>) {
    stream.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let handshake = h2::server::Builder::new().handshake::<_, Cursor<Vec<u8>>>(stream);
        let Ok(mut connection) = handshake.await else {
            return;
        };
        let local = tokio::task::LocalSet::new();
        let serving = async move {
            while let Some(Ok((request, respond))) = connection.accept().await {
                tokio::task::spawn_local(answer_call(request, respond, tell.clone()));
            }
        };
        local.run_until(serving).await;
    });
}

async fn answer_call(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Cursor<Vec<u8>>>,
    tell: Sender<Got>,
) {
    let path = request.uri().path().to_owned();
    let headers = format!("{:?}", request.headers());
    let mut stream = request.into_body();
    let mut body = Vec::new();
    while let Some(Ok(part)) = stream.data().await {
        let _ = stream.flow_control().release_capacity(part.len());
        body.extend_from_slice(&part);
    }
    let head = http::Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut out = respond.send_response(head, false).unwrap();
    // A message of no length, and that all is well.
    out.send_data(Cursor::new(vec![0; 5]), false).unwrap();
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
    out.send_trailers(trailers).unwrap();
    let _ = tell.send(Got { path, headers, body });
}
