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
use crate::record::{Attribute, Record};

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

impl Batch {
    /// Whether the columns beside a batch's body say what is in it.
    pub(crate) fn agrees(&self, columns: &Columns) -> bool {
        let times = || self.records.iter().map(|record| record.time.millis());
        self.records.len() as u64 == columns.count
            && times().min() == Some(columns.from_time)
            && times().max() == Some(columns.to_time)
    }
}

/// What a row tells of its batch without its being opened. Not sealed: believed once it agrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    pub(crate) count: u64,
    pub(crate) from_time: i64,
    pub(crate) to_time: i64,
}

/// What a batch's seal is bound to.
fn place(first: u64) -> Vec<u8> {
    [b"records from ".as_slice(), &first.to_be_bytes()].concat()
}

/// Gathers the records of a commit as they come.
#[derive(Debug)]
pub(crate) struct Gathering {
    first: u64,
    chain: [u8; 32],
    changed: Vec<u8>,
    records: Vec<u8>,
    pub(crate) count: u64,
    pub(crate) from_time: i64,
    pub(crate) to_time: i64,
    before: [u8; 32],
}

impl Gathering {
    pub(crate) fn new(head: &Head) -> Self {
        Self {
            first: head.next_sequence,
            chain: head.chain,
            before: head.chain,
            changed: Vec::new(),
            records: Vec::with_capacity(16 * 1024),
            count: 0,
            from_time: i64::MAX,
            to_time: i64::MIN,
        }
    }

    pub(crate) fn first(&self) -> u64 {
        self.first
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

    /// Adds a record to the chain and returns its sequence.
    pub(crate) fn push(&mut self, record: &Record) -> u64 {
        let start = self.records.len() + 4;
        self.records.extend_from_slice(&[0; 4]);
        encode(&mut self.records, record);
        let body = self.records.get(start..).unwrap_or_default();
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        self.chain = link(&self.chain, body);
        if let Some(slot) = self.records.get_mut(start - 4..start) {
            slot.copy_from_slice(&length.to_be_bytes());
        }
        self.from_time = self.from_time.min(record.time.millis());
        self.to_time = self.to_time.max(record.time.millis());
        self.count += 1;
        self.first + self.count - 1
    }

    /// The row's body: compressed, then sealed to its place.
    pub(crate) fn seal(&self, vault: &Vault, packer: &mut Packer) -> Vec<u8> {
        let mut plain = Vec::with_capacity(40 + self.changed.len() + self.records.len());
        plain.extend_from_slice(&self.before);
        push_bytes(&mut plain, &self.changed);
        plain.extend_from_slice(&self.records);
        vault.seal(&place(self.first), &packer.pack(&plain))
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

/// Opens a batch and checks the chain inside it. Returns the hash of its last record, too.
pub(crate) fn open(
    vault: &Vault,
    first: u64,
    sealed: &[u8],
) -> Result<(Batch, [u8; 32]), StoreError> {
    let broken = || StoreError::Tampered(format!("the batch of records from {first}"));
    let packed = vault.open_sealed(&place(first), sealed).map_err(|_| broken())?;
    let plain = zstd::stream::decode_all(packed.as_slice()).map_err(|_| broken())?;
    if plain.len() > UNPACKED_MAX {
        return Err(broken());
    }
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
    for (attribute, value) in &record.attributes {
        out.push(*attribute as u8);
        push_bytes(out, value.as_bytes());
    }
}

fn decode(body: &[u8]) -> Option<Record> {
    let mut from = Reader(body);
    let account = AccountId::from_number(from.number()?).ok()?;
    let time = Timestamp::from_millis(from.number()? as i64);
    let json = from.bytes()?.to_vec();
    let mut attributes = Vec::new();
    while let Some(&[attribute]) = from.take(1) {
        let value = std::str::from_utf8(from.bytes()?).ok()?;
        attributes.push((Attribute::from_number(attribute)?, value.to_owned()));
    }
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
