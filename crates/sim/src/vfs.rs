//! Simulated disks as SQLite sees them: one VFS for the process, a disk for each first directory of
//! a path.
//!
//! Locks are SQLite's own rules over tables in memory. A machine that has stopped fails every call.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenAccess, OpenOptions, RegisterError, Vfs, register};

use crate::disk::{Disk, Trouble};

/// The name under which SQLite knows simulated disks.
pub(crate) const NAME: &str = "keywright-sim";

/// A disk that is plugged in, with the locks that are held on it.
#[derive(Debug, Default)]
pub(crate) struct Plugged {
    pub(crate) disk: Mutex<Disk>,
    locks: Mutex<Locks>,
}

/// Locks and shared memory of the one database on a disk.
#[derive(Debug, Default)]
struct Locks {
    next_holder: u64,
    database: BTreeMap<u64, LockKind>,
    regions: BTreeMap<u32, Box<[u8; 32768]>>,
    slots: BTreeMap<u8, BTreeMap<u64, WalIndexLock>>,
}

static DISKS: Mutex<BTreeMap<u64, Arc<Plugged>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plugs a disk in; the path is that of a directory on it.
pub(crate) fn plug(number: u64, disk: Disk) -> Result<(Arc<Plugged>, PathBuf), RegisterError> {
    static REGISTERED: OnceLock<Option<RegisterError>> = OnceLock::new();
    if REGISTERED.get_or_init(|| register(NAME, Disks, false).err()).is_some() {
        return Err(RegisterError::Register(1));
    }
    let plugged = Arc::new(Plugged { disk: Mutex::new(disk), locks: Mutex::default() });
    lock(&DISKS).insert(number, Arc::clone(&plugged));
    Ok((plugged, PathBuf::from(format!("/{number}"))))
}

/// Takes a disk out. Who has a file on it open keeps it.
pub(crate) fn unplug(number: u64) {
    lock(&DISKS).remove(&number);
}

impl Plugged {
    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }
}

/// The disk of a path `/NUMBER/FILE`, and the file.
fn found(path: &str) -> Result<(Arc<Plugged>, &str), Error> {
    let missing = || Error::from(ErrorKind::NotFound);
    let (number, file) = path.trim_start_matches('/').split_once('/').ok_or_else(missing)?;
    let number: u64 = number.parse().map_err(|_| missing())?;
    let disk = lock(&DISKS).get(&number).cloned().ok_or_else(missing)?;
    Ok((disk, file))
}

fn io(trouble: Trouble) -> Error {
    match trouble {
        Trouble::Missing => Error::from(ErrorKind::NotFound),
        // This is what the adapter answers SQLITE_FULL for.
        Trouble::Full => Error::from(ErrorKind::WriteZero),
        Trouble::Failed => Error::other("the device failed"),
        Trouble::Dead => Error::other("the machine has stopped"),
    }
}

struct Disks;

impl Vfs for Disks {
    type Handle = Handle;

    fn open(&self, path: &str, options: OpenOptions) -> Result<Handle, Error> {
        let (disk, path) = found(path)?;
        let create = matches!(options.access, OpenAccess::Create | OpenAccess::CreateNew);
        disk.disk().open(path, create).map_err(io)?;
        let holder = disk.holder();
        Ok(Handle { disk, path: path.to_owned(), holder, level: LockKind::None })
    }

    fn delete(&self, path: &str) -> Result<(), Error> {
        let (disk, path) = found(path)?;
        disk.disk().delete(path).map_err(io)
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        let (disk, path) = found(path)?;
        Ok(disk.disk().exists(path))
    }

    fn temporary_name(&self) -> String {
        "/temporary".to_owned()
    }

    fn random(&self, buffer: &mut [i8]) {
        buffer.fill(7);
    }

    /// Nobody waits here: who is kept out by a lock is kept out for good.
    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }
}

impl Plugged {
    fn holder(&self) -> u64 {
        let mut locks = lock(&self.locks);
        locks.next_holder += 1;
        locks.next_holder
    }
}

/// An open file.
struct Handle {
    disk: Arc<Plugged>,
    path: String,
    holder: u64,
    level: LockKind,
}

