//! Wildcards: `*` for any run of characters, `?` for one, in time that no pattern can blow up.
//!
//! The `*` of a pattern divide it into pieces. The first piece must begin the text, the last one end
//! it, and each one between is found as early as can be, behind the one before: no place that was
//! chosen is taken back. A piece is looked for with 64 of its places in one machine word, so a
//! pattern of p characters costs a text of t characters at most some t × (p ÷ 64 + 2) steps.
//!
//! It never calls itself, and never tries the same place of a piece twice.

use crate::weight;

/// A unit of a pattern. Characters are UTF-16 units: IAM's `?` takes one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Is(u16),
    /// One unit.
    One,
    /// One unit, but no colon.
    OneInSegment,
    /// Any run.
    Any,
    /// Any run without a colon.
    AnyInSegment,
}

/// A compiled pattern, with short ways for the common forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    All,
    Exact(String),
    Prefix(String),
    Pieces(Vec<Piece>),
}

impl Glob {
    /// `*` and `?` over the whole text.
    pub(crate) fn new(pattern: &str) -> Self {
        Self::from_tokens(&tokens(pattern).collect::<Vec<_>>())
    }

    pub(crate) fn from_tokens(tokens: &[Token]) -> Self {
        match tokens.split_last() {
            Some((Token::Any, [])) => return Self::All,
            Some((Token::Any, head)) => {
                if let Some(prefix) = literal(head) {
                    return Self::Prefix(prefix);
                }
            }
            _ => {
                if let Some(text) = literal(tokens) {
                    return Self::Exact(text);
                }
            }
        }
        Self::Pieces(tokens.split(|token| *token == Token::Any).map(Piece::new).collect())
    }

    #[inline]
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact == text,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Pieces(pieces) => matches_counted(pieces, text, &mut 0),
        }
    }
}

impl Glob {
    /// Bytes that it takes besides itself.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Exact(text) | Self::Prefix(text) => weight::of_text(text),
            Self::Pieces(pieces) => weight::of_list(pieces, Piece::weight),
        }
    }
}

/// The text of tokens without a wildcard among them.
fn literal(tokens: &[Token]) -> Option<String> {
    let unit = |token: &Token| match token {
        Token::Is(unit) => Some(*unit),
        _ => None,
    };
    String::from_utf16(&tokens.iter().map(unit).collect::<Option<Vec<u16>>>()?).ok()
}

/// The tokens of a plain pattern.
pub(crate) fn tokens(pattern: &str) -> impl Iterator<Item = Token> + '_ {
    pattern.encode_utf16().map(|unit| match char::from_u32(u32::from(unit)) {
        Some('*') => Token::Any,
        Some('?') => Token::One,
        _ => Token::Is(unit),
    })
}

/// Steps are counted for tests: a count is the same on every machine.
#[inline(never)]
fn matches_counted(pieces: &[Piece], text: &str, steps: &mut u64) -> bool {
    if text.is_ascii() {
        return in_order(pieces, text.as_bytes(), steps).is_some();
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    in_order(pieces, &units, steps).is_some()
}

/// Takes the earliest place for each piece: what is left for the next ones is then the most there is.
fn in_order<U: Copy + Into<u16>>(pieces: &[Piece], text: &[U], steps: &mut u64) -> Option<()> {
    let (first, rest) = pieces.split_first()?;
    let Some((last, between)) = rest.split_last() else {
        return first.find(text, Ends::BOTH, steps).map(drop);
    };
    let mut left = text.get(first.find(text, Ends::START, steps)?..)?;
    for piece in between {
        left = left.get(piece.find(left, Ends::NEITHER, steps)?..)?;
    }
    last.find(left, Ends::END, steps).map(drop)
}

const COLON: u16 = b':' as u16;
const WORD: usize = 64;

/// What stands between two `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    blocks: Vec<Block>,
    /// How many units it takes, not counting runs.
    length: usize,
    /// A run without a colon may come before its first unit.
    leading_run: bool,
    /// There is a run without a colon somewhere in it.
    has_runs: bool,
}

