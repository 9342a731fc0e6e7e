//! One request, from bytes to bytes. Read this first.
//!
//! The stations, in this order for every call of every service:
//! 1. **receive**: which service and which operation are meant ([`receive`]);
//! 2. **authenticate**: who signed it; only here a `Caller` is made ([`authenticate`]);
//! 3. **decode**: the operation's input, with all constraints checked (`wire`);
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
mod context;
pub(crate) mod granted;
mod output;
mod receive;
pub(crate) mod region;
mod restriction;
pub(crate) mod story;
mod unbuilt;

use std::net::IpAddr;
use std::sync::Arc;

use api::{
    Common, Effect, Fault, Operation, OperationInfo, Protocol, ServiceInfo, Structure as _, Value,
};
use bytes::Bytes;
use http::request::Parts;
use names::{AccountId, Chance, Clock, Timestamp};
use sigv4::{Claim, Refusal, Scope};
use store::{ChangeSet, CommitError, Store, StoreError};

use crate::caller::Caller;
use crate::credentials::Credentials;
use crate::desk::{Desk, View};
use crate::entity::{Home, Index, doc_key, nobody};
use crate::fault;
use crate::handle::{Asking, Asks, Handle};
use crate::iam::mfa::Attempts;
use crate::iam::password::Work;
use crate::iam::wrong_passwords::WrongPasswords;
use crate::operations;
use authorize::Refused;
use granted::Granted;
use receive::Selected;

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
    pub(crate) mfa_attempts: Attempts,
    pub(crate) wrong_passwords: WrongPasswords,
    /// In whose trail calls stand that belong to no account.
    pub(crate) home: AccountId,
}

/// Why the door does not let a request go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// It is larger than is allowed.
    TooLarge,
    /// It took longer than is allowed.
    TooSlow,
    /// It broke off, or broke the protocol.
    Unreadable,
    /// Too much is being read or done at the moment.
    Busy,
}

/// One call on its way along the corridor.
#[derive(Debug)]
pub struct Call {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    pub(crate) origin: Origin,
    pub(crate) request_id: String,
    /// What need not be done again when the call is attempted again.
    pub(crate) password_work: Work,
    attempts: u32,
}

/// Told what became of an attempt, once.
pub type Done = Box<dyn FnOnce(Verdict) + Send>;

/// What became of an attempt.
#[derive(Debug)]
pub enum Verdict {
    /// The record is durable; this is the answer.
    Answer(http::Response<Bytes>),
    /// A document that the call had read was changed meanwhile: attempt it again.
    Again,
}

/// As often a call is attempted when what it read has changed meanwhile, before it is given up.
///
/// Of the calls that change one document together, each commit lets at least one through, but the
/// others may have read too early for the next one as well: a crowd of `n` needs up to `2 n`
/// attempts. An attempt costs what the call costs without its fsync.
const ATTEMPTS_MAX: u32 = 256;

/// What the stations learn of a call, for its record and its answer.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    pub(crate) call: &'a Call,
    pub(crate) now: Timestamp,
    /// Up to which change the memory of credentials is known to have heard.
    pub(crate) moment: u64,
    pub(crate) service: &'static ServiceInfo,
    /// What the request says of its signature; not believed before `caller` is known.
    pub(crate) claim: Result<Claim<'a>, Refusal>,
    pub(crate) caller: Option<Caller>,
    pub(crate) operation: Option<&'static OperationInfo>,
    /// Why the request is no call at all, if it is none.
    pub(crate) astray: Option<wire::Astray>,
    /// What is asked of a service that is not served, if one is.
    pub(crate) unserved: Option<wire::Unserved>,
    /// The name that was asked for, where there is no such operation.
    pub(crate) asked: Option<String>,
    pub(crate) input: Option<Value>,
    /// The resource that the call is about, where its own account has a say.
    pub(crate) touched: Option<Touched>,
    /// A refusal's sealed story, for whoever was refused to hand on.
    pub(crate) story: Option<String>,
}

