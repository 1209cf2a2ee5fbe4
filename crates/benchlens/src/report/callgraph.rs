//! A call graph with costs, from samples or from callgrind's exact edges, drawn as a picture.
//!
//! In the graph of samples, inlined functions have boxes of their own, and a sample counts once in each function and
//! call on its stack, even under recursion. The graph from callgrind has physical functions only, with exact numbers of
//! calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::functions;
use crate::profile::callgrind::InstructionProfile;
use crate::profile::samples::SampleProfile;
use crate::run::is_harness;

mod layout;
mod svg;

pub use svg::render;

/// Functions and their calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallGraph {
    /// The unit of costs: `samples` or `instructions`.
    pub unit: &'static str,
    /// The total cost that shares are relative to.
    pub total: u64,
    /// The functions, by decreasing cumulative cost.
    pub nodes: Vec<Node>,
    /// The calls between them, each pair of functions once, by decreasing cost.
    pub edges: Vec<Edge>,
    /// How many functions are left out because they cost too little.
    pub left_out: usize,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The function's name.
    pub name: String,
    /// The cost of its own code.
    pub own: u64,
    /// The cost including that of the functions it calls.
    pub cumulative: u64,
}

/// The calls of one function by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The index of the caller.
    pub from: usize,
    /// The index of the callee.
    pub to: usize,
    /// What the callee cost on behalf of the caller.
    pub cost: u64,
    /// How many calls there were, if that is known.
    pub calls: Option<u64>,
    /// Whether functions between the two are left out.
    pub is_indirect: bool,
}

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most functions that are drawn.
    pub nodes: usize,
    /// The smallest cumulative share of a function that is drawn.
    pub share: f64,
}

impl Default for Limits {
    /// pprof's limits: 80 functions of at least 0.5 % each.
    fn default() -> Self {
        Self {
            nodes: 80,
            share: 0.005,
        }
    }
}

impl CallGraph {
    /// The graph of a sample profile. If functions on a stack are left out, an indirect edge connects those around
    /// them.
    ///
    /// `folded` leaves out inlined functions.
    pub fn of_samples(profile: &SampleProfile, folded: bool, limits: Limits) -> Self {
        let weighted = profile.weighted();
        let mut costs: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let stacks: Vec<(Vec<&str>, u64)> = (weighted.iter())
            .map(|stack| (functions::names(profile, stack, folded), stack.samples))
            .collect();
        for (names, samples) in &stacks {
            if let Some(own) = names.first() {
                costs.entry(own).or_default().0 += samples;
            }
            for name in names.iter().collect::<BTreeSet<_>>() {
                costs.entry(name).or_default().1 += samples;
            }
        }
        let (mut graph, index) = Self::of_nodes("samples", profile.total(), costs, limits);
        let mut edges: BTreeMap<(usize, usize), (u64, bool)> = BTreeMap::new();
        for (names, samples) in &stacks {
            let mut on_stack = BTreeMap::new();
            let mut caller: Option<usize> = None;
            let mut is_indirect = false;
            for name in names.iter().rev() {
                let Some(&callee) = index.get(name) else {
                    is_indirect = true;
                    continue;
                };
                if let Some(caller) = caller {
                    let known = on_stack.entry((caller, callee)).or_insert(is_indirect);
                    *known &= is_indirect;
                }
                caller = Some(callee);
                is_indirect = false;
            }
            for (call, is_indirect) in on_stack {
                let (cost, known) = edges.entry(call).or_insert((0, is_indirect));
                *cost += samples;
                *known &= is_indirect;
            }
        }
        graph.edges = (edges.into_iter())
            .map(|((from, to), (cost, is_indirect))| Edge {
                from,
                to,
                cost,
                calls: None,
                is_indirect,
            })
            .collect();
        graph.sort_edges(limits);
        graph
    }

