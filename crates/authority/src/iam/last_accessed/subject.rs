//! What a report on last accesses is about: a user, group, role or managed policy.

use std::collections::BTreeSet;

use api::Fault;
use names::{AccountId, Arn};

use super::super::managed::Managed;
use super::super::page;
use super::super::policy_source::{self, PolicySource};
use super::super::target::Target;
use super::super::{aws_managed::AwsPolicy, faults};
use super::ENTITIES_MAX;
use crate::desk::View;
use crate::entity::{AccessingEntity, Group, Index, Role, User};
use crate::handle::{Asking, Granted};

/// What the report is about.
#[derive(Debug)]
pub(super) enum Subject {
    Source(Box<PolicySource>),
    Policy(String, Managed),
}

fn names_policy(arn: &str) -> bool {
    Arn::parse(arn).is_ok_and(|arn| arn.service == "iam" && arn.resource.starts_with("policy/"))
}

/// What policies are asked about.
pub(super) fn target(at: &Asking<'_>, arn: &str) -> Result<Target, Fault> {
    match names_policy(arn) {
        true => Ok(Target::policy(at, arn)?.moved(arn.to_owned())),
        false => policy_source::target(at, arn),
    }
}

impl Subject {
    /// The one with exactly this ARN, of the caller's account or a policy of AWS's.
    ///
    /// # Errors
    /// InvalidInput if the ARN names nothing of the kind, NoSuchEntity if it is not there.
    pub(super) fn find<O>(cx: &mut Granted<'_, O>, arn: &str) -> Result<Self, Fault> {
        if !names_policy(arn) {
            return Ok(Self::Source(Box::new(PolicySource::find(cx, arn)?)));
        }
        let found = Managed::find(cx, arn)?.ok_or_else(|| faults::no_such_policy(arn))?;
        Ok(Self::Policy(arn.to_owned(), found))
    }

    /// The services that its policies allow anything of: those of this house, and any that are named.
    pub(super) fn services(&self, view: &View<'_>) -> Result<Vec<String>, Fault> {
        let texts: Vec<String> = match self {
            Self::Source(source) => {
                let own = source.policies(view)?.list;
                own.into_iter().filter_map(|policy| policy.text.ok()).collect()
            }
            Self::Policy(_, Managed::Aws(policy)) => vec![AwsPolicy::text(policy).to_owned()],
            Self::Policy(_, Managed::Customer(policy)) => {
                policy.default().map(|version| version.document.clone()).into_iter().collect()
            }
        };
        let mut services = BTreeSet::new();
        for reach in texts.iter().filter_map(|text| policy::reach(text).ok()) {
            let known = api::SERVICES.iter().map(|service| service.id);
            services.extend(known.filter(|id| reach.includes(id)).map(str::to_owned));
            services.extend(reach.named().map(str::to_owned));
        }
        Ok(services.into_iter().collect())
    }

    /// The users and roles that have its permissions, [`ENTITIES_MAX`] at most.
    pub(super) fn entities(
        &self,
        view: &View<'_>,
        account: AccountId,
    ) -> Result<Vec<AccessingEntity>, Fault> {
        let mut found = Found { view, account, entities: Vec::new() };
        match self {
            Self::Source(source) => match &**source {
                PolicySource::User(user) => found.add(of_user(user)),
                PolicySource::Role(role) => found.add(of_role(role)),
                PolicySource::Group(group) => found.members(group)?,
            },
            Self::Policy(arn, _) => found.attached(arn)?,
        }
        Ok(found.entities)
    }
}

fn of_user(user: &User) -> AccessingEntity {
    AccessingEntity {
        id: user.id.to_string(),
        arn: user.arn(),
        name: user.name.clone(),
        path: user.path.clone(),
    }
}

fn of_role(role: &Role) -> AccessingEntity {
    AccessingEntity {
        id: role.id.to_string(),
        arn: role.arn(),
        name: role.name.clone(),
        path: role.path.clone(),
    }
}

/// Users and roles while they are gathered.
struct Found<'a> {
    view: &'a View<'a>,
    account: AccountId,
    entities: Vec<AccessingEntity>,
}

impl Found<'_> {
    fn add(&mut self, entity: AccessingEntity) {
        if self.entities.len() < ENTITIES_MAX && !self.entities.contains(&entity) {
            self.entities.push(entity);
        }
    }

    fn members(&mut self, group: &Group) -> Result<(), Fault> {
        let prefix = format!("{}\0", group.id);
        let (index, prefix) = (Index::GroupMember, prefix.as_bytes());
        for row in self.view.scan(index, self.account, prefix, None, ENTITIES_MAX)? {
            let user = self.view.entity::<User>(self.account, page::last_part(&row.key))?;
            user.iter().for_each(|user| self.add(of_user(user)));
        }
        Ok(())
    }

    /// Those whom the policy is attached to, then the members of groups that it is attached to.
    fn attached(&mut self, arn: &str) -> Result<(), Fault> {
        for kind in ["user", "role", "group"] {
            let prefix = format!("{arn}\0{kind}\0");
            let (index, prefix) = (Index::PolicyAttachment, prefix.as_bytes());
            for row in self.view.scan(index, self.account, prefix, None, ENTITIES_MAX)? {
                let (account, name) = (self.account, page::last_part(&row.key));
                match kind {
                    "user" => {
                        let user = self.view.entity::<User>(account, name)?;
                        user.iter().for_each(|user| self.add(of_user(user)));
                    }
                    "role" => {
                        let role = self.view.entity::<Role>(account, name)?;
                        role.iter().for_each(|role| self.add(of_role(role)));
                    }
                    _ if self.entities.len() < ENTITIES_MAX => {
                        if let Some(group) = self.view.entity::<Group>(account, name)? {
                            self.members(&group)?;
                        }
                    }
                    _ => return Ok(()),
                }
            }
        }
        Ok(())
    }
}
