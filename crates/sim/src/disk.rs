//! A disk in memory that loses what was not synced.
//!
//! Each file has what is durable and what a reader sees; between them lie writes that wait for a
//! sync. A crash keeps some of those, perhaps cut at a sector. A sync that fails keeps some and
//! forgets the rest, as Linux does. Locks and shared memory die with the machine.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::faults::{Doing, Fate, Faults};

/// The unit that a disk writes whole, in bytes.
const SECTOR: usize = 512;

/// Why an operation was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The device says no.
    Failed,
    /// No space is left.
    Full,
    /// The machine has stopped.
    Dead,
    /// There is no such file.
    Missing,
}

#[derive(Debug, Clone)]
enum Waiting {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    seen: Vec<u8>,
    waiting: Vec<Waiting>,
}

/// The disk of one life of a machine.
#[derive(Debug)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
    faults: Faults,
    dead: bool,
    failed_reads: u64,
    /// Every byte that was ever handed to be written, for the search for secrets.
    written: Vec<u8>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            faults: Faults::none(),
            dead: false,
            failed_reads: 0,
            written: Vec::new(),
        }
    }
}

impl Disk {
    /// From here on things go wrong as planned.
    pub(crate) fn plan(&mut self, faults: Faults) {
        self.faults = faults;
    }

