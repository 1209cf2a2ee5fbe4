//! aho-corasick's automaton: one lookup per byte on any text.

use std::ops::Range;

use aho_corasick::automaton::StateID;
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};

/// From this total length of needles on, a full transition table would not fit into the cache.
const LARGE: usize = 16 * 1024;

/// The needles as an automaton.
pub(super) enum Automaton {
    /// A full row of transitions for each state.
    Table(DFA),
    /// Only existing transitions.
    Edges(NFA),
}

/// A match in a text.
pub(super) struct Match {
    pub(super) range: Range<usize>,
    pub(super) needle: u32,
}

impl Automaton {
    /// `None` if there are too many needles for its states.
    pub(super) fn new(needles: &[&[u8]]) -> Option<Self> {
        let bytes = needles.iter().map(|needle| needle.len()).sum::<usize>();
        let kind = MatchKind::LeftmostFirst;
        if bytes > LARGE {
            let built = NFA::builder()
                .match_kind(kind)
                .prefilter(false)
                .build(needles);
            return built.ok().map(Self::Edges);
        }
        let built = DFA::builder()
            .match_kind(kind)
            .prefilter(false)
            .build(needles);
        built.ok().map(Self::Table)
    }

    /// The leftmost match in `part` of the text.
    pub(super) fn find(&self, text: &[u8], part: Range<usize>) -> Option<Match> {
        match self {
            Self::Table(automaton) => find(automaton, text, part),
            Self::Edges(automaton) => find(automaton, text, part),
        }
    }
}

/// Finds the leftmost match. The crate's own search does the same, with twice the overhead per match.
#[inline(always)]
fn find(
    automaton: &impl aho_corasick::automaton::Automaton,
    text: &[u8],
    part: Range<usize>,
) -> Option<Match> {
    let mut state: StateID = automaton.start_state(Anchored::No).ok()?;
    let mut last = None;
    for (&byte, end) in text[part.clone()].iter().zip(part.start + 1..) {
        state = automaton.next_state(Anchored::No, state, byte);
        if automaton.is_special(state) {
            if automaton.is_dead(state) {
                break;
            }
            if automaton.is_match(state) {
                last = Some((state, end));
            }
        }
    }
    let (state, end) = last?;
    let needle = automaton.match_pattern(state, 0);
    Some(Match {
        range: end - automaton.pattern_len(needle)..end,
        needle: needle.as_u32(),
    })
}
