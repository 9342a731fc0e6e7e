//! The permission policies of a user, group or role, one by one: embedded and attached ones, a user's
//! also those of its groups. They are gathered here and nowhere else, for decisions and for reports.
//! Nothing is parsed.

use api::Fault;
use names::AccountId;
use store::DocKey;

use crate::desk::View;
use crate::entity::{Group, ManagedPolicy, Role, User, doc_key};
use crate::iam::aws_managed;
use crate::iam::holder::Holder;

/// A policy, and with whom it stands.
#[derive(Debug)]
pub(crate) struct OwnPolicy {
    /// `user`, `group` or `role`.
    pub(crate) kind: &'static str,
    /// The name of the user, group or role.
    pub(crate) holder: String,
    /// The policy's name.
    pub(crate) name: String,
    /// The ARN of a managed policy; embedded ones have none.
    pub(crate) arn: Option<String>,
    /// The document in force; the error says why it cannot be had.
    pub(crate) text: Result<String, &'static str>,
}

/// The policies of one user, group or role.
#[derive(Debug, Default)]
pub(crate) struct OwnPolicies {
    pub(crate) list: Vec<OwnPolicy>,
    /// The documents that they stand in, the holder's own first.
    pub(crate) made_from: Vec<DocKey>,
}

impl OwnPolicies {
    /// Its own, and those of its groups.
    pub(crate) fn of_user(view: &View<'_>, user: &User) -> Result<Self, Fault> {
        let mut own = Self::default();
        own.hold(view, user)?;
        for id in &user.groups {
            match view.group_by_id(user.account, id)? {
                Some(group) => own.hold(view, &group)?,
                None => own.list.push(OwnPolicy {
                    kind: Group::WORD,
                    holder: id.to_string(),
                    name: id.to_string(),
                    arn: None,
                    text: Err("a group of a user is missing"),
                }),
            }
        }
        Ok(own)
    }

    pub(crate) fn of_group(view: &View<'_>, group: &Group) -> Result<Self, Fault> {
        let mut own = Self::default();
        own.hold(view, group)?;
        Ok(own)
    }

    pub(crate) fn of_role(view: &View<'_>, role: &Role) -> Result<Self, Fault> {
        let mut own = Self::default();
        own.hold(view, role)?;
        Ok(own)
    }

    fn hold<E: Holder>(&mut self, view: &View<'_>, holder: &E) -> Result<(), Fault> {
        self.made_from.push(doc_key::<E>(holder.account(), &holder.key()));
        for policy in holder.inline().iter() {
            self.list.push(OwnPolicy {
                kind: E::WORD,
                holder: holder.name().to_owned(),
                name: policy.name.clone(),
                arn: None,
                text: Ok(policy.document.clone()),
            });
        }
        for arn in holder.attached() {
            let ManagedText { name, text, document } = managed(view, holder.account(), arn)?;
            self.made_from.extend(document);
            let (kind, holder) = (E::WORD, holder.name().to_owned());
            self.list.push(OwnPolicy { kind, holder, name, arn: Some(arn.clone()), text });
        }
        Ok(())
    }
}

/// A managed policy in its version in force.
#[derive(Debug)]
pub(crate) struct ManagedText {
    pub(crate) name: String,
    pub(crate) text: Result<String, &'static str>,
    /// Where it stands, if it is a customer's.
    pub(crate) document: Option<DocKey>,
}

/// The managed policy with this ARN, of `account` or AWS's. Where it is missing, the ARN stands for
/// its name.
pub(crate) fn managed(
    view: &View<'_>,
    account: AccountId,
    arn: &str,
) -> Result<ManagedText, Fault> {
    if let Some(policy) = aws_managed::find(arn) {
        let (name, text) = (policy.name.clone(), Ok(policy.text().to_owned()));
        return Ok(ManagedText { name, text, document: None });
    }
    let Some(key) = ManagedPolicy::key_of(account, arn) else { return Ok(missing(arn, None)) };
    let document = Some(doc_key::<ManagedPolicy>(account, &key));
    let found = view.entity::<ManagedPolicy>(account, &key)?;
    let found = found.filter(|policy| policy.arn() == *arn);
    Ok(match found.as_ref().and_then(|policy| Some((policy, policy.default()?))) {
        Some((policy, version)) => {
            let (name, text) = (policy.name.clone(), Ok(version.document.clone()));
            ManagedText { name, text, document }
        }
        None => missing(arn, document),
    })
}

fn missing(arn: &str, document: Option<DocKey>) -> ManagedText {
    ManagedText { name: arn.to_owned(), text: Err("a managed policy is missing"), document }
}
