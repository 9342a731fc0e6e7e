//! `keywright serve`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use authority::Authority;
use clap::Args;
use ipnet::IpNet;
use names::AccountId;
use server::{Door, Limits, Proxies};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::init;
use crate::config::{Place, Settled, environment};
use crate::failure::Failure;
use crate::listen::Listen;
use crate::{opening, output, root_access_key};

/// Serve the AWS APIs; make the store first if there is none
///
/// Prints the endpoint URL and the lines to paste into a shell when it is ready. SIGTERM and SIGINT
/// let calls that have begun end, then exit with 0. A store that is made gets the root access key of
/// KEYWRIGHT_ROOT_ACCESS_KEY_ID and KEYWRIGHT_ROOT_SECRET_ACCESS_KEY, if they are set, or else a new
/// one, which is printed once.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,

    /// The first account's id, twelve digits, if the store is made [default: drawn at random]
    #[arg(long, env = "KEYWRIGHT_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,

    /// Address or host, and port, to listen on [default: 127.0.0.1:4747]
    #[arg(long, env = "KEYWRIGHT_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<Listen>,

    /// Address or host, and port, for /healthz, /readyz and /metrics [default: off]
    #[arg(long, env = "KEYWRIGHT_ADMIN_LISTEN", value_name = "ADDR:PORT")]
    admin_listen: Option<Listen>,

    /// Certificate chain, PEM
    #[arg(long, env = "KEYWRIGHT_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// Private key of the certificate, PEM
    #[arg(long, env = "KEYWRIGHT_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// A proxy in front ends TLS: its X-Forwarded-For is believed, and other addresses than loopback
    /// may be listened on without TLS
    #[arg(long, env = "KEYWRIGHT_BEHIND_TLS_PROXY")]
    behind_tls_proxy: bool,

    /// Networks of that proxy; connections from elsewhere are closed. A list in the configuration
    /// file [default: loopback, private and link-local networks]
    #[arg(long, env = "KEYWRIGHT_TRUSTED_PROXIES", value_name = "CIDR,…", value_delimiter = ',')]
    trusted_proxies: Option<Vec<IpNet>>,

    /// What is logged: error, warn, info, debug or trace, or directives such as
    /// `info,keywright::calls=debug`, which adds a line for each call: its operation, caller, outcome and
    /// duration [default: info]
    #[arg(long, env = "KEYWRIGHT_LOG", value_name = "FILTER")]
    log: Option<String>,

    /// Log lines on stderr as `text` or `json` [default: text]
    #[arg(long, env = "KEYWRIGHT_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<String>,
}

/// Settings of the door, all settled.
struct Settings {
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    tls: Option<(PathBuf, PathBuf)>,
    proxies: Option<Proxies>,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let place = self.place.settle()?;
        let settings = self.settings(&place)?;
        let file = &place.file;
        let log = self.log.as_deref().or(file.log.as_deref());
        start_log(log, self.log_format.as_deref().or(file.log_format.as_deref()))?;
        let tls = match &settings.tls {
            Some((cert, key)) => Some(
                server::tls_config(cert, key)
                    .map_err(|error| Failure::new("TLS cannot be set up").because(error))?,
            ),
            None => None,
        };
        let authority = open_or_create(&place, self.account_id)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::new("the server cannot start").because(error))?;
        let outcome = runtime.block_on(serve(&settings, tls, Arc::clone(&authority)));
        authority.store().close();
        tracing::info!("stopped");
        outcome
    }

    fn settings(&self, place: &Settled) -> Result<Settings, Failure> {
        let file = &place.file;
        let listen = self.listen.as_ref().or(file.listen.as_ref());
        let default = SocketAddr::from(([127, 0, 0, 1], 4747));
        let listen = listen.map_or(Ok(default), Listen::resolve)?;
        let cert = self.tls_cert.clone().or_else(|| file.tls_cert.clone());
        let key = self.tls_key.clone().or_else(|| file.tls_key.clone());
        let tls = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => {
                return Err(Failure::new("TLS takes a certificate and a key")
                    .hint("give both --tls-cert and --tls-key"));
            }
        };
        let behind_tls_proxy = self.behind_tls_proxy || file.behind_tls_proxy.unwrap_or(false);
        if !listen.ip().is_loopback() && tls.is_none() && !behind_tls_proxy {
            let what = format!("{listen} can be reached by others, and TLS is off");
            return Err(Failure::new(what).hint(
                "give --tls-cert and --tls-key, or --behind-tls-proxy if a proxy ends TLS, or \
                 listen on 127.0.0.1",
            ));
        }
        let admin_listen = self.admin_listen.as_ref().or(file.admin_listen.as_ref());
        let admin_listen = admin_listen.map(Listen::resolve).transpose()?;
        let networks = self.trusted_proxies.clone().or_else(|| file.trusted_proxies.clone());
        if networks.is_some() && !behind_tls_proxy {
            let what = "trusted proxies are named, but no proxy is said to end TLS";
            return Err(Failure::new(what).hint("give --behind-tls-proxy, too"));
        }
        let proxies = behind_tls_proxy.then(|| networks.map_or_else(Proxies::default, Proxies::of));
        Ok(Settings { listen, admin_listen, tls, proxies })
    }
}

