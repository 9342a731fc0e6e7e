//! Policies embedded in users, groups and roles: put, get, list, delete.

use api::iam::operations::{
    DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy, GetGroupPolicy, GetRolePolicy,
    GetUserPolicy, ListGroupPolicies, ListRolePolicies, ListUserPolicies, PutGroupPolicy,
    PutRolePolicy, PutUserPolicy,
};
use api::iam::shapes;
use api::{Empty, Fault, Operation};

use super::holder::{Holder, to_change};
use super::page::{self, Found, Page};
use super::{document, faults, quotas};
use crate::entity::{Group, Role, User};
use crate::handle::{Asking, Asks, Granted, Handle};

/// Embeds a policy: its grammar is checked, then that all embedded ones together are not too long,
/// neither without their white space nor as they were written.
fn put<E: Holder, O>(
    cx: &mut Granted<'_, O>,
    holder: &str,
    name: &str,
    text: String,
) -> Result<Empty, Fault> {
    let mut holder: E = to_change(cx, holder)?;
    document::check(&text)?;
    holder.inline_mut().put(name, text);
    let (size, written) = holder.inline().sizes();
    if size > E::INLINE_SIZE || written > quotas::written_max(E::INLINE_SIZE) {
        return Err(faults::inline_too_large(E::INLINE_SIZE, E::WORD, holder.name()));
    }
    cx.put(&holder)?;
    Ok(Empty)
}

/// The holder's name in its own spelling, and the document, percent-encoded as answers carry it.
fn get<E: Holder, O>(
    cx: &mut Granted<'_, O>,
    holder: &str,
    name: &str,
) -> Result<(String, String), Fault> {
    let holder = E::named(cx, holder)?;
    let policy = holder.inline().get(name);
    let policy = policy.ok_or_else(|| faults::no_such_inline_policy(E::WORD, name))?;
    Ok((holder.name().to_owned(), document::encoded(&policy.document)))
}

fn list<E: Holder, O: Operation>(
    cx: &mut Granted<'_, O>,
    holder: &str,
    (marker, size): (Option<&str>, Option<i32>),
) -> Result<Found<String>, Fault> {
    let page = Page::of(cx, marker, size)?;
    let holder = E::named(cx, holder)?;
    let names: Vec<String> = holder.inline().iter().map(|policy| policy.name.clone()).collect();
    page::of_slice(&page, &names)
}

fn delete<E: Holder, O>(cx: &mut Granted<'_, O>, holder: &str, name: &str) -> Result<Empty, Fault> {
    let mut holder: E = to_change(cx, holder)?;
    if !holder.inline_mut().remove(name) {
        return Err(faults::no_such_inline_policy(E::WORD, name));
    }
    cx.put(&holder)?;
    Ok(Empty)
}

/// The four operations for one kind of holder.
macro_rules! inline {
    (
        $holder:ty, $name:ident,
        $put:ident, $get:ident, $got:ident, $list:ident, $listed:ident, $delete:ident
    ) => {
        impl Handle for $put {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$holder>::target(at, &input.$name)?).with_boundary())
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                put::<$holder, _>(cx, &input.$name, &input.policy_name, input.policy_document)
            }
        }

        impl Handle for $get {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$holder>::target(at, &input.$name)?))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
                let (holder, document) = get::<$holder, _>(cx, &input.$name, &input.policy_name)?;
                Ok(shapes::$got {
                    $name: holder,
                    policy_name: input.policy_name,
                    policy_document: document,
                })
            }
        }

        impl Handle for $list {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$holder>::target(at, &input.$name)?))
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
                let page = (input.marker.as_deref(), input.max_items);
                let found = list::<$holder, _>(cx, &input.$name, page)?;
                Ok(shapes::$listed {
                    policy_names: found.items,
                    is_truncated: Some(found.marker.is_some()),
                    marker: found.marker,
                })
            }
        }

        impl Handle for $delete {
            fn asks(input: &Self::Input, at: &Asking<'_>) -> Result<Asks, Fault> {
                Ok(Asks::on(<$holder>::target(at, &input.$name)?).with_boundary())
            }

            fn run(cx: &mut Granted<'_, Self>, input: Self::Input) -> Result<Empty, Fault> {
                delete::<$holder, _>(cx, &input.$name, &input.policy_name)
            }
        }
    };
}

inline!(
    User,
    user_name,
    PutUserPolicy,
    GetUserPolicy,
    GetUserPolicyResponse,
    ListUserPolicies,
    ListUserPoliciesResponse,
    DeleteUserPolicy
);
inline!(
    Group,
    group_name,
    PutGroupPolicy,
    GetGroupPolicy,
    GetGroupPolicyResponse,
    ListGroupPolicies,
    ListGroupPoliciesResponse,
    DeleteGroupPolicy
);
inline!(
    Role,
    role_name,
    PutRolePolicy,
    GetRolePolicy,
    GetRolePolicyResponse,
    ListRolePolicies,
    ListRolePoliciesResponse,
    DeleteRolePolicy
);
