//! A batch: the records of one commit, chained, with the documents that it changed.
//!
//! One row carries all of them, so that a record costs a share of a row. The chain runs through
//! every record: `hash(n) = SHA-256(hash(n-1) ‖ record n)`. The head of the chain is sealed next to
//! it in the same commit, so that a batch that is missing at the end is seen, too.

use aws_lc_rs::digest::{Context, SHA256};
use names::{AccountId, Timestamp};
use vault::Vault;

use crate::error::StoreError;
use crate::key::DocKey;
use crate::record::{Attributes, Record};

/// The hash of the record before the first one.
pub(crate) const GENESIS: [u8; 32] = [0; 32];

/// Where the chain ends, and the numbers that come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) next_sequence: u64,
    pub(crate) next_revision: u64,
    pub(crate) chain: [u8; 32],
}

impl Head {
    pub(crate) const FIRST: Self = Self { next_sequence: 0, next_revision: 1, chain: GENESIS };
    const PLACE: &'static [u8] = b"head of the trail";

    pub(crate) fn seal(&self, vault: &Vault) -> Vec<u8> {
        let mut plain = Vec::with_capacity(48);
        plain.extend_from_slice(&self.next_sequence.to_be_bytes());
        plain.extend_from_slice(&self.next_revision.to_be_bytes());
        plain.extend_from_slice(&self.chain);
        vault.seal(Self::PLACE, &plain)
    }

    pub(crate) fn open(vault: &Vault, sealed: &[u8]) -> Result<Self, StoreError> {
        let broken = || StoreError::Tampered("the head of the trail".to_owned());
        let plain = vault.open_sealed(Self::PLACE, sealed).map_err(|_| broken())?;
        let mut from = Reader(&plain);
        let head = Self {
            next_sequence: from.number().ok_or_else(broken)?,
            next_revision: from.number().ok_or_else(broken)?,
            chain: from.take(32).and_then(|bytes| bytes.try_into().ok()).ok_or_else(broken)?,
        };
        Ok(head)
    }
}

/// A document that a commit changed, and the revision it got; `None`: it was deleted.
pub(crate) type Changed = (DocKey, Option<u64>);

/// A batch, opened.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) before: [u8; 32],
    pub(crate) changed: Vec<Changed>,
    pub(crate) records: Vec<Record>,
}

/// What a row tells of its batch without the batch being opened. The seal is bound to it, so it can
/// be believed of a batch that has been opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    /// The number of the first record.
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// The earliest and the latest moment of a record, in milliseconds.
    pub(crate) from_time: i64,
    pub(crate) to_time: i64,
}

impl Columns {
    /// Reads `first, count, from_time, to_time`.
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get::<_, i64>(0)? as u64,
            count: row.get::<_, i64>(1)? as u64,
            from_time: row.get(2)?,
            to_time: row.get(3)?,
        })
    }

    fn broken(&self) -> StoreError {
        StoreError::Tampered(format!("the batch of records from {}", self.first))
    }

    fn place(&self) -> Vec<u8> {
        let mut place = b"records ".to_vec();
        for number in [self.first, self.count, self.from_time as u64, self.to_time as u64] {
            push_number(&mut place, number);
        }
        place
    }
}

/// Gathers the records of a commit as they come.
#[derive(Debug)]
pub(crate) struct Gathering {
    columns: Columns,
    chain: [u8; 32],
    changed: Vec<u8>,
    records: Vec<u8>,
    before: [u8; 32],
}

impl Gathering {
    pub(crate) fn new(head: &Head) -> Self {
        let first = head.next_sequence;
        Self {
            columns: Columns { first, count: 0, from_time: i64::MAX, to_time: i64::MIN },
            chain: head.chain,
            before: head.chain,
            changed: Vec::new(),
            records: Vec::with_capacity(16 * 1024),
        }
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(crate) fn chain(&self) -> [u8; 32] {
        self.chain
    }

    pub(crate) fn changed(&mut self, key: &DocKey, revision: Option<u64>) {
        let out = &mut self.changed;
        out.extend_from_slice(&key.kind().to_be_bytes());
        push_number(out, key.account().number());
        push_number(out, revision.unwrap_or(0));
        push_bytes(out, key.key().as_bytes());
    }

    /// The number that the next record gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.columns.first + self.columns.count
    }

    /// Adds a record to the chain.
    pub(crate) fn push(&mut self, record: &Record) {
        let start = self.records.len() + 4;
        self.records.extend_from_slice(&[0; 4]);
        encode(&mut self.records, record);
        let body = self.records.get(start..).unwrap_or_default();
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        self.chain = link(&self.chain, body);
        if let Some(slot) = self.records.get_mut(start - 4..start) {
            slot.copy_from_slice(&length.to_be_bytes());
        }
        let columns = &mut self.columns;
        columns.from_time = columns.from_time.min(record.time.millis());
        columns.to_time = columns.to_time.max(record.time.millis());
        columns.count += 1;
    }