    #[cfg(test)]
    fn mend(&mut self) {
        self.faults.mend();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    pub(crate) fn failed_reads(&self) -> u64 {
        self.failed_reads
    }

    /// Everything that was written, and everything that lies here now.
    pub(crate) fn all_bytes(&self) -> impl Iterator<Item = &[u8]> {
        let files = self.files.values().flat_map(|file| [&*file.durable, &*file.seen]);
        files.chain([self.written.as_slice()])
    }

    /// The machine stops now, if it has not stopped before.
    pub(crate) fn stop(&mut self) {
        self.dead = true;
    }

    /// The disk as the next life of the machine finds it.
    pub(crate) fn after_crash(&mut self) -> Self {
        let dice = self.faults.dice();
        let way = dice.random_range(0..4);
        let files = self.files.iter().map(|(name, file)| {
            let mut bytes = file.durable.clone();
            let kept = match way {
                0 => 0,
                1 => file.waiting.len(),
                _ => dice.random_range(0..=file.waiting.len()),
            };
            for (at, write) in file.waiting.iter().enumerate() {
                // Either the first ones are kept, or some in any order of the disk's choosing.
                let keep = if way == 3 { dice.random() } else { at < kept };
                if keep {
                    apply(&mut bytes, &torn(write, dice));
                }
            }
            (name.clone(), File { durable: bytes.clone(), seen: bytes, waiting: Vec::new() })
        });
        let files = files.collect();
        Self {
            files,
            faults: Faults::none(),
            dead: false,
            failed_reads: 0,
            written: std::mem::take(&mut self.written),
        }
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Opens a file, made if it is missing and `create` says so.
    pub(crate) fn open(&mut self, name: &str, create: bool) -> Result<(), Trouble> {
        self.alive()?;
        if !self.exists(name) {
            if !create {
                return Err(Trouble::Missing);
            }
            self.files.insert(name.to_owned(), File::default());
        }
        Ok(())
    }

    pub(crate) fn delete(&mut self, name: &str) -> Result<(), Trouble> {
        self.alive()?;
        self.files.remove(name).map(|_| ()).ok_or(Trouble::Missing)
    }

    pub(crate) fn length(&self, name: &str) -> Result<usize, Trouble> {
        self.alive()?;
        self.files.get(name).map(|file| file.seen.len()).ok_or(Trouble::Missing)
    }

    /// Fills `buffer` from `at`; returns how many bytes there were, the rest is zero.
    pub(crate) fn read(
        &mut self,
        name: &str,
        at: usize,
        buffer: &mut [u8],
    ) -> Result<usize, Trouble> {
        self.alive()?;
        if self.faults.decide(Doing::Read) != Fate::Done {
            self.failed_reads += 1;
            return Err(Trouble::Failed);
        }
        let file = self.files.get(name).ok_or(Trouble::Missing)?;
        let there = file.seen.get(at..).unwrap_or_default();
        let count = there.len().min(buffer.len());
        let (filled, rest) = buffer.split_at_mut(count);
        filled.copy_from_slice(there.get(..count).unwrap_or_default());
        rest.fill(0);
        Ok(count)
    }

    pub(crate) fn write(&mut self, name: &str, at: usize, bytes: &[u8]) -> Result<(), Trouble> {
        self.alive()?;
        self.written.extend_from_slice(bytes);
        let write = Waiting::Bytes { at, bytes: bytes.to_vec() };
        self.change(name, write)
    }

    pub(crate) fn set_length(&mut self, name: &str, length: usize) -> Result<(), Trouble> {
        self.alive()?;
        self.change(name, Waiting::Length(length))
    }

    fn change(&mut self, name: &str, write: Waiting) -> Result<(), Trouble> {
        let fate = self.faults.decide(Doing::Write);
        match fate {
            Fate::Failed => return Err(Trouble::Failed),
            Fate::Full => return Err(Trouble::Full),
            Fate::Crash => return self.die(),
            Fate::Done | Fate::CrashAfter => {}
        }
        let file = self.files.get_mut(name).ok_or(Trouble::Missing)?;
        apply(&mut file.seen, &write);
        file.waiting.push(write);
        if fate == Fate::CrashAfter { self.die() } else { Ok(()) }
    }

    pub(crate) fn sync(&mut self, name: &str) -> Result<(), Trouble> {
        self.alive()?;
        let fate = self.faults.decide(Doing::Sync);
        if fate == Fate::Crash {
            return self.die();
        }
        let file = self.files.get_mut(name).ok_or(Trouble::Missing)?;
        let failed = matches!(fate, Fate::Failed | Fate::Full);
        for write in std::mem::take(&mut file.waiting) {
            if !failed || self.faults.dice().random() {
                apply(&mut file.durable, &write);
            }
        }
        match fate {
            Fate::CrashAfter => self.die(),
            _ if failed => Err(Trouble::Failed),
            _ => Ok(()),
        }
    }

    fn alive(&self) -> Result<(), Trouble> {
        if self.dead { Err(Trouble::Dead) } else { Ok(()) }
    }

    fn die(&mut self) -> Result<(), Trouble> {
        self.dead = true;
        Err(Trouble::Dead)
    }
}

fn apply(bytes: &mut Vec<u8>, write: &Waiting) {
    match write {
        Waiting::Length(length) => bytes.resize(*length, 0),
        Waiting::Bytes { at, bytes: new } => {
            let end = at + new.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(place) = bytes.get_mut(*at..end) {
                place.copy_from_slice(new);
            }
        }
    }
}

/// The write, or now and then only its first sectors.
fn torn(write: &Waiting, dice: &mut StdRng) -> Waiting {
    match write {
        Waiting::Bytes { at, bytes } if bytes.len() > SECTOR && dice.random_ratio(1, 4) => {
            let sectors = dice.random_range(0..=bytes.len() / SECTOR);
            let kept = bytes.get(..sectors * SECTOR).unwrap_or(bytes);
            Waiting::Bytes { at: *at, bytes: kept.to_vec() }
        }
        whole => whole.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn durable(disk: &Disk) -> &[u8] {
        &disk.files.get("f").unwrap().durable
    }

    #[test]
    fn only_what_was_synced_is_sure_to_survive() {
        let mut survivors = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let mut faults = Faults::drawn(&mut StdRng::seed_from_u64(seed), 1);
            faults.mend();
            // The one operation at which this machine stops.
            faults.decide(Doing::Sync);
            let mut disk = Disk { faults, ..Disk::default() };
            disk.open("f", true).unwrap();
            disk.write("f", 0, b"one").unwrap();
            disk.sync("f").unwrap();
            disk.write("f", 3, b"two").unwrap();
            disk.write("f", 6, b"three").unwrap();
            disk.stop();
            assert_eq!(disk.write("f", 0, b"late"), Err(Trouble::Dead));
            let next = disk.after_crash();
            assert!(durable(&next).starts_with(b"one"));
            survivors.insert(durable(&next).to_vec());
        }
        assert!(survivors.len() > 2, "{survivors:?}");
    }

    #[test]
    fn a_failed_sync_may_forget_writes_for_good() {
        let mut forgotten = 0;
        for seed in 0..64 {
            let mut disk = Disk::default();
            disk.open("f", true).unwrap();
            disk.write("f", 0, b"one").unwrap();
            let mut faults = Faults::drawn(&mut StdRng::seed_from_u64(seed), 1_000);
            faults.fail_once();
            disk.plan(faults);
            assert_eq!(disk.sync("f"), Err(Trouble::Failed));
            disk.mend();
            disk.sync("f").unwrap();
            forgotten += usize::from(durable(&disk).is_empty());
        }
        assert!((1..64).contains(&forgotten));
    }
}