/// Up to 64 units of a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Block {
    /// [`Token::Is`], [`Token::One`] or [`Token::OneInSegment`].
    units: Vec<Token>,
    /// A bit for each unit behind which a run without a colon may come.
    runs: u64,
}

/// At which ends of the text a piece is held fast.
#[derive(Clone, Copy)]
struct Ends {
    start: bool,
    end: bool,
}

impl Ends {
    const BOTH: Self = Self { start: true, end: true };
    const START: Self = Self { start: true, end: false };
    const END: Self = Self { start: false, end: true };
    const NEITHER: Self = Self { start: false, end: false };
}

impl Piece {
    fn weight(&self) -> usize {
        weight::of_list(&self.blocks, |block| weight::of_list(&block.units, |_| 0))
    }

    fn new(tokens: &[Token]) -> Self {
        let mut piece = Self { blocks: Vec::new(), length: 0, leading_run: false, has_runs: false };
        for token in tokens {
            if *token == Token::AnyInSegment {
                piece.has_runs = true;
                match piece.blocks.last_mut() {
                    Some(block) => block.runs |= 1 << (block.units.len() - 1),
                    None => piece.leading_run = true,
                }
                continue;
            }
            piece.length += 1;
            match piece.blocks.last_mut().filter(|block| block.units.len() < WORD) {
                Some(block) => block.units.push(*token),
                None => piece.blocks.push(Block { units: vec![*token], runs: 0 }),
            }
        }
        piece
    }

    /// The earliest place in `text` where it can end.
    fn find<U: Copy + Into<u16>>(&self, text: &[U], ends: Ends, steps: &mut u64) -> Option<usize> {
        let start = match (self.has_runs, ends) {
            (false, Ends { start: true, end }) => {
                (!end || text.len() == self.length).then_some(0)?
            }
            (false, Ends { end: true, .. }) => text.len().checked_sub(self.length)?,
            _ => return self.search(text, ends, steps),
        };
        let end = start + self.length;
        let units = self.blocks.iter().flat_map(|block| &block.units);
        let here = text.get(start..end)?;
        *steps += here.len() as u64;
        here.iter().zip(units).all(|(unit, token)| token.takes((*unit).into())).then_some(end)
    }

    fn search<U: Copy + Into<u16>>(
        &self,
        text: &[U],
        ends: Ends,
        steps: &mut u64,
    ) -> Option<usize> {
        let mut border = Border::Piece { open: true, fixed: ends.start, run: self.leading_run };
        let Some((last, before)) = self.blocks.split_last() else {
            return self.search_nothing(text, ends);
        };
        for block in before {
            let mut reached = vec![false; text.len() + 1];
            block.walk(text, &mut border, steps, |end| {
                reached.get_mut(end).into_iter().for_each(|place| *place = true);
                false
            });
            border = Border::Block(reached);
        }
        let mut found = None;
        last.walk(text, &mut border, steps, |end| {
            let good = !ends.end || end == text.len();
            found = found.or(good.then_some(end));
            good
        });
        found
    }

    /// Where a piece without units ends: it is nothing, or a run without a colon.
    fn search_nothing<U: Copy + Into<u16>>(&self, text: &[U], ends: Ends) -> Option<usize> {
        match (ends.start, ends.end) {
            (_, false) => Some(0),
            (false, true) => Some(text.len()),
            (true, true) => {
                let run = self.leading_run && text.iter().all(|unit| (*unit).into() != COLON);
                (run || text.is_empty()).then_some(text.len())
            }
        }
    }
}

/// Where in the text a block may begin.
enum Border {
    /// It is the first of its piece: everywhere, or where the text begins and behind a leading run.
    Piece { open: bool, fixed: bool, run: bool },
    /// Where the block before it has ended.
    Block(Vec<bool>),
}

impl Border {
    fn at(&self, place: usize) -> bool {
        match self {
            Self::Piece { open, .. } => *open,
            Self::Block(reached) => reached.get(place).copied().unwrap_or(false),
        }
    }

