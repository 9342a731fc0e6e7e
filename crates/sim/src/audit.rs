//! What must hold after a restart: the state is that of the acknowledged calls, and each concluded
//! call has exactly one record.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use store::{Attribute, Record};

use crate::call::REGION;
use crate::model::{Key, Model, User};
use crate::story::Uncertain;
use crate::world::{Broken, World};

/// Finds out whether one of the uncertain commits has happened, as a whole. More than one cannot
/// have: each wrote where the one before it had failed.
pub(crate) fn settle(
    model: &Model,
    commits: &[Vec<Uncertain>],
    found: Model,
) -> Result<Model, Broken> {
    if same(model, &found) {
        return Ok(model.clone().taken_from(found));
    }
    for commit in commits {
        let mut candidate = model.clone();
        commit.iter().for_each(|call| happened(&mut candidate, model, call));
        if same(&candidate, &found) {
            return Ok(candidate.taken_from(found));
        }
    }
    Err(Broken(format!("expected {model:#?}\nor with one of {commits:#?}\nfound {found:#?}")))
}

/// A call of a commit was judged on the state `before` it: refused then, it has stayed refused; and
/// what a call before it in the commit has made impossible was left for another commit.
fn happened(model: &mut Model, before: &Model, call: &Uncertain) {
    let fits = |model: &Model| model.expects(&call.signer, &call.action).is_ok();
    if fits(before) && fits(model) {
        model.apply(&call.action, None);
    }
}

fn same(candidate: &Model, found: &Model) -> bool {
    let roles = |model: &Model| {
        let roles = model.roles.iter();
        roles.map(|(name, role)| (name.clone(), role.inline)).collect::<Vec<_>>()
    };
    candidate.groups == found.groups
        && roles(candidate) == roles(found)
        && candidate.users.len() == found.users.len()
        && candidate
            .users
            .iter()
            .all(|(name, user)| found.users.get(name).is_some_and(|there| same_user(user, there)))
}

fn same_user(user: &User, found: &User) -> bool {
    let known = |key: &&Key| key.id.is_some();
    let unknown = user.keys.iter().filter(|key| key.id.is_none()).count();
    user.inline == found.inline
        && user.attached == found.attached
        && user.groups == found.groups
        && user.keys.iter().filter(known).all(|key| found.keys.contains(key))
        && user.keys.iter().filter(known).count() + unknown == found.keys.len()
}

/// Which calls must be in the trail, and which may be.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    concluded: BTreeSet<String>,
    uncertain: BTreeSet<String>,
}

/// What of a record is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "requestID", default)]
    request_id: String,
    event_name: String,
}

fn event(record: &Record) -> Result<Event, Broken> {
    serde_json::from_slice(&record.json).map_err(Broken::of)
}

impl Trail {
    pub(crate) fn concluded(&mut self, request_id: &str) {
        self.concluded.insert(request_id.to_owned());
    }

    pub(crate) fn uncertain<'a>(&mut self, request_ids: impl Iterator<Item = &'a String>) {
        self.uncertain.extend(request_ids.cloned());
    }

    /// Each concluded call has one record, each uncertain one at most, and nobody else has any;
    /// and what is found by an attribute is what has that attribute.
    pub(crate) fn hold(&self, world: &World) -> Result<(), Broken> {
        let all = world.records(Attribute::Any, "")?;
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for record in &all {
            let event = event(record)?;
            *names.entry(event.event_name.clone()).or_default() += 1;
            if event.event_name == "CreateAccount" {
                continue;
            }
            let known = self.concluded.contains(&event.request_id)
                || self.uncertain.contains(&event.request_id);
            if !known {
                return Err(Broken(format!("a record of a call that nobody made: {record:?}")));
            }
            *counts.entry(event.request_id).or_default() += 1;
        }
        if let Some((id, count)) = counts.iter().find(|(_, count)| **count != 1) {
            return Err(Broken(format!("call {id} has {count} records")));
        }
        if let Some(id) = self.concluded.iter().find(|id| !counts.contains_key(*id)) {
            return Err(Broken(format!("concluded call {id} has no record")));
        }
        for (name, count) in names {
            let (attribute, value) = authority::filed(REGION, Attribute::EventName, &name);
            let found = world.records(attribute, &value)?.len();
            if found != count {
                return Err(Broken(format!(
                    "{count} records of {name}, {found} are found by name"
                )));
            }
        }
        Ok(())
    }
}
