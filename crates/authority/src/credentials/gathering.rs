//! Policies on their way into compiled sets, and the documents that they come from.
//!
//! A policy that cannot be had is never left out: everything is denied in its place, since a deny in
//! it must not be lost.

use api::Fault;
use names::AccountId;
use policy::{Document, PolicySet, Source};
use store::DocKey;

use super::own_policies::{self, OwnPolicies};
use crate::desk::View;

/// What stands in for a policy that cannot be had.
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// Policies of one layer, on their way into one set.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    documents: Vec<(Source, Document)>,
    /// The documents that the set is made from.
    pub(super) made_from: Vec<DocKey>,
    /// Bytes of policy text.
    pub(crate) text: usize,
}

impl Gathering {
    pub(crate) fn compile(self) -> PolicySet {
        PolicySet::compile(self.documents)
    }

    /// Those of a user, group or role.
    pub(super) fn own(&mut self, own: OwnPolicies) {
        self.made_from.extend(own.made_from);
        for policy in own.list {
            self.take(policy.name, policy.arn, policy.text);
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
            let found = own_policies::managed(view, account, arn)?;
            self.made_from.extend(found.document);
            self.take(found.name, Some(arn.clone()), found.text);
        }
        Ok(())
    }

    /// A policy that was looked for; the error says why it cannot be had.
    pub(crate) fn take(
        &mut self,
        name: String,
        arn: Option<String>,
        text: Result<String, &'static str>,
    ) {
        match text {
            Ok(text) => self.add(name, arn, &text),
            Err(why) => self.deny(&name, why),
        }
    }

    /// A document was checked when it was written. Should it not parse all the same, everything is
    /// denied.
    pub(crate) fn add(&mut self, name: String, arn: Option<String>, text: &str) {
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
