//! Policies on their way into compiled sets, and the documents that they come from.
//!
//! A policy that cannot be had is never left out: everything is denied in its place, since a deny in
//! it must not be lost.

use api::Fault;
use names::AccountId;
use policy::{Document, PolicySet, Source};
use store::DocKey;

use crate::desk::View;
use crate::entity::{InlinePolicies, ManagedPolicy, doc_key};
use crate::iam::aws_managed;

/// What stands in for a policy that cannot be had.
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Policies of one layer, on their way into one set.
#[derive(Default)]
pub(super) struct Gathering {
    documents: Vec<(Source, Document)>,
    /// The documents that the set is made from.
    pub(super) made_from: Vec<DocKey>,
    /// Bytes of policy text.
    pub(super) text: usize,
}

impl Gathering {
    pub(super) fn compile(self) -> PolicySet {
        PolicySet::compile(self.documents)
    }

    pub(super) fn inline(&mut self, policies: &InlinePolicies) {
        for policy in policies.iter() {
            self.add(policy.name.clone(), None, &policy.document);
        }
    }

    /// Managed policies in their versions in force.
    pub(super) fn managed(
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
                None => self.deny(arn, "a managed policy is missing"),
            }
        }
        Ok(())
    }

    /// A document was checked when it was written. Should it not parse all the same, everything is
    /// denied.
    pub(super) fn add(&mut self, name: String, arn: Option<String>, text: &str) {
        match Document::parse(text) {
            Ok(document) => {
                self.text += text.len();
                self.documents.push((Source { name, arn }, document));
            }
            Err(_) => self.deny(&name, "a policy is unreadable"),
        }
    }

    /// What a policy or group says cannot be had: its data was damaged, or it was passed to a
    /// session and is gone.
    pub(super) fn deny(&mut self, what: &str, why: &str) {
        tracing::error!(what, "{why}: everything is denied to those it applies to");
        if let Ok(document) = Document::parse(DENY_ALL) {
            self.documents.push((Source { name: what.to_owned(), arn: None }, document));
        }
    }
}
