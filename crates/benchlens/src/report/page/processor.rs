//! Where processor time goes in the sampled cases: functions, a flame graph, and a call graph.

use crate::CaseId;
use crate::profile::samples::SampleProfile;
use crate::report::Setting;
use crate::report::callgraph::{self, CallGraph, Limits};
use crate::report::flame;
use crate::report::functions::{FunctionView, Share, Sort};
use crate::report::units;

/// How many functions are listed for each case.
const SHOWN: usize = 20;
/// A picture on the page has fewer boxes than one in a file of its own.
const LIMITS: Limits = Limits {
    nodes: 40,
    share: 0.01,
};

#[derive(Default)]
pub(super) struct Processor {
    pub(super) cases: Vec<Sampled>,
    /// Cases whose samples cannot be read, and why.
    pub(super) missing: Vec<(String, String)>,
}

pub(super) struct Sampled {
    pub(super) case: String,
    pub(super) summary: String,
    pub(super) notes: Vec<String>,
    pub(super) functions: Vec<Listed>,
    /// How many further functions there are.
    pub(super) more: usize,
    /// The pictures as SVG, with all names escaped.
    pub(super) flame: String,
    pub(super) graph: String,
}

pub(super) struct Listed {
    pub(super) function: String,
    pub(super) own: [String; 3],
    pub(super) cumulative: [String; 3],
}

impl Processor {
    /// Adds the samples of a case, if there are any.
    pub(super) fn add(
        &mut self,
        case: &CaseId,
        samples: Result<Option<SampleProfile>, crate::profile::Error>,
    ) {
        match samples {
            Ok(None) => {}
            Ok(Some(samples)) => self.cases.push(sampled(case, &samples)),
            Err(error) => self.missing.push((case.to_string(), error.to_string())),
        }
    }

    /// Whether there is anything to show.
    pub(super) fn is_there(&self) -> bool {
        !(self.cases.is_empty() && self.missing.is_empty())
    }
}

fn sampled(case: &CaseId, samples: &SampleProfile) -> Sampled {
    let view = FunctionView::new(case, samples, Sort::Own, false);
    let name = case.to_string();
    let graph = CallGraph::of_samples(samples, true, LIMITS);
    Sampled {
        summary: view.summary(),
        notes: view.notes(),
        more: view.functions.len().saturating_sub(SHOWN),
        flame: flame::render(samples, &name, Setting::InPage),
        graph: callgraph::render(&graph, &name, Setting::InPage),
        functions: (view.functions.into_iter().take(SHOWN))
            .map(|row| Listed {
                function: row.function,
                own: figures(row.own),
                cumulative: figures(row.cumulative),
            })
            .collect(),
        case: name,
    }
}

fn figures(share: Share) -> [String; 3] {
    [
        units::count(share.samples),
        units::percent(share.share),
        units::percent(share.error),
    ]
}