    fn pass(&mut self, unit: u16) {
        if let Self::Piece { open, fixed: true, run } = self {
            *open &= *run && unit != COLON;
        }
    }

    fn is_shut(&self) -> bool {
        matches!(self, Self::Piece { open: false, .. })
    }
}

impl Block {
    /// Moves all places at once along the text; says where the block has ended until `reached` has
    /// heard enough.
    fn walk<U: Copy + Into<u16>>(
        &self,
        text: &[U],
        border: &mut Border,
        steps: &mut u64,
        mut reached: impl FnMut(usize) -> bool,
    ) {
        let takers = Takers::new(&self.units);
        *steps += self.units.len() as u64;
        let ended = 1_u64 << (self.units.len() - 1);
        let mut places = 0_u64;
        for (at, unit) in text.iter().enumerate() {
            let unit: u16 = (*unit).into();
            *steps += 1;
            let stay = if unit == COLON { 0 } else { places & self.runs };
            places = (((places << 1) | u64::from(border.at(at))) & takers.of(unit)) | stay;
            border.pass(unit);
            if places & ended != 0 && reached(at + 1) || places == 0 && border.is_shut() {
                return;
            }
        }
    }
}

impl Token {
    fn takes(self, unit: u16) -> bool {
        match self {
            Self::Is(wanted) => wanted == unit,
            Self::OneInSegment => unit != COLON,
            Self::One | Self::Any | Self::AnyInSegment => true,
        }
    }
}

/// For each unit of text, the places of a block that take it.
struct Takers {
    ascii: [u64; 128],
    /// Sorted by unit.
    others: Vec<(u16, u64)>,
    /// The places that take a unit that the block doesn't name.
    unnamed: u64,
}

