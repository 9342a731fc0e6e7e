//! One seed's story: calls drawn by lot against a failing disk, each answer held against the model,
//! and after each restart everything read back.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use names::Secret;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::answer::Answer;
use crate::audit::{self, Trail};
use crate::call::{Action, Pair, Signed};
use crate::model::{Model, Signer};
use crate::reading;
use crate::world::{Broken, World};

/// Lives of a machine in a story.
const LIVES: usize = 4;
/// Batches of calls in a life, unless its machine stops before.
const BATCHES: usize = 40;
/// What a session of a role lasts, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Calls that are made at once, at most.
const AT_ONCE: usize = 5;
/// Records with which every sixteenth story begins, so that segments of the index fill up.
const PRELUDE: usize = 4_200;

/// How a story ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ending {
    /// Calls that were answered.
    pub calls: u64,
    /// Calls of which nobody knows whether they happened.
    pub uncertain: u64,
    /// Times that the machine stopped.
    pub restarts: u64,
    /// A hash of all answers: equal for equal seeds.
    pub trace: u64,
}

/// A call whose answer said that it could not be made durable.
#[derive(Debug, Clone)]
pub(crate) struct Uncertain {
    pub(crate) signer: Signer,
    pub(crate) action: Action,
    pub(crate) request_id: String,
}

struct Story {
    world: World,
    dice: StdRng,
    model: Model,
    /// Every key that was ever handed out, and every session.
    keys: Vec<Signer>,
    secrets: Vec<String>,
    trail: Trail,
    /// Calls since the last one that is known to be durable, by the commit that they were in.
    uncertain: Vec<Vec<Uncertain>>,
    trace: DefaultHasher,
    ending: Ending,
}

/// Lives through the story of `seed`.
///
/// # Errors
/// [`Broken`] with the promise that was not kept.
pub fn run(seed: u64) -> Result<Ending, Broken> {
    let world = World::new(seed)?;
    let mut story = Story {
        secrets: vec![world.root().secret.expose().clone()],
        world,
        dice: StdRng::seed_from_u64(seed),
        model: Model::default(),
        keys: Vec::new(),
        trail: Trail::default(),
        uncertain: Vec::new(),
        trace: DefaultHasher::new(),
        ending: Ending::default(),
    };
    if seed % 16 == 15 {
        story.prelude()?;
    }
    for _ in 0..LIVES {
        story.live()?;
        story.restart()?;
    }
    story.world.search(&story.secrets)?;
    story.ending.trace = story.trace.finish();
    Ok(story.ending)
}

impl Story {
    fn prelude(&mut self) -> Result<(), Broken> {
        for _ in 0..PRELUDE / 100 {
            self.batch(vec![(Signer::Root, Action::GetCallerIdentity); 100])?;
        }
        Ok(())
    }

    /// A life of the machine.
    fn live(&mut self) -> Result<(), Broken> {
        self.world.begin_faults();
        for _ in 0..BATCHES {
            if self.world.has_stopped() {
                break;
            }
            // Now and then the clock is set back.
            let back = self.dice.random_ratio(1, 50);
            self.world.move_clock(if back { -90_000 } else { self.dice.random_range(0..4_000) });
            if self.dice.random_ratio(1, 60) {
                self.world.move_clock(HOUR);
            }
            let count = self.dice.random_range(1..=AT_ONCE);
            let calls = (0..count).map(|_| self.draw()).collect();
            self.batch(calls)?;
        }
        Ok(())
    }

    /// Makes calls at once and holds their answers against the model.
    fn batch(&mut self, calls: Vec<(Signer, Action)>) -> Result<(), Broken> {
        let (before, now) = (self.model.clone(), self.world.now());
        let failed_reads = self.world.failed_reads();
        let signed = calls
            .iter()
            .map(|(signer, action)| action.signed(&signer.pair(self.world.root()), now));
        let signed: Vec<Signed> = signed.collect();
        for batch in self.world.calls(signed)? {
            self.conclude(&calls, batch, &before, failed_reads)?;
        }
        Ok(())
    }

    /// Takes in the answers of one commit.
    fn conclude(
        &mut self,
        calls: &[(Signer, Action)],
        batch: Vec<(usize, Answer)>,
        before: &Model,
        failed_reads: u64,
    ) -> Result<(), Broken> {
        let mut lost = Vec::new();
        for (at, answer) in batch {
            let (signer, action) = calls.get(at).cloned().ok_or_else(|| Broken::of("no call"))?;
            (at, answer.status, answer.code()).hash(&mut self.trace);
            self.ending.calls += 1;
            if answer.is_uncertain() {
                let request_id = answer.request_id;
                lost.push(Uncertain { signer, action, request_id });
                continue;
            }
            // Behind something durable nothing that failed before can come back.
            self.uncertain.clear();
            self.trail.concluded(&answer.request_id);
            let excused = answer.status == 500 && self.world.failed_reads() > failed_reads;
            if !excused {
                self.hold(before, &signer, &action, &answer)?;
            }
        }
        if !lost.is_empty() {
            self.ending.uncertain += lost.len() as u64;
            self.trail.uncertain(lost.iter().map(|call| &call.request_id));
            self.uncertain.push(lost);
        }
        Ok(())
    }

