//! One request, from bytes to bytes. Read this first.
//!
//! The stations, in this order for every call of every service:
//! 1. **receive**: which service is meant ([`receive`]);
//! 2. **authenticate**: who signed it; only here a `Caller` is made ([`authenticate`]);
//! 3. **decode**: which operation, and its input with all constraints checked (`wire`);
//! 4. **authorise**: what the operation asks for, and what the policies say; only here a `Granted`
//!    is made ([`authorize`]);
//! 5. **run**: the operation itself, on a snapshot; it lays changes down;
//! 6. **conclude**: changes and record, one commit ([`conclude`]);
//! 7. **answer**: leaves when the commit is durable.
//!
//! A refusal at any station goes straight to conclude: it changes nothing and leaves its record.

mod authenticate;
pub(crate) mod authorize;
mod conclude;
mod receive;

use std::net::IpAddr;
use std::sync::Arc;

use api::{Common, Fault, Operation, OperationInfo, ServiceInfo, Structure as _, Value};
use bytes::Bytes;
use http::request::Parts;
use names::{AccountId, Chance, Clock, Timestamp};
use sigv4::{Claim, Refusal, Scope};
use store::{ChangeSet, CommitError, Store, StoreError};

use crate::caller::Caller;
use crate::credentials::Credentials;
use crate::desk::{Desk, View};
use crate::entity::{Index, nobody};
use crate::handle::{Asking, Handle};
use crate::{fault, operations};
use authorize::Granted;

/// Where a request came from, as the door saw it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address.
    pub address: IpAddr,
    /// Whether the connection was encrypted up to us, or up to a proxy that we are told to trust.
    pub secure: bool,
    /// What was negotiated, if TLS ended here.
    pub tls: Option<TlsSession>,
}

/// What a TLS handshake agreed on, in the words of a trail record's `tlsDetails`.
#[derive(Debug, Clone, Copy)]
pub struct TlsSession {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// The cipher suite's IANA name.
    pub cipher_suite: &'static str,
}

/// The authority over keys: everything behind the door.
#[derive(Debug)]
pub struct Authority {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) credentials: Arc<Credentials>,
    /// In whose trail calls stand that belong to no account.
    pub(crate) home: AccountId,
}

/// One call on its way along the corridor.
#[derive(Debug)]
pub struct Call {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    pub(crate) origin: Origin,
    pub(crate) request_id: String,
    attempts: u32,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Verdict {
    /// The record is durable; this is the answer.
    Answer(http::Response<Bytes>),
    /// A document that the call had read was changed meanwhile: attempt it again.
    Again,
}

/// As often a call is run again when what it read has changed.
const ATTEMPTS_MAX: u32 = 16;

/// What the stations learn of a call, for its record and its answer.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    pub(crate) call: &'a Call,
    pub(crate) now: Timestamp,
    pub(crate) service: &'static ServiceInfo,
    /// What the request says of its signature; not believed before `caller` is known.
    pub(crate) claim: Result<Claim<'a>, Refusal>,
    pub(crate) caller: Option<Caller>,
    pub(crate) operation: Option<&'static OperationInfo>,
    pub(crate) input: Option<Value>,
}

impl<'a> Passage<'a> {
    /// Which key the request claims, and where it is meant to be used.
    pub(crate) fn claimed(&self) -> Option<&Scope<'a>> {
        self.claim.as_ref().ok().map(|claim| &claim.scope)
    }
}

/// What an operation gives back: its output, and what is to be committed.
pub(crate) type Ran = (Value, ChangeSet);