    /// The row's body: compressed, then sealed to its place.
    pub(crate) fn seal(&self, vault: &Vault, packer: &mut Packer) -> Vec<u8> {
        let mut plain = Vec::with_capacity(40 + self.changed.len() + self.records.len());
        plain.extend_from_slice(&self.before);
        push_bytes(&mut plain, &self.changed);
        plain.extend_from_slice(&self.records);
        vault.seal(&self.columns.place(), &packer.pack(&plain))
    }
}

/// Compresses batches; kept from one to the next, since making it costs more than a small batch.
pub(crate) struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> std::io::Result<Self> {
        zstd::bulk::Compressor::new(1).map(Self)
    }

    /// An empty pack opens to nothing, which is no batch: the loss would be seen at once.
    fn pack(&mut self, plain: &[u8]) -> Vec<u8> {
        self.0.compress(plain).unwrap_or_default()
    }
}

/// The hash of a record behind one that hashes to `before`.
pub(crate) fn link(before: &[u8; 32], record: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(record);
    context.finish().as_ref().try_into().unwrap_or(GENESIS)
}

/// More than one commit's records can come to.
const UNPACKED_MAX: usize = 1 << 28;

/// Opens a batch's seal: its bytes are those that were written, and the columns are its own.
pub(crate) fn unseal(
    vault: &Vault,
    columns: &Columns,
    sealed: &[u8],
    unpacker: &mut Unpacker,
) -> Result<Vec<u8>, StoreError> {
    let packed = vault.open_sealed(&columns.place(), sealed).map_err(|_| columns.broken())?;
    unpacker.unpack(&packed).ok_or_else(|| columns.broken())
}

/// Unpacks batches; kept from one to the next, as the packer is.
pub(crate) struct Unpacker(zstd::bulk::Decompressor<'static>);

impl Unpacker {
    pub(crate) fn new() -> Result<Self, StoreError> {
        zstd::bulk::Decompressor::new().map(Self).map_err(StoreError::Disk)
    }

    fn unpack(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten()?;
        let size = usize::try_from(size).ok().filter(|size| *size <= UNPACKED_MAX)?;
        self.0.decompress(packed, size).ok()
    }
}

/// One record of a batch that was unsealed.
pub(crate) fn record_at(plain: &[u8], place: usize) -> Option<Record> {
    let mut from = Reader(plain);
    from.take(32)?;
    from.bytes()?;
    for _ in 0..place {
        from.bytes()?;
    }
    from.bytes().and_then(decode)
}

/// Opens a batch and checks the chain inside it. Returns the hash of its last record, too.
pub(crate) fn open(
    vault: &Vault,
    columns: &Columns,
    sealed: &[u8],
) -> Result<(Batch, [u8; 32]), StoreError> {
    let plain = unseal(vault, columns, sealed, &mut Unpacker::new()?)?;
    let broken = || columns.broken();
    let mut from = Reader(&plain);
    let before: [u8; 32] =
        from.take(32).and_then(|bytes| bytes.try_into().ok()).ok_or_else(broken)?;
    let changed = read_changed(from.bytes().ok_or_else(broken)?).ok_or_else(broken)?;
    let (mut chain, mut records) = (before, Vec::new());
    while !from.0.is_empty() {
        let body = from.bytes().ok_or_else(broken)?;
        chain = link(&chain, body);
        records.push(decode(body).ok_or_else(broken)?);
    }
    Ok((Batch { before, changed, records }, chain))
}

fn read_changed(bytes: &[u8]) -> Option<Vec<Changed>> {
    let mut from = Reader(bytes);
    let mut changed = Vec::new();
    while !from.0.is_empty() {
        let kind = u16::from_be_bytes(from.take(2)?.try_into().ok()?);
        let account = AccountId::from_number(from.number()?).ok()?;
        let revision = Some(from.number()?).filter(|revision| *revision != 0);
        let key = std::str::from_utf8(from.bytes()?).ok()?;
        changed.push((DocKey::new(kind, account, key), revision));
    }
    Some(changed)
}

fn encode(out: &mut Vec<u8>, record: &Record) {
    push_number(out, record.account.number());
    push_number(out, record.time.millis() as u64);
    push_bytes(out, &record.json);
    out.extend_from_slice(record.attributes.as_bytes());
}

fn decode(body: &[u8]) -> Option<Record> {
    let mut from = Reader(body);
    let account = AccountId::from_number(from.number()?).ok()?;
    let time = Timestamp::from_millis(from.number()? as i64);
    let json = from.bytes()?.to_vec();
    let attributes = Attributes::from_bytes(from.0)?;
    Some(Record { account, time, attributes, json })
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_be_bytes());
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Takes fields off the front of some bytes; `None` where they end too soon.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.take(4).and_then(|bytes| bytes.try_into().ok())?;
        self.take(u32::from_be_bytes(length) as usize)
    }
}