    /// Holds an answer against the model, as it was when the batch began or as it is by now: calls
    /// that are made at once may be concluded in any order.
    fn hold(
        &mut self,
        before: &Model,
        signer: &Signer,
        action: &Action,
        answer: &Answer,
    ) -> Result<(), Broken> {
        let now = self.model.expects(signer, action);
        let got = answer.code().map_or(Ok(()), Err);
        if now != got && (before.expects(signer, action) != got || action.changes(got)) {
            return Err(Broken(format!(
                "{signer:?} calls {action:?}: expected {now:?}, got {got:?}: {}",
                answer.body
            )));
        }
        if got.is_ok() {
            self.model.apply(action, Some(answer));
            self.keep(signer, action, answer);
        }
        Ok(())
    }

    /// Keeps the credentials that an answer hands out.
    fn keep(&mut self, signer: &Signer, action: &Action, answer: &Answer) {
        let (id, secret) = (answer.element("AccessKeyId"), answer.element("SecretAccessKey"));
        let (Some(id), Some(secret)) = (id, secret) else { return };
        self.secrets.push(secret.to_owned());
        let token = answer.element("SessionToken").map(str::to_owned);
        let pair = Pair { id: id.to_owned(), secret: Secret::new(secret.to_owned()), token };
        match (action, signer) {
            (Action::CreateAccessKey { user }, _) => {
                self.keys.push(Signer::Key { user: user.clone(), pair });
            }
            (Action::AssumeRole { role, .. }, _) => {
                let born = self.model.roles.get(role).map(|role| role.born);
                if let Some(born) = born {
                    let until = self.world.now().whole_second().plus_seconds(HOUR / 1000);
                    let role = role.clone();
                    self.keys.push(Signer::RoleSession { role, born, pair, until, late: false });
                }
            }
            (_, Signer::Key { user, .. }) => {
                let born = self.model.users.get(user).map(|user| user.born);
                if let Some(born) = born {
                    self.keys.push(Signer::Session { user: user.clone(), born, pair });
                }
            }
            _ => {}
        }
    }

    /// The machine stops and starts again; then everything must be as the model has it.
    fn restart(&mut self) -> Result<(), Broken> {
        self.world.restart()?;
        self.ending.restarts += 1;
        let (found, answers) = reading::read(&self.world)?;
        answers.iter().for_each(|id| self.trail.concluded(id));
        let batches = std::mem::take(&mut self.uncertain);
        self.model = audit::settle(&self.model, &batches, found)?;
        self.world.check()?;
        self.trail.hold(&self.world)
    }

    fn draw(&mut self) -> (Signer, Action) {
        let dice = &mut self.dice;
        let number = dice.random_range(0..6_u8);
        let user = format!("user{number}");
        let group = format!("group{}", number % 2);
        let role = format!("role{}", number % 3);
        if !self.keys.is_empty() && dice.random_ratio(2, 5) {
            let signer = self.keys.choose(dice).cloned().unwrap_or(Signer::Root);
            let signer = if dice.random_ratio(1, 12) { signer.forged() } else { signer };
            let action = match dice.random_range(0..11_u8) {
                0..3 => Action::GetCallerIdentity,
                3..6 => Action::ListUsers,
                6 => Action::GetSessionToken,
                7..10 => Action::AssumeRole { arn: self.world.role_arn(&role), role },
                _ => Action::CreateUser { user },
            };
            return (signer.at(self.world.now()), action);
        }
        let key = self.model.users.get(&user).and_then(|user| user.keys.choose(dice)?.id.clone());
        let key = key.unwrap_or_else(|| "AKIAIOSFODNN7EXAMPLE".to_owned());
        let active = dice.random();
        let action = match dice.random_range(0..35_u8) {
            0..5 => Action::CreateUser { user },
            5 => Action::DeleteUser { user },
            6..12 => Action::CreateAccessKey { user },
            12..14 => Action::UpdateAccessKey { user, key, active },
            14 => Action::DeleteAccessKey { user, key },
            15 => Action::PutUserPolicy { user },
            16 => Action::DeleteUserPolicy { user },
            17 => Action::AttachUserPolicy { user },
            18 => Action::DetachUserPolicy { user },
            19 => Action::CreateGroup { group },
            20 => Action::DeleteGroup { group },
            21 => Action::AddUserToGroup { group, user },
            22 => Action::RemoveUserFromGroup { group, user },
            23 => Action::PutGroupPolicy { group },
            24 => Action::DeleteGroupPolicy { group },
            25..28 => Action::CreateRole { role },
            28 => Action::DeleteRole { role },
            29..31 => Action::PutRolePolicy { role },
            31..33 => Action::DeleteRolePolicy { role },
            33 => Action::AssumeRole { arn: self.world.role_arn(&role), role },
            _ => Action::ListUsers,
        };
        (Signer::Root, action)
    }
}
