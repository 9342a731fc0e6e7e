//! Clients: signed requests over loopback, one at a time on each connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use names::{Secret, Timestamp};
use sigv4::{Rules, Signer, sign};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::Server;

/// A key to sign with.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: Secret<String>,
    /// A session's.
    pub(crate) token: Option<String>,
}

impl Key {
    pub(crate) fn long_term(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Secret::new(secret.into()), token: None }
    }

    /// The credentials that an answer of STS hands out.
    pub(crate) fn of_session(answer: &str) -> Self {
        Self {
            id: element(answer, "AccessKeyId").to_owned(),
            secret: Secret::new(element(answer, "SecretAccessKey").to_owned()),
            token: Some(element(answer, "SessionToken").to_owned()),
        }
    }
}

/// A call before it is signed.
pub(crate) enum Call {
    Iam(String),
    Sts(String),
    WhoAmI,
    LookupEvents(String),
}

impl Call {
    fn service(&self) -> &'static str {
        match self {
            Self::Iam(_) => "iam",
            Self::WhoAmI | Self::Sts(_) => "sts",
            Self::LookupEvents(_) => "cloudtrail",
        }
    }

    fn body(&self) -> &str {
        match self {
            Self::Iam(body) | Self::Sts(body) | Self::LookupEvents(body) => body,
            Self::WhoAmI => "Action=GetCallerIdentity&Version=2011-06-15",
        }
    }

    /// An action of IAM with its parameters.
    pub(crate) fn iam(action: &str, parameters: &str) -> Self {
        Self::Iam(format!("Action={action}&Version=2010-05-08{parameters}"))
    }

    /// The whole HTTP request, signed.
    pub(crate) fn signed(&self, address: &str, key: &Key) -> Vec<u8> {
        let json = matches!(self, Self::LookupEvents(_));
        let kind = if json {
            "application/x-amz-json-1.1"
        } else {
            "application/x-www-form-urlencoded; charset=utf-8"
        };
        let mut builder =
            http::Request::post("/").header("host", address).header("content-type", kind);
        if json {
            builder = builder.header(
                "x-amz-target",
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
            );
        }
        let mut parts = builder.body(()).unwrap().into_parts().0;
        let signer = Signer {
            access_key_id: &key.id,
            secret: &key.secret,
            session_token: key.token.as_deref(),
            region: "us-east-1",
            service: self.service(),
        };
        let body = self.body();
        sign(&signer, &mut parts, body.as_bytes(), now(), &Rules::STANDARD).unwrap();
        let mut text = b"POST / HTTP/1.1\r\n".to_vec();
        for (name, value) in &parts.headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
        text
    }
}

pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp::from_millis(now as i64)
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 64 * 1024] }
    }

    /// Sends a request and gives the body of its answer, which must be a good one.
    pub(crate) async fn send(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.unwrap();
        let (mut have, mut whole) = (0, None);
        loop {
            if have == self.buffer.len() {
                self.buffer.resize(2 * have, 0);
            }
            let read = self.stream.read(self.buffer.get_mut(have..).unwrap()).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            have += read;
            let read = self.buffer.get(..have).unwrap();
            whole = whole.or_else(|| extent(read));
            if let Some((body, end)) = whole
                && have >= end
            {
                let answer = self.buffer.get(..end).unwrap();
                // A run that was cut short has left its keys: their users have as many as they may.
                let full = || String::from_utf8_lossy(answer).contains("LimitExceeded");
                let good = answer.starts_with(b"HTTP/1.1 200") || full();
                assert!(good, "{}", String::from_utf8_lossy(answer));
                return self.buffer.get(body..end).unwrap();
            }
        }
    }

    /// Signs and sends.
    pub(crate) async fn call(&mut self, server: &Server, key: &Key, call: &Call) -> String {
        let answer = self.send(&call.signed(&server.address, key)).await;
        String::from_utf8_lossy(answer).into_owned()
    }
}

/// Where an answer's body begins and ends, once its head is there.
fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(bytes.get(..head)?).ok()?;
    let length = text.split("content-length: ").nth(1)?.split("\r\n").next()?;
    Some((head + 4, head + 4 + length.parse::<usize>().ok()?))
}

/// What stands between `<name>` and `</name>`.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    xml.split(&format!("<{name}>")).nth(1).unwrap().split("</").next().unwrap()
}

/// One connection's next request, made from the answer before (empty at first); `None`: that is all.
pub(crate) type Next = Box<dyn FnMut(&[u8]) -> Option<Vec<u8>> + Send>;

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Calls a second.
    pub(crate) rate: f64,
    /// Server CPU microseconds a call.
    pub(crate) cpu: f64,
}

/// Drives each of `nexts` on a connection of its own, for so long or until all have ended.
pub(crate) async fn drive(server: &Server, nexts: Vec<Next>, time: Option<Duration>) -> Load {
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (begun, cpu) = (Instant::now(), server.cpu());
    let mut clients = Vec::new();
    for mut next in nexts {
        let mut connection = Connection::open(&server.address).await;
        let (stop, count) = (Arc::clone(&stop), Arc::clone(&count));
        clients.push(tokio::spawn(async move {
            let mut request = next(&[]);
            while let Some(bytes) = request.filter(|_| !stop.load(Ordering::Relaxed)) {
                request = next(connection.send(&bytes).await);
                count.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    if let Some(time) = time {
        tokio::time::sleep(time).await;
        stop.store(true, Ordering::Relaxed);
    }
    for client in clients {
        client.await.unwrap();
    }
    let calls = count.load(Ordering::Relaxed);
    let (taken, spent) = (begun.elapsed().as_secs_f64(), (server.cpu() - cpu).as_secs_f64());
    Load { rate: calls as f64 / taken, cpu: spent * 1e6 / calls as f64 }
}

/// A random number below `bound`, from a seed that moves on (SplitMix64).
pub(crate) fn draw(seed: &mut u64, bound: usize) -> usize {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % bound as u64) as usize
}
