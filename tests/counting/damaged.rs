//! Damaged documents: all counters and the oracle agree on failures and counts.

use std::fs;

use proptest::prelude::*;

use super::count;
use super::fixtures::fixtures;

/// The fixtures that are counted, in every encoding.
fn documents() -> Vec<Vec<u8>> {
    let whole = fixtures().into_iter().filter(|it| it.expected.is_ok());
    whole.map(|it| fs::read(it.path).unwrap()).collect()
}

prop_compose! {
    /// One of the fixtures with a few edits anywhere.
    pub(crate) fn damaged()(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                "[<>/&;!\\[\\]\"'= a:\u{1}%#|,()*?-]{0,3}|&nbsp;|&#0;|&&|<!--x-->|\u{feff}| <\\?xml ",
            ),
            0..3,
        ),
    ) -> Vec<u8> {
        let mut document = which.get(&documents()).clone();
        for (place, piece) in edits {
            let at = place.index(document.len());
            document.splice(at..=at, piece.bytes());
        }
        document
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn edited_documents(document in damaged()) {
        count(&[&document]);
    }

    /// Two documents spliced: the start of one and the end of another.
    #[test]
    fn spliced_documents(
        places in [any::<prop::sample::Index>(), any::<prop::sample::Index>()],
        which in [any::<prop::sample::Index>(), any::<prop::sample::Index>()],
    ) {
        let documents = documents();
        let [first, second] = which.map(|which| which.get(&documents).as_slice());
        let start = &first[..places[0].index(first.len())];
        let end = &second[places[1].index(second.len())..];
        count(&[&[start, end].concat()]);
    }
}
