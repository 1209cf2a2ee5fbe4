//! Damaged documents: all counters and the oracle agree on whether one failed and on the count.

use std::fs;

use proptest::prelude::*;

use super::count;
use super::fixtures::fixtures;

/// The fixtures that are text of one byte a character, and fit for edits.
fn texts() -> Vec<String> {
    fixtures()
        .iter()
        .filter(|fixture| fixture.expected.is_ok())
        .filter_map(|fixture| fs::read_to_string(&fixture.path).ok())
        .filter(|text| text.is_ascii())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A few edits anywhere.
    #[test]
    fn edited_documents(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), "[<>/&;!\\[\\]\"'= a:\u{1}%#|,()*?-]{0,3}"),
            1..3,
        ),
    ) {
        let mut text = which.get(&texts()).clone();
        for (place, piece) in edits {
            let at = place.index(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, &piece);
            }
        }
        count(&[text.as_bytes()]);
    }

    /// Two documents spliced: the start of one and the end of another.
    #[test]
    fn spliced_documents(
        places in [any::<prop::sample::Index>(), any::<prop::sample::Index>()],
        which in [any::<prop::sample::Index>(), any::<prop::sample::Index>()],
    ) {
        let texts = texts();
        let [first, second] = which.map(|which| which.get(&texts).as_bytes());
        let start = &first[..places[0].index(first.len())];
        let end = &second[places[1].index(second.len())..];
        count(&[&[start, end].concat()]);
    }
}
