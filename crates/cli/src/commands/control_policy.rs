//! `keywright account attach-policy`, `detach-policy` and `list-policies`: service and resource control
//! policies.

use std::path::PathBuf;

use authority::bootstrap::{self, ControlKind, ControlPlace};
use clap::{Args, ValueEnum};
use names::AccountId;

use crate::config::{Place, Settled};
use crate::failure::Failure;
use crate::{files, opening, output};

/// The level that policies are attached to if none is named.
const LEVEL: &str = "account";

/// What a control policy governs.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Service control policy: what principals of the account may do
    Scp,
    /// Resource control policy: what may be done to resources of the account
    Rcp,
}

/// Which policy of which account
#[derive(Debug, Args)]
struct Which {
    /// The account's id, twelve digits
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,

    /// Service or resource control policy
    #[arg(value_name = "KIND")]
    kind: Kind,

    /// The policy's name
    #[arg(value_name = "NAME")]
    name: String,

    /// The level that it is attached to; at every level a policy must allow [default: account]
    #[arg(long, env = "KEYWRIGHT_LEVEL", value_name = "LEVEL")]
    level: Option<String>,
}

impl Which {
    fn place(self, settled: &Settled) -> ControlPlace {
        let kind = match self.kind {
            Kind::Scp => ControlKind::Service,
            Kind::Rcp => ControlKind::Resource,
        };
        let level = self.level.or_else(|| settled.file.level.clone());
        let level = level.unwrap_or_else(|| LEVEL.to_owned());
        ControlPlace { account: self.account, kind, level, name: self.name }
    }
}

/// Attach a service or resource control policy to an account
///
/// In AWS an organization's root, its units and the account are levels, and at every level a policy must
/// allow. Here a level is a name. Each begins with AWS's FullAWSAccess, which allows all, so that a policy
/// that denies can be added; detach FullAWSAccess to allow no more than your own policies do. Root of the
/// account is bound, too. A policy of the same name is replaced.
#[derive(Debug, Args)]
pub(crate) struct Attach {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    which: Which,

    /// File with the policy document
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Detach a service or resource control policy from an account
#[derive(Debug, Args)]
pub(crate) struct Detach {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    which: Which,
}

/// List an account's control policies: level, kind, name and document, one a line
#[derive(Debug, Args)]
pub(crate) struct ListPolicies {
    #[command(flatten)]
    place: Place,

    /// The account's id, twelve digits
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

/// `scp deny-all of account 123456789012, level account`.
fn spoken(place: &ControlPlace) -> String {
    let ControlPlace { account, kind, level, name } = place;
    format!("{} {name} of account {account}, level {level}", kind.name())
}

impl Attach {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let settled = self.place.settle()?;
        let document = files::read(&self.file)?;
        let authority = opening::open(&settled)?;
        let place = self.which.place(&settled);
        let attached = bootstrap::attach_control(&authority, &place, document);
        attached.map_err(|error| opening::of_bootstrap(&error))?;
        opening::tell_done(&format!("Attached {}", spoken(&place)));
        Ok(())
    }
}

impl Detach {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let settled = self.place.settle()?;
        let authority = opening::open(&settled)?;
        let place = self.which.place(&settled);
        let detached = bootstrap::detach_control(&authority, &place);
        detached.map_err(|error| opening::of_bootstrap(&error))?;
        opening::tell_done(&format!("Detached {}", spoken(&place)));
        Ok(())
    }
}

impl ListPolicies {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let authority = opening::open(&self.place.settle()?)?;
        let found = bootstrap::list_controls(&authority, self.account);
        for (place, document) in found.map_err(|error| opening::of_bootstrap(&error))? {
            let one_line = document.split_whitespace().collect::<Vec<_>>().join(" ");
            let kind = place.kind.name();
            output::data(&format!("{}\t{kind}\t{}\t{one_line}", place.level, place.name));
        }
        Ok(())
    }
}
