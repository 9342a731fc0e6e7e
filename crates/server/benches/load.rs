//! Signed GetCallerIdentity over loopback, authorised and durably recorded, beside a bare hyper
//! server that reads the same body and answers as many bytes.
//!
//! Both servers are processes of their own, so that their CPU time can be read; rounds alternate.
//! The same signed requests go to both: the bare server ignores what they say.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed"
)]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use names::{Secret, Timestamp};
use sigv4::{Rules, Signer, sign};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ROUNDS: usize = 5;
const SECONDS: u64 = 3;
const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.iter().position(|argument| argument == "--bare") {
        Some(at) => runtime.block_on(bare(arguments.get(at + 1).unwrap().parse().unwrap())),
        None => runtime.block_on(measure()),
    }
}

/// The floor: reads the body, answers `size` bytes.
async fn bare(size: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ready {}", listener.local_addr().unwrap());
    let answer = bytes::Bytes::from(vec![b'x'; size]);
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                let answer = answer.clone();
                async move {
                    let _ = request.into_body().collect().await?;
                    let response = http::Response::builder().header("content-type", "text/xml");
                    Ok::<_, hyper::Error>(response.body(Full::new(answer)).unwrap())
                }
            });
            let http = hyper::server::conn::http1::Builder::new();
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A server process.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(mut command: Command, sign: &str) -> (Self, Vec<String>) {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a server");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let address = lines.find_map(|line| {
            let found = line.split(sign).nth(1).map(str::to_owned);
            said.push(line);
            found
        });
        (Self { child, address: address.expect("the server gets ready") }, said)
    }

    /// CPU time so far, user and system.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).unwrap().parse::<u64>().unwrap();
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keywright(dir: &std::path::Path) -> (Server, String, Secret<String>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/release/keywright");
    let mut command = Command::new(root);
    command.arg("serve").arg("--data-dir").arg(dir.join("data"));
    command.arg("--root-key-file").arg(dir.join("root.key")).args(["--listen", "127.0.0.1:0"]);
    let (server, said) = Server::start(command, "is ready at http://");
    let value = |name: &str| {
        said.iter().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
    };
    (server, value("access key id:"), Secret::new(value("secret access key:")))
}

/// A whole signed HTTP request.
fn request(address: &str, id: &str, secret: &Secret<String>) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let builder = http::Request::post("/")
        .header("host", address)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let mut parts = builder.body(()).unwrap().into_parts().0;
    let signer = Signer {
        access_key_id: id,
        secret,
        session_token: None,
        region: "us-east-1",
        service: "sts",
    };
    sign(
        &signer,
        &mut parts,
        BODY.as_bytes(),
        Timestamp::from_seconds(now as i64),
        &Rules::STANDARD,
    )
    .unwrap();
    let mut text = "POST / HTTP/1.1\r\n".to_owned();
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{BODY}", BODY.len()));
    text.into_bytes()
}

/// One connection's part: the same request again and again, each answer read whole.
async fn client(
    address: String,
    request: Arc<Vec<u8>>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 16 * 1024];
    let mut length = 0;
    while !stop.load(Ordering::Relaxed) {
        stream.write_all(&request).await.unwrap();
        let mut have = 0;
        loop {
            let read = stream.read(buffer.get_mut(have..).unwrap()).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            have += read;
            if length == 0 {
                length = whole(buffer.get(..have).unwrap()).unwrap_or(0);
            }
            if have >= length && length > 0 {
                assert!(
                    buffer.starts_with(b"HTTP/1.1 200"),
                    "{}",
                    String::from_utf8_lossy(&buffer)
                );
                break;
            }
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The length of an answer, once its head is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let body =
        head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse::<usize>().ok()?;
    Some(head.len() + 4 + body)
}

/// Requests per second and server CPU microseconds per request.
async fn load(server: &Server, request: &Arc<Vec<u8>>, connections: usize) -> (f64, f64) {
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (begun, cpu) = (Instant::now(), server.cpu());
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            tokio::spawn(client(
                server.address.clone(),
                Arc::clone(request),
                Arc::clone(&stop),
                Arc::clone(&count),
            ))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let calls = count.load(Ordering::Relaxed) as f64;
    let spent = (server.cpu() - cpu).as_secs_f64();
    (calls / begun.elapsed().as_secs_f64(), spent * 1e6 / calls)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let (keywright, id, secret) = keywright(dir.path());
    let ready = begun.elapsed();
    let idle = keywright.resident_kib();
    let signed = Arc::new(request(&keywright.address, &id, &secret));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--bare", "420"]);
    let (bare, _) = Server::start(command, "ready ");
    println!(
        "| connections | bare hyper req/s | Keywright req/s | ratio | bare CPU µs | Keywright CPU µs | ratio |"
    );
    println!("|---|---|---|---|---|---|---|");
    for connections in [1, 16, 64] {
        let (mut floors, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(load(&bare, &signed, connections).await);
            ours.push(load(&keywright, &signed, connections).await);
        }
        let (floor, our) = (median(floors.iter().map(|r| r.0)), median(ours.iter().map(|r| r.0)));
        let (floor_cpu, cpu) =
            (median(floors.iter().map(|r| r.1)), median(ours.iter().map(|r| r.1)));
        println!(
            "| {connections} | {floor:.0} | {our:.0} | {:.2} | {floor_cpu:.1} | {cpu:.1} | {:.2} |",
            our / floor,
            cpu / floor_cpu
        );
    }
    let size = std::fs::metadata(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/release/keywright"),
    );
    println!(
        "\nnew store to ready: {} ms; resident idle: {} KiB, after the run: {} KiB; binary: {} KiB",
        ready.as_millis(),
        idle,
        keywright.resident_kib(),
        size.unwrap().len() / 1024
    );
}
