//! Graphs of a few functions, and of callgrind's fixture.

use std::path::Path;

use super::*;
use crate::profile::samples::{Builder, Facts};
use crate::report::Setting;

const ALL: Limits = Limits {
    nodes: 100,
    share: 0.0,
};

fn profile() -> SampleProfile {
    let mut builder = Builder::default();
    let [main, parse, skip, rare, deep] =
        ["main", "parse", "skip", "rare", "deep"].map(|name| builder.plain(name));
    for at in 0..70 {
        // Recursion.
        builder.sample(at, 1, 1, vec![skip, parse, parse, main]);
    }
    for at in 70..98 {
        builder.sample(at, 1, 1, vec![parse, main]);
    }
    for at in 98..100 {
        builder.sample(at, 1, 1, vec![deep, rare, main]);
    }
    builder.finish(Facts::default())
}

fn edge<'a>(graph: &'a CallGraph, from: &str, to: &str) -> Option<&'a Edge> {
    let named = |at: usize, name: &str| graph.nodes[at].name == name;
    (graph.edges.iter()).find(|edge| named(edge.from, from) && named(edge.to, to))
}

#[test]
fn a_sample_is_once_in_a_function_and_once_in_a_call() {
    let graph = CallGraph::of_samples(&profile(), false, ALL);
    assert_eq!(
        (graph.total, graph.nodes.len(), graph.left_out),
        (100, 5, 0)
    );
    let parse = graph
        .nodes
        .iter()
        .find(|node| node.name == "parse")
        .unwrap();
    assert_eq!((parse.own, parse.cumulative), (28, 98));
    assert_eq!(edge(&graph, "main", "parse").unwrap().cost, 98);
    assert_eq!(edge(&graph, "parse", "parse").unwrap().cost, 70);
    assert_eq!(edge(&graph, "parse", "skip").unwrap().cost, 70);
    assert!(graph.edges.iter().all(|edge| !edge.is_indirect));
    let path = graph.hottest_path();
    let names: Vec<_> = (path.iter())
        .map(|&at| graph.nodes[graph.edges[at].to].name.as_str())
        .collect();
    assert_eq!(names, ["parse", "skip"]);
}

#[test]
fn a_call_through_a_function_that_is_left_out_is_dashed() {
    let mut builder = Builder::default();
    let [main, between, inner] = ["main", "between", "inner"].map(|name| builder.plain(name));
    for at in 0..10 {
        builder.sample(at, 1, 1, vec![inner, between, main]);
    }
    for at in 10..15 {
        builder.sample(at, 1, 1, vec![main]);
    }
    let profile = builder.finish(Facts::default());
    let two = Limits {
        nodes: 2,
        share: 0.0,
    };
    // Where cumulative costs are equal, own costs decide which function stays.
    let graph = CallGraph::of_samples(&profile, false, two);
    assert_eq!(graph.left_out, 1);
    let svg = render(&graph, "two", Setting::Alone);
    if let [edge] = graph.edges.as_slice() {
        assert!(
            edge.is_indirect && svg.contains("edge hot indirect"),
            "{svg}"
        );
    } else {
        panic!("{graph:?}");
    }
}

#[test]
fn callgrinds_edges_are_exact() {
    let text = "version: 1\npositions: line\nevents: Ir\nfn=main\n1 10\ncfn=inner\ncalls=3 1\n2 90\n\
                cfn=main\ncalls=1 1\n3 5\nfn=inner\n5 90\ntotals: 100\n";
    let profile = InstructionProfile::parse(text.as_bytes(), Path::new("a.out")).unwrap();
    let graph = CallGraph::of_instructions(&profile, ALL);
    assert_eq!((graph.total, graph.unit), (100, "instructions"));
    assert_eq!(
        graph.nodes[0],
        Node {
            name: "main".to_owned(),
            own: 10,
            cumulative: 100
        }
    );
    let call = edge(&graph, "main", "inner").unwrap();
    assert_eq!((call.cost, call.calls), (90, Some(3)));
    let fixture = include_bytes!("../../../fixtures/profiles/callgrind.out");
    let counted = InstructionProfile::parse(fixture, Path::new("callgrind.out")).unwrap();
    let graph = CallGraph::of_instructions(&counted, Limits::default());
    assert!(
        graph
            .nodes
            .iter()
            .all(|node| node.cumulative <= graph.total)
    );
    let called: u64 = counted.lines.iter().map(|line| line.called).sum();
    let calls: u64 = counted.calls.iter().map(|call| call.instructions).sum();
    assert_eq!(called, calls);
}

#[test]
fn the_picture_has_every_box_and_escapes_names() {
    let mut graph = CallGraph::of_samples(&profile(), false, ALL);
    graph.nodes[0].name =
        "<script>alert(\"1\")</script>::very::long::path::of::many::modules::that::\
                           does::not::fit::into::one::line::at::all::and::goes::on"
            .to_owned();
    let svg = render(&graph, "a & b", Setting::Alone);
    assert!(!svg.contains("<script"), "{svg}");
    assert_eq!(svg.matches("<rect").count(), graph.nodes.len());
    assert_eq!(svg.matches("class=\"edge").count(), graph.edges.len());
    assert!(svg.contains("class=\"edge hot") && svg.contains("<title>a &amp; b</title>"));
    let ended = svg.trim_end().ends_with("</svg>");
    assert!(ended);
}
