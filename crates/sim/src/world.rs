//! The real authority on a simulated disk, through several lives of its machine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use authority::{Authority, Origin, Verdict, bootstrap};
use names::{AccountId, Clock as _, Secret, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use store::{Attribute, Lookup, Medium, Record, Store};
use vault::RootKey;

use crate::answer::Answer;
use crate::call::{Pair, Signed};
use crate::chance::Seeded;
use crate::clock::Hand;
use crate::disk::Disk;
use crate::faults::Faults;
use crate::vfs::{self, Plugged};

/// A promise that was not kept, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

impl Broken {
    pub(crate) fn of(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// Writes and syncs in which a life goes by, at most.
const LIFE_MAX: u64 = 400;

/// Writes and syncs in which the making of an account goes by, at most.
const BEGINNING_MAX: u64 = 12;

/// An authority, its disk and its clock.
#[derive(Debug)]
pub struct World {
    number: u64,
    plugged: Arc<Plugged>,
    clock: Arc<Hand>,
    chance: Arc<Seeded>,
    dice: StdRng,
    root_key: RootKey,
    account: AccountId,
    root: Pair,
    /// `None` between two lives.
    authority: Option<Authority>,
}

/// Numbers of disks: a disk of another life or world is never found by mistake.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn medium(path: &Path) -> Medium {
    Medium::simulated(vfs::NAME, path)
}

impl World {
    /// A new world with one account. The making of the account may be cut short, and is then begun
    /// again. That of the store is not: it makes a file that it renames when it is whole, and these
    /// disks have no names to change.
    ///
    /// # Errors
    /// [`Broken`] if the authority cannot be made on a disk that works.
    pub fn new(seed: u64) -> Result<Self, Broken> {
        let (chance, clock) = (Arc::new(Seeded::new(seed)), Arc::new(Hand::default()));
        let number = next_number();
        let (plugged, _) = vfs::plug(number, Disk::default()).map_err(Broken::of)?;
        let root_key = RootKey::generate(&*chance);
        let dice = StdRng::seed_from_u64(seed ^ 0x6b65_7977);
        let nobody = Pair { id: String::new(), secret: Secret::new(String::new()), token: None };
        let mut world = Self {
            number,
            plugged,
            clock,
            chance,
            dice,
            root_key,
            account: AccountId::default(),
            root: nobody,
            authority: None,
        };
        world.begin()?;
        Ok(world)
    }

    fn begin(&mut self) -> Result<(), Broken> {
        self.make_store()?;
        if self.dice.random_ratio(1, 2) {
            let faults = Faults::drawn(&mut self.dice, BEGINNING_MAX);
            self.plugged.disk().plan(faults);
            if self.make_account().is_ok() {
                self.plugged.disk().plan(Faults::none());
                return Ok(());
            }
            self.stop();
            self.open()?;
        }
        if self.make_account()? {
            return Ok(());
        }
        // The account was made, but the machine stopped before anybody saw root's key. Here, the
        // person who makes it begins with an empty disk.
        self.stop();
        *self.plugged.disk() = Disk::default();
        self.make_store()?;
        self.make_account().map(|_| ())
    }

    fn make_store(&mut self) -> Result<(), Broken> {
        let store = Store::create(medium(&self.path()), &self.root_key, self.chance.clone());
        self.serve(store.map_err(|error| Broken(format!("making: {error}")))?)
    }

    /// Makes the account of a store that has none. `false`: there is one already.
    fn make_account(&mut self) -> Result<bool, Broken> {
        let authority = self.authority.take().ok_or_else(|| Broken::of("no authority"))?;
        let accounts = bootstrap::list_accounts(&authority).map_err(Broken::of)?;
        if !accounts.is_empty() {
            return Ok(false);
        }
        let made = bootstrap::create_account(&authority, None, None).map_err(Broken::of)?;
        self.account = made.account;
        self.root = Pair { id: made.access_key_id, secret: made.secret_access_key, token: None };
        self.authority = Some(authority.with_home(made.account));
        Ok(true)
    }

    fn path(&self) -> PathBuf {
        Path::new("/").join(self.number.to_string())
    }

    pub(crate) fn root(&self) -> &Pair {
        &self.root
    }

    /// The ARN of the account's role of this name.
    pub(crate) fn role_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role/{name}", self.account)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[cfg(test)]
    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// How many rows an index has in the account.
    #[cfg(test)]
    pub(crate) fn rows(&self, index: u16) -> Result<usize, Broken> {
        let snapshot = self.authority()?.store().snapshot().map_err(Broken::of)?;
        let rows = snapshot.scan(index, self.account, b"", None, 1000);
        rows.map(|rows| rows.len()).map_err(Broken::of)
    }

    pub(crate) fn move_clock(&self, millis: i64) {
        self.clock.move_by(millis);
    }

    /// From here on the disk fails as it is drawn.
    pub(crate) fn begin_faults(&mut self) {
        let faults = Faults::drawn(&mut self.dice, LIFE_MAX);
        self.plugged.disk().plan(faults);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.plugged.disk().is_dead()
    }

    /// Reads that the disk refused in this life.
    pub(crate) fn failed_reads(&self) -> u64 {
        self.plugged.disk().failed_reads()
    }

    /// Makes calls at once, so that their commits may share a batch. Answers come in the order in
    /// which the calls were concluded, each with the call's place; those of one batch together.
    ///
    /// # Errors
    /// [`Broken`] if a call is never concluded.
    pub(crate) fn calls(&self, calls: Vec<Signed>) -> Result<Vec<Vec<(usize, Answer)>>, Broken> {
        let authority = self.authority()?;
        let mut calls: Vec<_> =
            calls.into_iter().map(|signed| authority.receive(signed.0, origin())).collect();
        let mut waiting: Vec<usize> = (0..calls.len()).collect();
        let mut answers = Vec::new();
        while !waiting.is_empty() {
            let verdicts = Arc::new(Mutex::new(Vec::new()));
            for at in std::mem::take(&mut waiting) {
                let told = Arc::clone(&verdicts);
                let done = move |verdict| lock(&told).push((at, verdict));
                let call = calls.get_mut(at).ok_or_else(|| Broken::of("no such call"))?;
                authority.attempt(call, Box::new(done));
            }
            authority.store().step();
            let mut batch = Vec::new();
            for (at, verdict) in lock(&verdicts).drain(..) {
                match verdict {
                    Verdict::Again => waiting.push(at),
                    Verdict::Answer(answer) => batch.push((at, Answer::from(answer))),
                }
            }
            answers.push(batch);
        }
        let count: usize = answers.iter().map(Vec::len).sum();
        if count == calls.len() {
            return Ok(answers);
        }
        Err(Broken(format!("{} calls, {count} answers", calls.len())))
    }

    fn authority(&self) -> Result<&Authority, Broken> {
        self.authority.as_ref().ok_or_else(|| Broken::of("there is no authority"))
    }

    /// The machine stops, and starts again with what the disk has kept. Starting may fail, too:
    /// then it is started once more.
    ///
    /// # Errors
    /// [`Broken`] if the store does not open on a disk that works.
    pub fn restart(&mut self) -> Result<(), Broken> {
        self.stop();
        if self.dice.random_ratio(1, 4) {
            let faults = Faults::drawn(&mut self.dice, 30);
            self.plugged.disk().plan(faults);
            if self.open().is_err() {
                self.stop();
            } else {
                self.plugged.disk().plan(Faults::none());
            }
        }
        if self.authority.is_none() {
            self.open()?;
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.plugged.disk().stop();
        // What the store writes while it is closed is lost: the machine has stopped.
        self.authority = None;
        vfs::unplug(self.number);
        let disk = self.plugged.disk().after_crash();
        self.number = next_number();
        if let Ok((plugged, _)) = vfs::plug(self.number, disk) {
            self.plugged = plugged;
        }
    }

    fn open(&mut self) -> Result<(), Broken> {
        let store = Store::open(medium(&self.path()), &self.root_key, self.chance.clone());
        self.serve(store.map_err(|error| Broken(format!("opening: {error}")))?)
    }

    fn serve(&mut self, store: Store) -> Result<(), Broken> {
        let store = Arc::new(store);
        let authority = Authority::new(store, self.clock.clone(), self.chance.clone());
        self.authority = Some(authority.map_err(Broken::of)?);
        Ok(())
    }

    /// Everything that the trail holds, newest first.
    ///
    /// # Errors
    /// [`Broken`] if it cannot be read.
    pub fn records(&self, attribute: Attribute, value: &str) -> Result<Vec<Record>, Broken> {
        let mut lookup = Lookup {
            account: self.account,
            attribute,
            value: value.to_owned(),
            from: Timestamp::from_millis(i64::MIN / 2),
            to: Timestamp::from_millis(i64::MAX),
            below: None,
            limit: 50,
        };
        let mut all = Vec::new();
        loop {
            let page = self.authority()?.store().lookup(&lookup).map_err(Broken::of)?;
            all.extend(page.records);
            match page.next_below {
                Some(below) => lookup.below = Some(below),
                None => return Ok(all),
            }
        }
    }

    /// Checks seals, chain and index rows, as `keywright check` does.
    ///
    /// # Errors
    /// [`Broken`] with what was found.
    pub fn check(&self) -> Result<(), Broken> {
        let found = self.authority()?.store().check(&authority::implied_by);
        match found.map_err(Broken::of)?.as_slice() {
            [] => Ok(()),
            findings => Err(Broken(format!("the check finds {findings:?}"))),
        }
    }

    /// Looks for texts in every byte that was written in any life.
    ///
    /// # Errors
    /// [`Broken`] if one is found.
    pub(crate) fn search(&self, secrets: &[String]) -> Result<(), Broken> {
        let disk = self.plugged.disk();
        let finder = aho_corasick::AhoCorasick::new(secrets).map_err(Broken::of)?;
        for bytes in disk.all_bytes() {
            if let Some(found) = finder.find(bytes) {
                let at = found.start();
                return Err(Broken(format!(
                    "a secret lies on the disk in the clear, at byte {at}"
                )));
            }
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.plugged.disk().stop();
        self.authority = None;
        vfs::unplug(self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn origin() -> Origin {
    Origin { address: std::net::Ipv4Addr::LOCALHOST.into(), secure: true, tls: None }
}
