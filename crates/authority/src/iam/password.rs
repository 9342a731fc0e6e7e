//! Passwords: their digests by Argon2id, made and compared. Never kept, shown or logged as they are.
//!
//! A digest is dear on purpose: some 19 MiB of memory and tens of milliseconds of a processor. The
//! operations that make one are listed as costly, so that no more of them are under way than there are
//! turns for such calls. The committer, which all calls wait for, never makes one. It is made last, when nothing else can refuse
//! the call, and once for all attempts of a call ([`Work`]).

use std::sync::{Mutex, PoisonError};

use api::Fault;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use names::{Chance, Secret};
use zeroize::Zeroizing;

use crate::entity::{LoginProfile, PasswordDigest, Recipe};
use crate::fault;

/// Argon2id with 19 MiB of memory, two passes and one lane.
///
/// Source: OWASP, "Password Storage Cheat Sheet", section "Argon2id".
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Bytes. Source: RFC 9106, section 4, "Parameter Choice".
const SALT_LENGTH: usize = 16;
const DIGEST_LENGTH: usize = 32;

/// The digests that a call has made so far. What is attempted again finds them here.
#[derive(Debug, Default)]
pub(crate) struct Work {
    done: Mutex<Vec<Done>>,
}

#[derive(Debug)]
struct Done {
    password: Secret<String>,
    made: PasswordDigest,
}

impl Work {
    /// The digest of `password` by `recipe`.
    fn digest(&self, password: &Secret<String>, recipe: &Recipe) -> Result<PasswordDigest, Fault> {
        if let Some(made) = self.find(password, |made| made.recipe == *recipe) {
            return Ok(made);
        }
        let made = digest(password, recipe).ok_or_else(fault::internal)?;
        let done = Done { password: password.clone(), made: made.clone() };
        self.lock().push(done);
        Ok(made)
    }

    /// A digest of `password`, with its own salt.
    pub(crate) fn first(
        &self,
        password: &Secret<String>,
        chance: &dyn Chance,
    ) -> Result<PasswordDigest, Fault> {
        match self.find(password, |made| is_of_today(&made.recipe)) {
            Some(made) => Ok(made),
            None => self.digest(password, &recipe(chance)),
        }
    }

    /// A digest of `password` to follow `before`.
    ///
    /// It takes over the salt: salts keep people apart, and this is the same person. So one digest
    /// is enough to tell whether any of up to 24 former passwords is used again.
    pub(crate) fn next(
        &self,
        password: &Secret<String>,
        before: &PasswordDigest,
        chance: &dyn Chance,
    ) -> Result<PasswordDigest, Fault> {
        if is_of_today(&before.recipe) {
            self.digest(password, &before.recipe)
        } else {
            self.first(password, chance)
        }
    }

    /// Whether `digest` is that of `password`.
    pub(crate) fn matches(
        &self,
        password: &Secret<String>,
        digest: &PasswordDigest,
    ) -> Result<bool, Fault> {
        let made = self.digest(password, &digest.recipe)?;
        Ok(equal(made.digest.expose(), digest.digest.expose()))
    }

    fn find(
        &self,
        password: &Secret<String>,
        fits: impl Fn(&PasswordDigest) -> bool,
    ) -> Option<PasswordDigest> {
        let done = self.lock();
        let mut found = done.iter().filter(|done| fits(&done.made));
        found.find(|done| same(&done.password, password)).map(|done| done.made.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Done>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `password` is the one in force, for whoever signs in with it. It takes a digest, and the
/// same time whatever the password is.
///
/// # Errors
/// A failure on our side: there is no memory for the digest.
pub(crate) fn verify_password(
    profile: &LoginProfile,
    password: &Secret<String>,
    work: &Work,
) -> Result<bool, Fault> {
    work.matches(password, &profile.password)
}

/// Whether two passwords are the same, in a time that does not depend on where they differ.
pub(crate) fn same(one: &Secret<String>, other: &Secret<String>) -> bool {
    equal(one.expose(), other.expose())
}

fn equal(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

fn is_of_today(recipe: &Recipe) -> bool {
    (recipe.memory_kib, recipe.passes, recipe.lanes) == (MEMORY_KIB, PASSES, LANES)
}

fn recipe(chance: &dyn Chance) -> Recipe {
    let mut salt = [0; SALT_LENGTH];
    chance.fill(&mut salt);
    Recipe {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: STANDARD_NO_PAD.encode(salt),
    }
}

/// `None` for a recipe that is none, or without memory.
fn digest(password: &Secret<String>, recipe: &Recipe) -> Option<PasswordDigest> {
    let Recipe { memory_kib, passes, lanes, salt } = recipe;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    let params = Params::new(*memory_kib, *passes, *lanes, Some(DIGEST_LENGTH)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut digest = Zeroizing::new([0; DIGEST_LENGTH]);
    argon2.hash_password_into(password.expose().as_bytes(), &salt, &mut *digest).ok()?;
    let digest = Secret::new(STANDARD_NO_PAD.encode(*digest));
    Some(PasswordDigest { recipe: recipe.clone(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Counting(Mutex<u8>);

    impl Chance for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            *next += 1;
            buffer.fill(*next);
        }
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn small(salt: &[u8]) -> Recipe {
        Recipe { memory_kib: 64, passes: 2, lanes: 1, salt: STANDARD_NO_PAD.encode(salt) }
    }

    #[test]
    fn a_digest_is_that_of_the_reference_implementation() {
        // `argon2 somesalt -id -t 2 -k 256 -p 1`, from the reference implementation's own tests.
        let recipe = Recipe { memory_kib: 256, ..small(b"somesalt") };
        let made = digest(&secret("password"), &recipe).unwrap();
        assert_eq!(made.digest.expose(), "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
    }

    #[test]
    fn what_was_made_is_not_made_again() {
        let (work, chance) = (Work::default(), Counting(Mutex::default()));
        let first = work.first(&secret("one"), &chance).unwrap();
        let again = work.first(&secret("one"), &chance).unwrap();
        assert_eq!(again.recipe, first.recipe);
        assert_eq!(work.lock().len(), 1);
        let next = work.next(&secret("two"), &first, &chance).unwrap();
        assert_eq!(next.recipe, first.recipe);
        assert_ne!(next.digest.expose(), first.digest.expose());
        assert!(work.matches(&secret("two"), &next).unwrap());
        assert!(!work.matches(&secret("two"), &first).unwrap());
        assert_eq!(work.lock().len(), 2);
        assert_eq!(*chance.0.lock().unwrap(), 1);
    }

    #[test]
    fn a_recipe_that_is_out_of_date_is_followed_but_not_taken_over() {
        let (work, chance) = (Work::default(), Counting(Mutex::default()));
        let old = digest(&secret("one"), &small(b"somesalt")).unwrap();
        assert!(work.matches(&secret("one"), &old).unwrap());
        let next = work.next(&secret("two"), &old, &chance).unwrap();
        assert!(is_of_today(&next.recipe));
        assert_eq!(next.recipe.salt, STANDARD_NO_PAD.encode([1; SALT_LENGTH]));
    }

    #[test]
    fn nothing_shows_it() {
        let work = Work::default();
        work.digest(&secret("swordfish"), &small(b"somesalt")).unwrap();
        let shown = format!("{work:?}");
        assert!(!shown.contains("swordfish") && shown.contains("Secret(…)"), "{shown}");
    }
}