    /// The graph of callgrind's counts. They have no stacks, so no edge replaces functions that are left out. The
    /// harness's functions are always left out.
    pub fn of_instructions(profile: &InstructionProfile, limits: Limits) -> Self {
        let mut costs: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for line in &profile.lines {
            costs.entry(&line.function).or_default().0 += line.own;
        }
        let mut calls: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
        for call in &profile.calls {
            let (count, cost) = calls.entry((&call.caller, &call.callee)).or_default();
            *count += call.calls;
            *cost += call.instructions;
        }
        for (&(caller, callee), (_, cost)) in &calls {
            // A recursive call is already part of the function's cost.
            if caller != callee {
                costs.entry(caller).or_default().1 += cost;
            }
        }
        for (own, cumulative) in costs.values_mut() {
            // Mutual recursion counts the same cost several times.
            *cumulative = (*own + *cumulative).min(profile.total);
        }
        costs.retain(|name, _| !is_harness(name));
        let (mut graph, index) = Self::of_nodes("instructions", profile.total, costs, limits);
        graph.edges = (calls.into_iter())
            .filter_map(|((caller, callee), (count, cost))| {
                Some(Edge {
                    from: *index.get(caller)?,
                    to: *index.get(callee)?,
                    cost,
                    calls: Some(count),
                    is_indirect: false,
                })
            })
            .collect();
        graph.sort_edges(limits);
        graph
    }

    /// The functions that are drawn, and their indices by name.
    fn of_nodes<'a>(
        unit: &'static str,
        total: u64,
        costs: BTreeMap<&'a str, (u64, u64)>,
        limits: Limits,
    ) -> (Self, HashMap<&'a str, usize>) {
        let all = costs.len();
        let least = total as f64 * limits.share;
        let mut kept: Vec<_> = (costs.into_iter())
            .filter(|(_, (_, cumulative))| *cumulative > 0 && *cumulative as f64 >= least)
            .collect();
        kept.sort_by_key(|(_, (own, cumulative))| std::cmp::Reverse((*cumulative, *own)));
        kept.truncate(limits.nodes);
        let index = (kept.iter().enumerate())
            .map(|(at, (name, _))| (*name, at))
            .collect();
        let graph = Self {
            unit,
            total,
            left_out: all - kept.len(),
            nodes: (kept.into_iter())
                .map(|(name, (own, cumulative))| Node {
                    name: name.to_owned(),
                    own,
                    cumulative,
                })
                .collect(),
            edges: Vec::new(),
        };
        (graph, index)
    }

    /// Sorts the edges and drops the cheapest, but keeps the most expensive one to each function.
    fn sort_edges(&mut self, limits: Limits) {
        (self.edges).sort_by_key(|edge| (std::cmp::Reverse(edge.cost), edge.from, edge.to));
        let least = self.total as f64 * limits.share / 2.0;
        let mut reached = BTreeSet::new();
        (self.edges).retain(|edge| {
            let is_first = edge.from != edge.to && reached.insert(edge.to);
            edge.cost > 0 && (edge.cost as f64 >= least || is_first)
        });
    }

    /// The hottest path, as indices of edges: it starts at the most expensive function and follows the most
    /// expensive call to a new function.
    pub fn hottest_path(&self) -> Vec<usize> {
        let mut path = Vec::new();
        let called: BTreeSet<usize> = (self.edges.iter())
            .filter(|edge| edge.from != edge.to)
            .map(|edge| edge.to)
            .collect();
        let root = (0..self.nodes.len()).find(|node| !called.contains(node));
        let Some(mut at) = root.or((!self.nodes.is_empty()).then_some(0)) else {
            return path;
        };
        let mut seen = BTreeSet::from([at]);
        loop {
            let next = (self.edges.iter().enumerate())
                .find(|(_, edge)| edge.from == at && !seen.contains(&edge.to));
            // The path ends at a function whose own cost exceeds that of each of its calls.
            let Some((index, edge)) = next.filter(|(_, edge)| edge.cost >= self.nodes[at].own)
            else {
                return path;
            };
            path.push(index);
            at = edge.to;
            seen.insert(at);
        }
    }
}

#[cfg(test)]
mod tests;
