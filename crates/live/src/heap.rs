//! `heap` and `allocs`: the same samples, by default showing what is live and what was allocated, respectively.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use axum::response::Response;
use benchlens_pprof::Error;

use crate::allocator::{self, Amount, Snapshot};
use crate::answer::{self, Refusal};
use crate::encode::{Encoder, Shape};
use crate::symbols::{Line, Symbols};

/// When the routes were made.
static START: OnceLock<SystemTime> = OnceLock::new();

/// Which of the two routes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Heap,
    Allocs,
}

impl View {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Heap => "heap",
            Self::Allocs => "allocs",
        }
    }

    fn shape(self) -> Shape {
        Shape {
            kinds: &[
                ("alloc_objects", "count"),
                ("alloc_space", "bytes"),
                ("inuse_objects", "count"),
                ("inuse_space", "bytes"),
            ],
            default: match self {
                Self::Heap => "inuse_space",
                Self::Allocs => "alloc_space",
            },
            period_kind: ("space", "bytes"),
            period: allocator::interval(),
        }
    }
}

/// Records the beginning of the time that a profile without `seconds` covers.
pub(crate) fn begin() {
    START.get_or_init(SystemTime::now);
}

/// The samples so far, or those of the next `span`.
pub(crate) async fn samples(span: Option<Duration>) -> Result<Snapshot, Refusal> {
    if !allocator::is_used() {
        return Err(Refusal::NotSampled);
    }
    let before = allocator::snapshot();
    let Some(span) = span else {
        return Ok(before);
    };
    tokio::time::sleep(span).await;
    Ok(since(&before, allocator::snapshot()))
}

/// The difference between a later snapshot and an earlier one; may be negative.
fn since(before: &Snapshot, mut after: Snapshot) -> Snapshot {
    for (old, new) in before.stacks.iter().zip(&mut after.stacks) {
        new.1 = new.1.minus(old.1);
        new.2 = new.2.minus(old.2);
    }
    after.samples -= before.samples;
    after
}

/// Encodes the samples, or shows them as text. It is CPU-bound, so not for an async runtime's thread.
pub(crate) fn answer(
    view: View,
    samples: &Snapshot,
    span: Option<Duration>,
    as_text: bool,
) -> Result<Response, Refusal> {
    if as_text {
        return Ok(answer::text(text(view, samples)));
    }
    Ok(answer::file(view.name(), encode(view, samples, span)?))
}

fn encode(view: View, samples: &Snapshot, span: Option<Duration>) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::new(&view.shape())?;
    for (stack, allocated, live) in &samples.stacks {
        let values = [allocated.blocks, allocated.bytes, live.blocks, live.bytes];
        let values = values.map(|value| value.round() as i64);
        if values != [0; 4] {
            let stack = callers(stack, encoder.symbols());
            encoder.sample(stack, &values, &[])?;
        }
    }
    encoder.comment(&format!(
        "estimated; samples: {}, one in {} bytes on average",
        samples.samples,
        allocator::interval()
    ));
    let start = match span {
        Some(span) => SystemTime::now() - span,
        None => *START.get_or_init(SystemTime::now),
    };
    let covered = span.or_else(|| start.elapsed().ok());
    encoder.finish(start, covered)
}

/// A stack without the sampler's own innermost frames.
fn callers<'a>(stack: &'a [usize], symbols: &mut Symbols) -> &'a [usize] {
    let is_ours = |address: &&usize| symbols.at(**address).iter().any(is_of_sampler);
    let ours = stack.iter().take_while(is_ours).count();
    &stack[ours..]
}

fn is_of_sampler(line: &Line) -> bool {
    let name = line.name.trim_start_matches('<');
    name.starts_with("benchlens_live::allocator::")
        || name.starts_with("benchlens_live::frames::")
        || name.starts_with("backtrace::")
        || name.contains("__rust_alloc")
        || name.contains("__rust_realloc")
        || name.contains("__rust_dealloc")
}

/// How many stacks a text shows, by decreasing bytes.
const SHOWN: usize = 100;

fn text(view: View, samples: &Snapshot) -> String {
    let shown = |stack: &(_, Amount, Amount)| match view {
        View::Heap => stack.2,
        View::Allocs => stack.1,
    };
    let mut total = Amount::default();
    let mut rows = Vec::new();
    for stack in &samples.stacks {
        total.add(shown(stack));
        rows.push((shown(stack), &stack.0));
    }
    rows.sort_by(|one, other| other.0.bytes.total_cmp(&one.0.bytes));
    rows.retain(|(amount, _)| amount.bytes.round() != 0.0);
    let what = match view {
        View::Heap => "live",
        View::Allocs => "allocated",
    };
    let mut text = format!(
        "{}: {:.0} bytes in {:.0} blocks {what}, estimated; samples: {}, one in {} bytes on average\n",
        view.name(),
        total.bytes,
        total.blocks,
        samples.samples,
        allocator::interval()
    );
    let mut symbols = Symbols::default();
    for (amount, stack) in rows.iter().take(SHOWN) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "\n{:.0} bytes, {:.0} blocks",
            amount.bytes, amount.blocks
        );
        let stack = callers(stack, &mut symbols);
        write_stack(&mut text, stack, &mut symbols);
    }
    if rows.len() > SHOWN {
        let _ = writeln!(text, "\n{} more stacks", rows.len() - SHOWN);
    }
    text
}

/// Writes a stack, one function per line, inlined functions included.
pub(crate) fn write_stack(text: &mut String, stack: &[usize], symbols: &mut Symbols) {
    if stack.is_empty() {
        text.push_str("    (no stack)\n");
    }
    for &address in stack {
        for line in symbols.at(address).iter() {
            let _ = writeln!(
                text,
                "    {address:#x} {} {}:{}",
                line.name, line.file, line.line
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_difference_has_what_came_between() {
        let amount = |blocks: f64| Amount {
            blocks,
            bytes: blocks * 10.0,
        };
        let stack: Arc<[usize]> = Arc::from([1]);
        let before = Snapshot {
            stacks: vec![(Arc::clone(&stack), amount(3.0), amount(2.0))],
            samples: 3,
        };
        let after = Snapshot {
            stacks: vec![
                (Arc::clone(&stack), amount(8.0), amount(1.0)),
                (stack, amount(4.0), amount(4.0)),
            ],
            samples: 12,
        };
        let between = since(&before, after);
        assert_eq!(between.samples, 9);
        assert_eq!(
            (between.stacks[0].1, between.stacks[0].2),
            (amount(5.0), amount(-1.0))
        );
        assert_eq!(between.stacks[1].1, amount(4.0));
    }
}
