//! `/metrics`: everything in Prometheus's default registry as text. A service registers its own metrics there.

use std::sync::{LazyLock, Mutex, PoisonError};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::{Counter, Gauge, TextEncoder};

use crate::allocator::{self, Amount};
use crate::answer::Refusal;

/// The heap's metrics; `None` if their names are already registered.
static HEAP: LazyLock<Option<Mutex<Heap>>> = LazyLock::new(|| Heap::new().ok().map(Mutex::new));

/// The heap's metrics, like those of Go's `go_memstats_…`.
struct Heap {
    allocated_bytes: Counter,
    allocated_blocks: Counter,
    live_bytes: Gauge,
    live_blocks: Gauge,
    samples: Counter,
}

impl Heap {
    fn new() -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| prometheus::register_counter!(name, help);
        let gauge = |name: &str, help: &str| prometheus::register_gauge!(name, help);
        Ok(Self {
            allocated_bytes: counter(
                "rust_heap_allocated_bytes_total",
                "Bytes allocated since the start, estimated from samples.",
            )?,
            allocated_blocks: counter(
                "rust_heap_allocated_blocks_total",
                "Blocks allocated since the start, estimated from samples.",
            )?,
            live_bytes: gauge(
                "rust_heap_live_bytes",
                "Bytes live now, estimated from samples.",
            )?,
            live_blocks: gauge(
                "rust_heap_live_blocks",
                "Blocks live now, estimated from samples.",
            )?,
            samples: counter(
                "rust_heap_samples_total",
                "Allocations sampled since the start.",
            )?,
        })
    }

    fn update(&self) {
        let now = allocator::snapshot();
        let (mut allocated, mut live) = (Amount::default(), Amount::default());
        for stack in &now.stacks {
            allocated.add(stack.1);
            live.add(stack.2);
        }
        raise(&self.allocated_bytes, allocated.bytes);
        raise(&self.allocated_blocks, allocated.blocks);
        raise(&self.samples, now.samples as f64);
        self.live_bytes.set(live.bytes);
        self.live_blocks.set(live.blocks);
    }
}

fn raise(counter: &Counter, to: f64) {
    counter.inc_by((to - counter.get()).max(0.0));
}

pub(crate) fn answer() -> Result<Response, Refusal> {
    // Without sampling, the metrics are absent, not 0.
    if allocator::is_used()
        && let Some(heap) = &*HEAP
    {
        heap.lock().unwrap_or_else(PoisonError::into_inner).update();
    }
    let text = TextEncoder::new().encode_to_string(&prometheus::gather());
    let text = text.map_err(|error| Refusal::Failed(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, prometheus::TEXT_FORMAT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, text).into_response())
}