fn start_log(filter: Option<&str>, format: Option<&str>) -> Result<(), Failure> {
    let filter = filter.filter(|text| !text.is_empty()).unwrap_or("info");
    let level = tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| {
        Failure::new(format!("`{filter}` is no log filter"))
            .because(error)
            .hint("info, for example")
    })?;
    let is_colored = std::io::stderr().is_terminal() && environment("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(level).with_writer(std::io::stderr);
    let log = log.with_ansi(is_colored);
    match format.unwrap_or("text") {
        "text" => log.with_target(false).init(),
        "json" => log.json().init(),
        other => {
            return Err(Failure::new(format!("`{other}` is no log format")).hint("text or json"));
        }
    }
    Ok(())
}

fn open_or_create(place: &Settled, account: Option<AccountId>) -> Result<Arc<Authority>, Failure> {
    let wanted = init::account_id(account, place.file.account_id.as_deref())?;
    let (authority, account) = opening::open_or_create(place, wanted)?;
    if let Some(account) = account {
        opening::tell_of_new_store(place);
        root_access_key::show(&account);
        tracing::info!(data_dir = %place.data_dir.display(), "a store was made");
    } else {
        tracing::info!(data_dir = %place.data_dir.display(), "the store is open");
    }
    Ok(Arc::new(authority))
}

async fn serve(
    settings: &Settings,
    tls: Option<Arc<server::ServerConfig>>,
    authority: Arc<Authority>,
) -> Result<(), Failure> {
    let door = Arc::new(Door::new(authority, Limits::default(), settings.proxies.clone()));
    let stop = stop_signal()?;
    let _file_size = listen_for(SignalKind::from_raw(SIGXFSZ))?;
    let secure = tls.is_some();
    let ready = move |address: SocketAddr| announce(address, secure);
    server::serve(door, settings.listen, settings.admin_listen, tls, ready, stop).await.map_err(
        |error| {
            Failure::new("the server cannot start")
                .because(error)
                .hint("name another address with --listen")
        },
    )
}

/// Sent on a write past a file size limit. Listened for, so that the write fails like one on a full
/// disk and the server lives on.
const SIGXFSZ: i32 = 25;

fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new("signals cannot be handled").because(error))
}

/// Resolves at SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) =
        (listen_for(SignalKind::terminate())?, listen_for(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn announce(address: SocketAddr, secure: bool) {
    let scheme = if secure { "https" } else { "http" };
    output::data(&format!("Keywright is ready at {scheme}://{address}"));
    output::data("");
    output::data(&format!("  export AWS_ENDPOINT_URL={scheme}://{address}"));
    output::data("  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1");
    if secure {
        output::data("  export AWS_CA_BUNDLE=…   # if the certificate is not publicly trusted");
    }
}