/// A resource with an owner of its own.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) arn: String,
    pub(crate) owner: AccountId,
    /// `AWS::IAM::Role`, …
    pub(crate) kind: &'static str,
}

impl<'a> Passage<'a> {
    /// Which key the request claims, and where it is meant to be used.
    pub(crate) fn claimed(&self) -> Option<&Scope<'a>> {
        self.claim.as_ref().ok().map(|claim| &claim.scope)
    }

    /// The service that the request is for, as credential scopes and policies name it.
    pub(crate) fn service_name(&self) -> &str {
        self.unserved.as_ref().map_or(self.service.id, |unserved| &unserved.name)
    }

    /// The protocol whose codes the request's refusal has.
    pub(crate) fn protocol(&self) -> Protocol {
        let unserved = self.unserved.as_ref();
        unserved.map_or(self.service.protocol, |unserved| unserved.tongue.protocol())
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
        let home = home(&store)?.unwrap_or_default();
        let (mfa_attempts, wrong_passwords) = (Attempts::default(), WrongPasswords::default());
        Ok(Self { store, clock, chance, credentials, mfa_attempts, wrong_passwords, home })
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
        let password_work = Work::default();
        Call { parts, body, origin, request_id, password_work, attempts: 0 }
    }

    /// Walks `call` along the corridor. `done` is called once, from whichever thread makes the
    /// record durable; when it is given [`Verdict::Again`], attempt the same call again.
    pub fn attempt(&self, call: &mut Call, done: Done) {
        call.attempts = call.attempts.saturating_add(1);
        let mut passage = receive::enter(call, self.clock.now(), self.store.moment());
        let selected = receive::select(&mut passage);
        self.go(passage, selected, done);
    }

    /// Does what [`attempt`](Self::attempt) does, unless the call is of an operation that may take
    /// long: then nothing has happened, and `done` comes back for an attempt on a thread that
    /// nobody waits for.
    pub fn attempt_quickly(&self, call: &mut Call, done: Done) -> Option<Done> {
        call.attempts = call.attempts.saturating_add(1);
        let mut passage = receive::enter(call, self.clock.now(), self.store.moment());
        let selected = receive::select(&mut passage);
        if selected.is_costly() {
            call.attempts = call.attempts.saturating_sub(1);
            return Some(done);
        }
        self.go(passage, selected, done);
        None
    }

    /// Stations 2 to 7.
    fn go(&self, mut passage: Passage<'_>, selected: Selected, done: Done) {
        let mut outcome = self.walk(&mut passage, selected);
        let too_often = passage.call.attempts > ATTEMPTS_MAX;
        if too_often && outcome.as_ref().is_ok_and(|ran| depends(&passage, ran)) {
            // It is concluded as a refusal: that depends on nothing, so nothing comes in its way.
            outcome = Err(fault::contended(passage.service));
        }
        let concluded = conclude::conclude(&passage, outcome, self);
        let (answer, unrecorded) = (concluded.answer, concluded.unrecorded);
        self.store.commit_copied(
            concluded.changes,
            concluded.records,
            Box::new(move |outcome| {
                done(match outcome {
                    Ok(()) => Verdict::Answer(answer),
                    Err(CommitError::Conflict) => Verdict::Again,
                    Err(CommitError::Unavailable(_)) => Verdict::Answer(unrecorded.answer()),
                });
            }),
        );
    }

    /// Refuses a call whose body could not be read, or for which there is no time; the refusal is
    /// recorded like any other.
    pub fn turn_away(&self, call: &Call, reason: TurnedAway, done: Done) {
        let mut passage = receive::enter(call, self.clock.now(), self.store.moment());
        if !call.body.is_empty() {
            // Its record says what was asked for.
            let _ = receive::select(&mut passage);
        }
        // Its answer is that of the door, also where it would have been no call.
        passage.astray = None;
        let concluded = conclude::conclude(&passage, Err(fault::of_turned_away(reason)), self);
        let (answer, unrecorded) = (concluded.answer, concluded.unrecorded);
        self.store.commit_copied(
            concluded.changes,
            concluded.records,
            Box::new(move |outcome| {
                done(Verdict::Answer(outcome.map_or_else(|_| unrecorded.answer(), |()| answer)));
            }),
        );
    }

    /// Stations 2 to 5.
    fn walk(&self, passage: &mut Passage<'_>, selected: Selected) -> Result<Ran, Fault> {
        let operation = match selected {
            Selected::Nothing(fault) => return Err(fault),
            Selected::Operation(operation) => operation,
        };
        let view = View::new(&self.store);
        passage.caller = Some(authenticate::authenticate(self, passage, &view)?);
        let (operation, built) = operation?;
        if let Some(caller) = &passage.caller {
            restriction::check(caller, operation)?;
        }
        match built {
            Some(built) => (built.walk)(self, passage, view),
            None => Err(refuse_unbuilt(self, passage, operation, &view)),
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

/// Whether the commit of what ran could be refused because of what others have changed.
fn depends(passage: &Passage<'_>, (_, changes): &Ran) -> bool {
    let writes = passage.operation.is_some_and(|operation| operation.effect == Effect::Write);
    writes || !changes.asks_nothing()
}

/// An operation that is not built: refused to those who may not call it, and to the others by name.
fn refuse_unbuilt(
    authority: &Authority,
    passage: &mut Passage<'_>,
    operation: &'static OperationInfo,
    view: &View<'_>,
) -> Fault {
    match authorize::unbuilt(authority, passage, operation, view) {
        Ok(()) => not_implemented(operation),
        Err(refused) => refused.told(passage),
    }
}

impl Refused {
    /// The fault; its story goes out with the answer.
    fn told(self, passage: &mut Passage<'_>) -> Fault {
        passage.story = self.story;
        self.fault
    }
}

/// The account that was made first. Should the document that says so be lost, the lowest one.
fn home(store: &Store) -> Result<Option<AccountId>, StoreError> {
    let snapshot = store.snapshot()?;
    if let Some(body) = snapshot.get(&doc_key::<Home>(nobody(), Home::KEY))? {
        let home: Result<Home, _> = serde_json::from_slice(&body.bytes);
        let home = home.map_err(|_| StoreError::Tampered("the first account's name".to_owned()))?;
        return Ok(Some(home.account));
    }
    let first = snapshot.scan(Index::Account as u16, nobody(), b"", None, 1)?;
    Ok(first.first().and_then(|row| std::str::from_utf8(&row.key).ok()?.parse().ok()))
}

pub(crate) fn not_implemented(operation: &OperationInfo) -> Fault {
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
    let caller = passage.caller.clone().ok_or_else(fault::internal)?;
    let asking = Asking { caller: &caller, view: &view, authority, call, now: passage.now };
    let asks = O::asks(&input, &asking)?;
    let pass = match authorize::authorize::<O>(authority, passage, &caller, &asks) {
        Ok(pass) => pass,
        Err(refused) => return Err(refused.told(passage)),
    };
    passage.touched = asks.list.first().and_then(|ask| ask.target.touched());
    let granted = Granted::new(pass, authority, &caller, passage, Desk::new(view));
    let mut granted = granted.assuming(&asks);
    let mut output = Value::Structure(O::run(&mut granted, input)?.into_members());
    output::without_absences(O::INFO.output, &mut output);
    let mut changes = granted.into_changes(O::INFO.effect);
    if O::INFO.effect == Effect::Write || operations::hands_out_credentials(O::INFO) {
        stand_on(&mut changes, passage.moment, &caller, &asks);
    }
    Ok((output, changes))
}

/// Binds a call's outcome to what allowed it: if by its commit that has changed, it is asked again.
/// So nothing is done, and no credentials are handed out, behind an answered revocation.
fn stand_on(changes: &mut ChangeSet, moment: u64, caller: &Caller, asks: &Asks) {
    caller.credential().documents().for_each(|documents| changes.stands_on(moment, documents));
    let own = asks.list.iter().filter_map(|ask| ask.target.own.as_ref()?.role.as_ref());
    own.for_each(|role| changes.stands_on(moment, role.documents()));
}
