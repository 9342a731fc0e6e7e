//! What goes wrong with a disk, and when: drawn once per life of a server.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What becomes of an operation on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    /// It fails and has no effect that lasts.
    Failed,
    /// There is no space left.
    Full,
    /// The machine stops before the operation takes effect.
    Crash,
    /// The machine stops when the operation has taken effect, before anybody hears of it.
    CrashAfter,
}

/// Which operation is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Read,
    Write,
    Sync,
}

/// The plan of one life: when the machine stops, and a stretch in which operations fail.
#[derive(Debug)]
pub(crate) struct Faults {
    chance: StdRng,
    /// Writes and syncs so far.
    done: u64,
    crash_at: u64,
    /// Operations in this stretch fail, one in `one_in`.
    failing: std::ops::Range<u64>,
    one_in: u32,
    full: bool,
    reads_fail: bool,
}

impl Faults {
    /// A machine that never fails.
    pub(crate) fn none() -> Self {
        Self {
            chance: StdRng::seed_from_u64(0),
            done: 0,
            crash_at: u64::MAX,
            failing: 0..0,
            one_in: 1,
            full: false,
            reads_fail: false,
        }
    }

    /// A life of about `length` operations.
    pub(crate) fn drawn(chance: &mut StdRng, length: u64) -> Self {
        let crash_at = chance.random_range(1..=length);
        let begin = chance.random_range(0..length);
        let stretch = if chance.random_ratio(1, 3) { chance.random_range(1..=40) } else { 0 };
        Self {
            crash_at,
            failing: begin..begin + stretch,
            one_in: chance.random_range(1..=6),
            full: chance.random_ratio(1, 3),
            reads_fail: chance.random_ratio(1, 4),
            done: 0,
            chance: StdRng::seed_from_u64(chance.random()),
        }
    }

    /// Decides about the next operation.
    pub(crate) fn decide(&mut self, doing: Doing) -> Fate {
        if doing == Doing::Read {
            return if self.reads_fail && self.fails() { Fate::Failed } else { Fate::Done };
        }
        self.done += 1;
        if self.done == self.crash_at {
            let after = self.chance.random_ratio(1, 2);
            return if after { Fate::CrashAfter } else { Fate::Crash };
        }
        match (self.fails(), doing) {
            (false, _) => Fate::Done,
            (true, Doing::Write) if self.full => Fate::Full,
            (true, _) => Fate::Failed,
        }
    }

    fn fails(&mut self) -> bool {
        self.failing.contains(&self.done) && self.chance.random_ratio(1, self.one_in)
    }

    /// Nothing fails any more, but the machine still stops when its time has come.
    #[cfg(test)]
    pub(crate) fn mend(&mut self) {
        self.failing = 0..0;
    }

    /// The very next operation fails.
    #[cfg(test)]
    pub(crate) fn fail_once(&mut self) {
        (self.failing, self.one_in, self.crash_at) = (1..2, 1, u64::MAX);
    }

    /// Dice for what a crash or a failed sync leaves of the writes that wait.
    pub(crate) fn dice(&mut self) -> &mut StdRng {
        &mut self.chance
    }
}
