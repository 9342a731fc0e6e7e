//! Who signs: a user or root, with all policies that bind them compiled into one set.
//!
//! Made once for all keys and sessions of one principal. Policies that cannot be had are never left
//! out: everything is denied in their place, since a deny in them must not be lost.

use std::sync::atomic::{AtomicBool, Ordering};

use api::Fault;
use names::AccountId;
use policy::{Document, PolicySet, Source};
use store::DocKey;

use crate::desk::View;
use crate::entity::{
    Account, Entity as _, Group, InlinePolicies, ManagedPolicy, Tag, User, doc_key,
};
use crate::iam::{arn, aws_managed};

/// Who owns a key.
#[derive(Debug)]
pub(crate) enum Identity {
    /// Records name root by the account's alias, if there is one.
    Root {
        alias: Option<String>,
    },
    User(UserFacts),
}

/// What policies and records say of a user.
#[derive(Debug)]
pub(crate) struct UserFacts {
    pub(crate) name: String,
    pub(crate) tags: Vec<Tag>,
}

/// Who signs, as the documents `made_from` say.
#[derive(Debug)]
pub(crate) struct Principal {
    pub(crate) account: AccountId,
    pub(crate) account_text: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) identity: Identity,
    pub(crate) policies: PolicySet,
    /// The principal's own document comes first.
    pub(super) made_from: Vec<DocKey>,
    /// The revision of the principal's own document.
    pub(super) revision: u64,
    /// Bytes of memory, roughly.
    pub(super) weight: usize,
    stale: AtomicBool,
}

/// A principal without policies takes about so many bytes.
const WEIGHT: usize = 1024;

/// Bytes that a compiled policy takes for each byte of its text, estimated from above.
const WEIGHT_OF_TEXT: usize = 8;

impl Principal {
    pub(super) fn root(revision: u64, account: &Account) -> Self {
        Self {
            account: account.id,
            account_text: account.id.to_string(),
            arn: arn::root(account.id),
            user_id: account.id.to_string(),
            identity: Identity::Root { alias: account.alias.clone() },
            policies: PolicySet::default(),
            made_from: vec![doc_key::<Account>(account.id, Account::KEY)],
            revision,
            weight: WEIGHT,
            stale: AtomicBool::new(false),
        }
    }

    pub(super) fn user(view: &View<'_>, revision: u64, user: &User) -> Result<Self, Fault> {
        let mut gathering = Gathering::default();
        gathering.made_from.push(doc_key::<User>(user.account, &user.key()));
        gathering.inline(&user.inline);
        gathering.attached(view, user.account, &user.attached)?;
        for id in &user.groups {
            match view.group_by_id(user.account, id)? {
                Some(group) => {
                    gathering.made_from.push(doc_key::<Group>(user.account, &group.key()));
                    gathering.inline(&group.inline);
                    gathering.attached(view, user.account, &group.attached)?;
                }
                None => gathering.deny(id.as_str(), "a group of a user is missing"),
            }
        }
        let facts = UserFacts { name: user.name.clone(), tags: user.tags.clone() };
        Ok(Self {
            account: user.account,
            account_text: user.account.to_string(),
            arn: user.arn(),
            user_id: user.id.to_string(),
            identity: Identity::User(facts),
            policies: PolicySet::compile(gathering.documents),
            made_from: gathering.made_from,
            revision,
            weight: WEIGHT + WEIGHT_OF_TEXT * gathering.text,
            stale: AtomicBool::new(false),
        })
    }

    /// Whether a document that it was made from has changed.
    pub(super) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }

    pub(super) fn make_stale(&self) {
        self.stale.store(true, Ordering::Release);
    }
}

/// What stands in for a policy that cannot be had.
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Policies on their way into one set, and the documents that they come from.
#[derive(Default)]
struct Gathering {
    documents: Vec<(Source, Document)>,
    made_from: Vec<DocKey>,
    /// Bytes of policy text.
    text: usize,
}

impl Gathering {
    fn inline(&mut self, policies: &InlinePolicies) {
        for policy in policies.iter() {
            self.add(policy.name.clone(), None, &policy.document);
        }
    }

    fn attached(
        &mut self,
        view: &View<'_>,
        account: AccountId,
        arns: &[String],
    ) -> Result<(), Fault> {
        for arn in arns {
            if let Some(policy) = aws_managed::find(arn) {
                self.add(policy.name.clone(), Some(arn.clone()), policy.text());
                continue;
            }
            let key = ManagedPolicy::key_of(account, arn);
            let found = match &key {
                Some(key) => {
                    self.made_from.push(doc_key::<ManagedPolicy>(account, key));
                    view.entity::<ManagedPolicy>(account, key)?
                }
                None => None,
            };
            let found = found.filter(|policy| policy.arn() == *arn);
            match found.as_ref().and_then(|policy| Some((policy, policy.default()?))) {
                Some((policy, version)) => {
                    self.add(policy.name.clone(), Some(arn.clone()), &version.document);
                }
                None => self.deny(arn, "an attached policy is missing"),
            }
        }
        Ok(())
    }

    /// A document was checked when it was written. Should it not parse all the same, everything is
    /// denied.
    fn add(&mut self, name: String, arn: Option<String>, text: &str) {
        match Document::parse(text) {
            Ok(document) => {
                self.text += text.len();
                self.documents.push((Source { name, arn }, document));
            }
            Err(_) => self.deny(&name, "a policy is unreadable"),
        }
    }

    /// What a policy or group says cannot be had, and what refers to it cannot be deleted before
    /// that: the data was damaged.
    fn deny(&mut self, what: &str, why: &str) {
        tracing::error!(what, "{why}: everything is denied to those it applies to");
        if let Ok(document) = Document::parse(DENY_ALL) {
            self.documents.push((Source { name: what.to_owned(), arn: None }, document));
        }
    }
}
