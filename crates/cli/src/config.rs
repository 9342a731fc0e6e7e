//! Settings: a flag counts before the environment, the environment before the file, the file before
//! the default.

use std::path::{Path, PathBuf};

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;

use crate::failure::Failure;
use crate::files;
use crate::listen::Listen;

/// Where a store lies and what opens it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Place {
    /// Directory of the store [default: $XDG_DATA_HOME/keywright]
    #[arg(long, env = "KEYWRIGHT_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// File that holds the root key; it must lie outside the data directory [default:
    /// $XDG_CONFIG_HOME/keywright/root.key]
    #[arg(long, env = "KEYWRIGHT_ROOT_KEY_FILE", value_name = "FILE")]
    pub(crate) root_key_file: Option<PathBuf>,

    /// TOML file with settings, named as the long flags [default:
    /// $XDG_CONFIG_HOME/keywright/config.toml, if it is there]
    #[arg(long, env = "KEYWRIGHT_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
}

/// What the configuration file may hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct File {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) root_key_file: Option<PathBuf>,
    pub(crate) account_id: Option<String>,
    pub(crate) csv: Option<PathBuf>,
    pub(crate) users: Option<u64>,
    pub(crate) roles: Option<u64>,
    pub(crate) manager: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) listen: Option<Listen>,
    pub(crate) admin_listen: Option<Listen>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) behind_tls_proxy: Option<bool>,
    pub(crate) trusted_proxies: Option<Vec<IpNet>>,
    pub(crate) log: Option<String>,
    pub(crate) log_format: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// A store's place, all settled.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) data_dir: PathBuf,
    pub(crate) root_key_file: PathBuf,
    pub(crate) file: File,
}

impl Place {
    /// The flags that name the same place, each after a blank, to be pasted into a shell.
    pub(crate) fn flags(&self) -> String {
        let named = [
            ("--data-dir", &self.data_dir),
            ("--root-key-file", &self.root_key_file),
            ("--config", &self.config),
        ];
        let flag = |(flag, path): (&str, &Option<PathBuf>)| {
            path.as_ref().map(|path| format!(" {flag} {}", quoted(&path.to_string_lossy())))
        };
        named.into_iter().filter_map(flag).collect()
    }

    /// Lays flags and environment over the file, and the file over defaults.
    pub(crate) fn settle(&self) -> Result<Settled, Failure> {
        let file = File::read(self.config.as_deref())?;
        let data_dir = self.data_dir.clone().or_else(|| file.data_dir.clone());
        let root_key_file = self.root_key_file.clone().or_else(|| file.root_key_file.clone());
        Ok(Settled {
            data_dir: data_dir.map_or_else(|| xdg("XDG_DATA_HOME", ".local/share"), Ok)?,
            root_key_file: match root_key_file {
                Some(path) => path,
                None => xdg("XDG_CONFIG_HOME", ".config")?.join("root.key"),
            },
            file,
        })
    }
}

impl File {
    /// Reads the file that is named, or else the one in its usual place, if it is there.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match xdg("XDG_CONFIG_HOME", ".config") {
                Ok(dir) if dir.join("config.toml").exists() => dir.join("config.toml"),
                _ => return Ok(Self::default()),
            },
        };
        let text = files::read(&path)?;
        toml::from_str(&text).map_err(|error| {
            Failure::new(format!("{} is not a valid configuration", path.display()))
                .because(error)
                .hint("keys are named as the long flags of `keywright serve --help`")
        })
    }
}

/// Keywright's directory under an XDG base directory.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
fn xdg(variable: &str, fallback: &str) -> Result<PathBuf, Failure> {
    let base = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        home.map(|home| home.join(fallback))
    };
    base.or_else(home).map(|dir| dir.join("keywright")).ok_or_else(|| {
        Failure::new("there is no home directory to keep data in")
            .hint("name the places with --data-dir and --root-key-file")
    })
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:,=@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What comes by the environment only, or under a name that AWS gives it; an empty text is none.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
