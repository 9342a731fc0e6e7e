//! What users, groups and roles have in common: permission policies hang on them.
//!
//! Embedding, attaching and listing policies is written once, for whoever holds them. Which calls
//! there are for each kind, the operations say.

use api::Fault;

use super::target::Target;
use super::{faults, quotas};
use crate::entity::{Entity, Group, InlinePolicies, Role, User, folded};
use crate::handle::{Asking, Granted};

/// An entity that permission policies hang on.
pub(crate) trait Holder: Entity {
    /// What errors and index rows call it.
    const WORD: &'static str;
    /// Characters of its embedded policies together, white space not counted.
    const INLINE_SIZE: usize;
    /// The quota of attached policies: its name, and how many.
    const ATTACHED: (&'static str, usize);

    /// The one of this name in the caller's account, or AWS's text that there is none.
    fn named<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<Self, Fault>;

    /// The one of this name as something that policies are asked about.
    fn target(at: &Asking<'_>, name: &str) -> Result<Target, Fault>;

    /// Its name in its own spelling.
    fn name(&self) -> &str;

    fn inline(&self) -> &InlinePolicies;

    fn inline_mut(&mut self) -> &mut InlinePolicies;

    fn attached(&self) -> &[String];

    fn attached_mut(&mut self) -> &mut Vec<String>;

    /// Whether customers may change it.
    ///
    /// # Errors
    /// AWS's text if they may not.
    fn modifiable(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// The members that are named alike in all three.
macro_rules! policies {
    () => {
        fn name(&self) -> &str {
            &self.name
        }

        fn inline(&self) -> &InlinePolicies {
            &self.inline
        }

        fn inline_mut(&mut self) -> &mut InlinePolicies {
            &mut self.inline
        }

        fn attached(&self) -> &[String] {
            &self.attached
        }

        fn attached_mut(&mut self) -> &mut Vec<String> {
            &mut self.attached
        }
    };
}

impl Holder for User {
    const WORD: &'static str = "user";
    const INLINE_SIZE: usize = quotas::INLINE_SIZE_PER_USER;
    const ATTACHED: (&'static str, usize) = ("PoliciesPerUser", quotas::ATTACHED_PER_USER);

    fn named<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<Self, Fault> {
        cx.user(name)
    }

    fn target(at: &Asking<'_>, name: &str) -> Result<Target, Fault> {
        Target::user(at, Some(name))
    }

    policies!();
}

impl Holder for Group {
    const WORD: &'static str = "group";
    const INLINE_SIZE: usize = quotas::INLINE_SIZE_PER_GROUP;
    const ATTACHED: (&'static str, usize) = ("PoliciesPerGroup", quotas::ATTACHED_PER_GROUP);

    fn named<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<Self, Fault> {
        cx.group(name)
    }

    fn target(at: &Asking<'_>, name: &str) -> Result<Target, Fault> {
        Target::group(at, name)
    }

    policies!();
}

impl Holder for Role {
    const WORD: &'static str = "role";
    const INLINE_SIZE: usize = quotas::INLINE_SIZE_PER_ROLE;
    const ATTACHED: (&'static str, usize) = ("PoliciesPerRole", quotas::ATTACHED_PER_ROLE);

    fn named<O>(cx: &mut Granted<'_, O>, name: &str) -> Result<Self, Fault> {
        cx.get(&folded(name))?.ok_or_else(|| faults::no_such_role(name))
    }

    fn target(at: &Asking<'_>, name: &str) -> Result<Target, Fault> {
        Target::role(at, name)
    }

    policies!();

    fn modifiable(&self) -> Result<(), Fault> {
        if self.is_service_linked() { Err(faults::protected_role(&self.name)) } else { Ok(()) }
    }
}

/// The holder of this name, to be changed.
pub(crate) fn to_change<E: Holder, O>(cx: &mut Granted<'_, O>, name: &str) -> Result<E, Fault> {
    let holder = E::named(cx, name)?;
    holder.modifiable()?;
    Ok(holder)
}
