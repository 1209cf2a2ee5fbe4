//! All features of the harness on one page.

use benchlens::{AllocationBound, BlockOn, Bytes, Items, Side, Suite};

const LINE: &str = "the quick brown fox jumps over the lazy dog\n";

fn text(size: u32) -> String {
    LINE.repeat(100 * size as usize)
}

fn cases(suite: &mut Suite) {
    let bytes = LINE.len() * 100;
    let mut count = suite.group("count");

    // Subjects that must agree, on inputs of n, 2n and 4n; a control to compare with.
    count
        .case("owned", "fox")
        .summary("a hash map of owned words")
        .work(Bytes(bytes))
        .sized_input(text)
        .answer(|(_, counts): &(String, usize)| *counts)
        .allocations(AllocationBound::Linear)
        .run(|text| {
            let words = words::owned(&text).len();
            (text, words)
        });
    count
        .case("borrowed", "fox")
        .work(Bytes(bytes))
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
        .work(Bytes(bytes))
        .state(text)
        .allocations(AllocationBound::None)
        .run_with(|text, ()| text.bytes().filter(|byte| *byte == b' ').count());

    // Threads, with own blocks separated from their runtime's.
    count
        .case("threads", "fox")
        .work(Bytes(bytes))
        .threads(2)
        .state(text)
        .run_with(|text, ()| words::number_on_threads(text, 2));

    // State that is kept between calls and restored outside of the measurement.
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
        .work(Bytes(bytes))
        .state(|size| text(size).into_bytes())
        .refill(1, |bytes| bytes.make_ascii_lowercase())
        .verify_state(|bytes, ()| !bytes.iter().any(u8::is_ascii_lowercase))
        .run_with(|bytes, ()| words::shout(bytes));

    // Output dropped inside the measurement, and a future.
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

    // A pair: the same code with a function called and inlined, with a bound on allocations.
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
        .work(Bytes(bytes))
        .sized_input(text)
        .sides(
            |text, count| *count == text.split_whitespace().count(),
            side(words::boxed::called, called, state_called, 1),
            side(words::boxed::inlined, inlined, state_inlined, 0),
        );
}

benchlens::main!(cases);
