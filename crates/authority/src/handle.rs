//! An operation in two parts: what it asks for, and what it does. Read second, after the corridor.
//!
//! `run` takes a [`Granted`], and only the corridor's authorise station makes one: an operation
//! that has not been allowed does not compile.

use api::{Fault, Operation};
use names::{AccountId, Timestamp};
use policy::ContextValue;

use crate::caller::Caller;
use crate::corridor::{Authority, Call};
use crate::desk::View;
use crate::entity::Tag;
use crate::iam::target::Target;

pub(crate) use crate::corridor::granted::Granted;

/// How an operation of the model is carried out.
pub(crate) trait Handle: Operation {
    /// What must be allowed before it runs.
    ///
    /// # Errors
    /// A fault for input that makes the question impossible to ask (no user to act on).
    fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault>;

    /// Carries it out on a snapshot; changes are laid down, not written.
    ///
    /// # Errors
    /// The operation's own faults; then nothing is changed.
    fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault>
    where
        Self: Sized;
}

/// What an operation may look at while it says what it asks for.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) view: &'a View<'a>,
    pub(crate) authority: &'a Authority,
    pub(crate) call: &'a Call,
    pub(crate) now: Timestamp,
}

impl<'a> Asking<'a> {
    pub(crate) fn account(&self) -> AccountId {
        self.caller.account()
    }

    pub(crate) fn caller(&self) -> &'a Caller {
        self.caller
    }

    pub(crate) fn view(&self) -> &'a View<'a> {
        self.view
    }
}

/// One question: may the caller do this on that?
#[derive(Debug)]
pub(crate) struct Ask {
    /// `None` stands for the operation's own action.
    pub(crate) action: Option<&'static str>,
    pub(crate) target: Target,
    pub(crate) need: Need,
}

/// What the policies have to say for an [`Ask`] to be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A statement allows it, and none denies it.
    Allow,
    /// No statement denies it: the call needs no permission, but can be forbidden.
    NoDeny,
}

impl Ask {
    /// A question that wants an allow.
    pub(crate) fn of(action: Option<&'static str>, target: Target) -> Self {
        Self { action, target, need: Need::Allow }
    }
}

/// All that must be allowed for a call, with the context keys that the operation itself brings.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    pub(crate) list: Vec<Ask>,
    pub(crate) context: Vec<(String, ContextValue)>,
}

impl Asks {
    /// Nothing needs to be allowed, and nothing can be denied: calls that policies cannot govern.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// The operation's action, which needs no permission: it is allowed unless it is denied.
    pub(crate) fn unless_denied() -> Self {
        let ask = Ask { need: Need::NoDeny, ..Ask::of(None, Target::any()) };
        Self { list: vec![ask], context: Vec::new() }
    }

    /// The operation's action on `target`.
    pub(crate) fn on(target: Target) -> Self {
        Self { list: vec![Ask::of(None, target)], context: Vec::new() }
    }

    /// The operation's action, which has no resource type.
    pub(crate) fn on_any() -> Self {
        Self::on(Target::any())
    }

    /// Also `action` on the target of the first question.
    pub(crate) fn also(mut self, action: &'static str) -> Self {
        if let Some(first) = self.list.first() {
            let target = first.target.clone();
            self.list.push(Ask::of(Some(action), target));
        }
        self
    }

    /// The operation's action on one more target.
    pub(crate) fn and_on(mut self, target: Target) -> Self {
        self.list.push(Ask::of(None, target));
        self
    }

    /// A single-valued context key.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.context.push((key.to_owned(), ContextValue::one(value)));
        self
    }

    /// The boundary of the first question's target: `iam:PermissionsBoundary`.
    pub(crate) fn with_boundary(self) -> Self {
        let first = self.list.first().and_then(|ask| ask.target.boundary.clone());
        match first {
            Some(boundary) => self.with("iam:PermissionsBoundary", &boundary),
            None => self,
        }
    }

    /// Tags that the call passes: `aws:RequestTag/…` and `aws:TagKeys`.
    pub(crate) fn with_tags(mut self, tags: &[Tag]) -> Self {
        for tag in tags {
            let key = format!("aws:RequestTag/{}", tag.key);
            self.context.push((key, ContextValue::one(&tag.value)));
        }
        let keys: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
        self.with_tag_keys(&keys)
    }

    /// Keys of tags that the call passes or removes: `aws:TagKeys`.
    pub(crate) fn with_tag_keys(mut self, keys: &[impl AsRef<str>]) -> Self {
        if !keys.is_empty() {
            let keys = keys.iter().map(AsRef::as_ref);
            self.context.push(("aws:TagKeys".to_owned(), ContextValue::many(keys)));
        }
        self
    }
}