impl Authority {
    /// The authority over what `store` holds.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, StoreError> {
        let credentials = Arc::new(Credentials::default());
        let listening = Arc::clone(&credentials);
        store.listen(Box::new(move |changed| listening.forget(changed)));
        let first = store.snapshot()?.scan(Index::Account as u16, nobody(), b"", None, 1)?;
        let home = first.first().and_then(|row| std::str::from_utf8(&row.key).ok()?.parse().ok());
        Ok(Self { store, clock, chance, credentials, home: home.unwrap_or_default() })
    }

    /// The same authority, with another account for calls that belong to none.
    #[must_use]
    pub fn with_home(mut self, home: AccountId) -> Self {
        self.home = home;
        self
    }

    /// Takes in a request whose body has been read whole.
    pub fn receive(&self, request: http::Request<Bytes>, origin: Origin) -> Call {
        let (parts, body) = request.into_parts();
        let request_id = names::mint_uuid(&*self.chance);
        Call { parts, body, origin, request_id, attempts: 0 }
    }

    /// Walks `call` along the corridor. `done` is called once, from whichever thread makes the
    /// record durable; when it is given [`Verdict::Again`], attempt the same call again.
    pub fn attempt(&self, call: &mut Call, done: Box<dyn FnOnce(Verdict) + Send>) {
        call.attempts += 1;
        let last = call.attempts >= ATTEMPTS_MAX;
        let mut passage = receive::enter(call, self.clock.now());
        let outcome = self.walk(&mut passage);
        let concluded = conclude::conclude(&passage, outcome, self);
        let (answer, unrecorded) = (concluded.answer, concluded.unrecorded);
        self.store.commit(
            concluded.changes,
            concluded.record,
            Box::new(move |outcome| {
                done(match outcome {
                    Ok(()) => Verdict::Answer(answer),
                    Err(CommitError::Conflict) if !last => Verdict::Again,
                    Err(_) => Verdict::Answer(unrecorded),
                });
            }),
        );
    }

    /// Stations 2 to 5.
    fn walk(&self, passage: &mut Passage<'_>) -> Result<Ran, Fault> {
        let view = View::new(&self.store);
        if let Some(unsigned) = receive::unsigned_operation(passage) {
            passage.operation = Some(unsigned);
            return Err(not_implemented(unsigned));
        }
        let selected = wire::select(passage.service, &passage.call.parts, &passage.call.body);
        // Known to the record from here on; the caller hears of it after authentication only.
        passage.operation = selected.as_ref().ok().copied();
        passage.caller = Some(authenticate::authenticate(self, passage, &view)?);
        let operation = selected?;
        match operations::find(operation) {
            Some(walk) => walk(self, passage, view),
            None => Err(self.refuse_unbuilt(passage, operation, view)),
        }
    }

    /// An operation that is not built: refused to those who may not call it, and to the others by
    /// name.
    fn refuse_unbuilt(
        &self,
        passage: &Passage<'_>,
        operation: &'static OperationInfo,
        view: View<'_>,
    ) -> Fault {
        match authorize::unbuilt(self, passage, operation, &view) {
            Ok(()) => not_implemented(operation),
            Err(fault) => fault,
        }
    }

    /// Writes out what is kept in memory for later. To be called now and then.
    pub fn tick(&self) {
        self.store.flush_hints();
    }

    /// The store behind this authority.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

fn not_implemented(operation: &OperationInfo) -> Fault {
    let message = format!("Keywright does not implement {} yet.", operation.action);
    Fault::common(Common::NotImplemented, message)
}

/// Stations 3 to 5 for one operation.
pub(crate) fn walk<O: Handle>(
    authority: &Authority,
    passage: &mut Passage<'_>,
    view: View<'_>,
) -> Result<Ran, Fault> {
    let call = passage.call;
    let input = wire::decode(passage.service, O::INFO, &call.parts, &call.body)?;
    passage.input = Some(input.value.clone());
    let input: <O as Operation>::Input = input.typed::<O>();
    let caller = passage.caller.as_ref().ok_or_else(fault::internal)?;
    let asking = Asking { caller, view: &view };
    let asks = O::asks(&input, &asking)?;
    let pass = authorize::authorize::<O>(passage, caller, &asks)?;
    let mut granted = Granted::new(pass, authority, caller, passage.now, Desk::new(view));
    let output = O::run(&mut granted, input)?;
    Ok((Value::Structure(output.into_members()), granted.into_changes()))
}
