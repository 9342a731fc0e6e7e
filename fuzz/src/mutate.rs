//! Mutations: bytes flipped, cut, repeated, exchanged, seeds spliced, and words that parsers dislike.

/// A seeded source of mutated inputs.
pub(crate) struct Mutator(u64);

const WORDS: &[&[u8]] = &[
    b"%",
    b"%zz",
    b"%00",
    b"+",
    b"&",
    b"=",
    b"\0",
    b"\xff",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"*",
    b"?",
    b"${",
    b"${aws:username}",
    b".member.1",
    b".member.99999999999",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"null",
    b"\xed\xa0\x80",
    b"\xf0\x9d\x84\x9e",
    b"//",
    b"/../",
    b"; ",
    b"Credential=",
    b"AWS4-HMAC-SHA256 ",
    b":",
    b",",
    b"2012-10-17",
    b"ForAllValues:",
    b"IfExists",
    b"\n",
    b"\r\n",
];

/// No input is longer: what matters is shape.
const LENGTH_MAX: usize = 16 * 1024;

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % (limit.max(1) as u64)) as usize
    }

    /// A seed, changed a few times.
    pub(crate) fn next(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds.get(self.below(seeds.len())).cloned().unwrap_or_default();
        for _ in 0..=self.below(6) {
            self.change(&mut input, seeds);
        }
        input.truncate(LENGTH_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let length = self.below(16.min(input.len() - at) + 1);
        match self.below(6) {
            0 => {
                let bit = self.below(8);
                input.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << bit);
            }
            1 => drop(input.drain(at..at + length)),
            2 => {
                let piece: Vec<u8> = input.get(at..at + length).unwrap_or_default().to_vec();
                let times = 1 + self.below(40);
                input.splice(at..at, piece.repeat(times));
            }
            3 => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or_default();
                input.splice(at..at, word.iter().copied());
            }
            4 => {
                let other = seeds.get(self.below(seeds.len())).cloned().unwrap_or_default();
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(other.get(from..).unwrap_or_default());
            }
            _ => {
                let byte = self.below(256) as u8;
                input.splice(at..at, [byte]);
            }
        }
    }
}