impl Drop for Handle {
    fn drop(&mut self) {
        lock(&self.disk.locks).database.remove(&self.holder);
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = Shared;

    fn size(&self) -> Result<u64, Error> {
        self.disk.disk().length(&self.path).map(|length| length as u64).map_err(io)
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        match self.disk.disk().read(&self.path, at, buffer).map_err(io)? {
            count if count == buffer.len() => Ok(()),
            _ => Err(Error::from(ErrorKind::UnexpectedEof)),
        }
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> Result<(), Error> {
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        self.disk.disk().write(&self.path, at, bytes).map_err(io)
    }

    fn sync(&mut self, _data_only: bool) -> Result<(), Error> {
        self.disk.disk().sync(&self.path).map_err(io)
    }

    fn set_len(&mut self, size: u64) -> Result<(), Error> {
        let length = usize::try_from(size).unwrap_or(usize::MAX);
        self.disk.disk().set_length(&self.path, length).map_err(io)
    }

    fn lock(&mut self, wanted: LockKind) -> Result<bool, Error> {
        let granted = lock(&self.disk.locks).grant(self.holder, wanted);
        if granted {
            self.level = wanted;
        }
        Ok(granted)
    }

    fn reserved(&mut self) -> Result<bool, Error> {
        Ok(lock(&self.disk.locks).database.values().any(|held| *held >= LockKind::Reserved))
    }

    fn current_lock(&self) -> Result<LockKind, Error> {
        Ok(self.level)
    }

    fn wal_index(&self, _readonly: bool) -> Result<Shared, Error> {
        Ok(Shared { disk: Arc::clone(&self.disk), holder: self.disk.holder() })
    }
}

impl Locks {
    /// SQLite's rules: many readers, one who is about to write, and at the end nobody else.
    fn grant(&mut self, holder: u64, wanted: LockKind) -> bool {
        let others = || self.database.iter().filter(|(other, _)| **other != holder);
        let stronger = others()
            .map(|(_, held)| *held)
            .max_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let stronger = stronger.unwrap_or(LockKind::None);
        let free = match wanted {
            LockKind::None => true,
            LockKind::Shared => stronger < LockKind::Pending,
            LockKind::Reserved | LockKind::Pending => stronger < LockKind::Reserved,
            LockKind::Exclusive => stronger == LockKind::None,
        };
        if free {
            self.database.insert(holder, wanted);
        }
        free
    }

    fn grant_slots(&mut self, holder: u64, slots: Range<u8>, wanted: WalIndexLock) -> bool {
        let is_free = |slot: u8| {
            let held = self.slots.get(&slot);
            held.is_none_or(|held| {
                held.iter().filter(|(other, _)| **other != holder).all(|(_, kind)| {
                    *kind == WalIndexLock::Shared && wanted == WalIndexLock::Shared
                })
            })
        };
        if wanted != WalIndexLock::None && !slots.clone().all(is_free) {
            return false;
        }
        for slot in slots {
            let held = self.slots.entry(slot).or_default();
            match wanted {
                WalIndexLock::None => held.remove(&holder),
                kind => held.insert(holder, kind),
            };
        }
        true
    }
}

/// One connection's hold on the shared memory beside a WAL.
struct Shared {
    disk: Arc<Plugged>,
    holder: u64,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut locks = lock(&self.disk.locks);
        locks.slots.values_mut().for_each(|held| {
            held.remove(&self.holder);
        });
    }
}

impl WalIndex for Shared {
    fn map(&mut self, region: u32) -> Result<[u8; 32768], Error> {
        let mut locks = lock(&self.disk.locks);
        Ok(**locks.regions.entry(region).or_insert_with(|| Box::new([0; 32768])))
    }

    fn lock(&mut self, slots: Range<u8>, wanted: WalIndexLock) -> Result<bool, Error> {
        Ok(lock(&self.disk.locks).grant_slots(self.holder, slots, wanted))
    }

    fn delete(self) -> Result<(), Error> {
        lock(&self.disk.locks).regions.clear();
        Ok(())
    }

    fn pull(&mut self, region: u32, data: &mut [u8; 32768]) -> Result<(), Error> {
        if let Some(shared) = lock(&self.disk.locks).regions.get(&region) {
            data.copy_from_slice(&shared[..]);
        }
        Ok(())
    }

    fn push(&mut self, region: u32, data: &[u8; 32768]) -> Result<(), Error> {
        lock(&self.disk.locks).regions.insert(region, Box::new(*data));
        Ok(())
    }
}