impl Takers {
    fn new(units: &[Token]) -> Self {
        let all = |wanted: Token| {
            let bit = |(at, token): (usize, &Token)| u64::from(*token == wanted) << at;
            units.iter().enumerate().map(bit).sum::<u64>()
        };
        let colon = all(Token::One);
        let unnamed = colon | all(Token::OneInSegment);
        let mut takers = Self { ascii: [unnamed; 128], others: Vec::new(), unnamed };
        if let Some(slot) = takers.ascii.get_mut(usize::from(COLON)) {
            *slot = colon;
        }
        for (at, token) in units.iter().enumerate() {
            let Token::Is(unit) = *token else { continue };
            match takers.ascii.get_mut(usize::from(unit)) {
                Some(slot) => *slot |= 1 << at,
                None => takers.others.push((unit, unnamed | 1 << at)),
            }
        }
        takers.others.sort_unstable();
        takers.others.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            kept.1 |= if same { later.1 } else { 0 };
            same
        });
        takers
    }

    fn of(&self, unit: u16) -> u64 {
        if let Some(bits) = self.ascii.get(usize::from(unit)) {
            return *bits;
        }
        let found = self.others.binary_search_by_key(&unit, |(other, _)| *other);
        found.ok().and_then(|at| self.others.get(at)).map_or(self.unnamed, |(_, bits)| *bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_match_what_they_say() {
        let cases = [
            ("*", "", true),
            ("*", "a:b/c\n", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("?", "𝄞", false),
            ("??", "𝄞", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "bbaa", false),
            ("a**b", "ab", true),
            ("ab*", "ab", true),
            ("ab*", "a", false),
            ("A", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    /// A table of all prefixes of pattern and text: slow, and plainly right.
    fn naive(tokens: &[Token], text: &str) -> bool {
        let mut row = vec![true];
        row.extend(tokens.iter().scan(true, |all, token| {
            *all &= matches!(token, Token::Any | Token::AnyInSegment);
            Some(*all)
        }));
        for unit in text.encode_utf16() {
            let mut next = vec![false];
            for (at, token) in tokens.iter().enumerate() {
                next.push(match token {
                    Token::Any => next[at] || row[at + 1],
                    Token::AnyInSegment => next[at] || (row[at + 1] && unit != COLON),
                    one => row[at] && one.takes(unit),
                });
            }
            row = next;
        }
        row[tokens.len()]
    }

    fn token() -> impl Strategy<Value = Token> {
        let is = |c: char| Just(Token::Is(c.encode_utf16(&mut [0; 2])[0]));
        prop_oneof![
            30 => is('a'), 3 => is('b'), 2 => is(':'), 1 => is('é'), 1 => is('ü'),
            3 => Just(Token::One), 2 => Just(Token::OneInSegment),
            3 => Just(Token::Any), 2 => Just(Token::AnyInSegment),
        ]
    }

    fn text() -> impl Strategy<Value = String> {
        let c = prop_oneof![
            40 => Just('a'), 3 => Just('b'), 1 => Just(':'), 1 => Just('é'), 1 => Just('𝄞'),
        ];
        proptest::collection::vec(c, 0..300).prop_map(String::from_iter)
    }

    /// A text that the pattern may well match: its wildcards filled in.
    fn filled(tokens: &[Token], fill: usize) -> String {
        let units = tokens.iter().enumerate().flat_map(|(at, token)| match token {
            Token::Is(unit) => vec![*unit],
            Token::One | Token::OneInSegment => vec![u16::from(b'a')],
            Token::Any | Token::AnyInSegment => vec![u16::from(b'a'); (at * fill) % 5],
        });
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn a_pattern_matches_as_the_table_of_all_prefixes_says(
            short in proptest::collection::vec(token(), 0..8),
            long in proptest::collection::vec(token(), 0..220),
            text in text(),
            fill in 0_usize..7,
            cut in 0_usize..300,
        ) {
            for tokens in [&short, &long] {
                let glob = Glob::from_tokens(tokens);
                let like = filled(tokens, fill);
                let shorter: String = like.chars().skip(cut % 3).take(cut).collect();
                for text in [&text, &like, &shorter, &like.replace('a', "b")] {
                    prop_assert_eq!(glob.matches(text), naive(tokens, text), "{:?} {}", tokens, text);
                }
            }
        }
    }

    #[test]
    fn a_hostile_pattern_costs_a_few_steps_for_each_character() {
        let text = "a".repeat(55_000);
        let patterns = [
            "*?".repeat(1000) + "b",
            "*a".repeat(1000) + "b",
            format!("*{}*b", "a?".repeat(1000)),
            format!("*{}b*", "a".repeat(2000)),
            format!("{}*b", "*a?".repeat(700)),
            format!("*{}*", "ab?".repeat(20)).repeat(33),
            "?*é".repeat(700) + "b",
        ];
        for pattern in patterns {
            for text in [text.clone(), format!("{text}é")] {
                let Glob::Pieces(pieces) = Glob::new(&pattern) else { panic!("{pattern}") };
                let mut steps = 0;
                assert!(!matches_counted(&pieces, &text, &mut steps), "{pattern}");
                let blocks = pattern.len() as u64 / WORD as u64 + 2;
                let bound = text.len() as u64 * blocks + pattern.len() as u64;
                assert!(steps <= bound, "{steps} steps for {pattern}");
            }
        }
    }

    #[test]
    fn what_stars_divide_into_short_pieces_is_linear() {
        let (text, mut steps) = ("a".repeat(55_000), 0);
        let Glob::Pieces(pieces) = Glob::new(&("*a?".repeat(700) + "*b")) else { panic!() };
        assert!(!matches_counted(&pieces, &text, &mut steps));
        assert!(steps < 2 * text.len() as u64, "{steps}");
    }

    #[test]
    fn runs_within_a_segment_are_bounded_as_well() {
        let mut tokens = [Token::AnyInSegment, Token::OneInSegment].repeat(1000);
        tokens.push(Token::Is(u16::from(b'b')));
        let (text, mut steps) = ("a".repeat(55_000), 0);
        let Glob::Pieces(pieces) = Glob::from_tokens(&tokens) else { panic!() };
        assert!(!matches_counted(&pieces, &text, &mut steps));
        assert!(steps < 18 * text.len() as u64, "{steps}");
    }
}
