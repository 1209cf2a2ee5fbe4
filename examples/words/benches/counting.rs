//! All features of the harness on one page.

use benchlens::{AllocationBound, BlockOn, Bytes, Items, Side, Suite};

const LINE: &str = "the quick brown fox jumps over the lazy dog\n";

fn text(size: u32) -> String {
    LINE.repeat(100 * size as usize)
}

fn bytes() -> Bytes {
    Bytes(LINE.len() * 100)
}

fn cases(suite: &mut Suite) {
    subjects_that_must_agree(suite);
    kept_state(suite);
    dropped_output_and_a_future(suite);
    a_pair(suite);
}

/// Cases on inputs of n, 2n and 4n, a control to compare with, and a case with threads.
fn subjects_that_must_agree(suite: &mut Suite) {
    let mut count = suite.group("count");
    count
        .case("owned", "fox")
        .summary("a hash map of owned words")
        .work(bytes())
        .sized_input(text)
        .answer(|(_, counts): &(String, usize)| *counts)
        .allocations(AllocationBound::Linear)
        .run(|text| {
            let words = words::owned(&text).len();
            (text, words)
        });
    count
        .case("borrowed", "fox")
        .work(bytes())
        .sized_input(text)
        .verify(|(_, words): &(String, usize)| *words == 8)
        .answer(|(_, words)| *words)
        .allocations(AllocationBound::Constant(1))
        .run(|text| {
            let words = words::borrowed(&text).len();
            (text, words)
        });
    count
        .case("bytes", "fox")
        .control()
        .work(bytes())
        .state(text)
        .allocations(AllocationBound::None)
        .run_with(|text, ()| text.bytes().filter(|byte| *byte == b' ').count());

    // The threads' own blocks are separated from those of their runtime.
    count
        .case("threads", "fox")
        .work(bytes())
        .threads(2)
        .state(text)
        .run_with(|text, ()| words::number_on_threads(text, 2));
}

/// Cases with state that is kept, and restored outside of the measurement.
fn kept_state(suite: &mut Suite) {
    suite
        .group("sort")
        .case("into_kept_room", "")
        .work(Items(900))
        // Leaked, since the words in the state borrow from it.
        .state(|size| (text(size).leak() as &str, Vec::new()))
        .run_with(|(text, words), ()| words::sort_into(words, text));
    suite
        .group("shout")
        .case("in_place", "")
        .work(bytes())
        .state(|size| text(size).into_bytes())
        .refill(1, |bytes| bytes.make_ascii_lowercase())
        .verify_state(|bytes, ()| !bytes.iter().any(u8::is_ascii_lowercase))
        .run_with(|bytes, ()| words::shout(bytes));
}

fn dropped_output_and_a_future(suite: &mut Suite) {
    suite
        .group("collect")
        .case("and_drop", "")
        .input(|| text(1))
        .drop_inside()
        .run(|text| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
    suite
        .group("future")
        .case("ready", "")
        .run_async(BlockOn::default(), |()| async { LINE.len() });
}

/// The same code with a function called and inlined, with a bound on allocations.
fn a_pair(suite: &mut Suite) {
    let [[called, state_called], [inlined, state_inlined]] = words::boxed::NAMES;
    let side = |run: fn(&str) -> usize, function, callee, allocations| Side {
        run: move |text: &String| run(text),
        function,
        callee,
        allocations,
    };
    suite
        .group("inlining")
        .pair("boxed")
        .summary("a boxed state")
        .work(bytes())
        .sized_input(text)
        .sides(
            |text, count| *count == text.split_whitespace().count(),
            side(words::boxed::called, called, state_called, 1),
            side(words::boxed::inlined, inlined, state_inlined, 0),
        );
}

benchlens::main!(cases);
