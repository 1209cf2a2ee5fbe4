//! Layered layout of a call graph (Sugiyama): calls lead downwards and cross rarely.
//!
//! 1. Calls that close a cycle are reversed.
//! 2. Each box goes into the layer below its lowest caller. A call that spans several layers gets a point in
//!    each layer between.
//! 3. Sweeps down and up sort each layer by the mean position of its neighbours. The order with the fewest
//!    crossings wins.
//! 4. Boxes move towards their neighbours without changing that order.
//!
//! Cost: counting crossings is quadratic in the calls between two layers. The graphs have about a hundred boxes.

/// The size of a box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The positions of all boxes and calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The upper left corner of each box.
    pub(super) boxes: Vec<(f64, f64)>,
    /// The points that each call goes through, from the caller to the callee; empty for a call to itself.
    pub(super) calls: Vec<Vec<(f64, f64)>>,
}

/// The gap between neighbouring boxes of a layer, and between layers.
const GAP: (f64, f64) = (28.0, 56.0);
/// Passes that sort the layers.
const SWEEPS: usize = 24;
/// Passes that move boxes towards their neighbours.
const PULLS: usize = 40;

/// A box, or the point at which a call passes through a layer.
struct Item {
    layer: usize,
    width: f64,
    /// The horizontal centre.
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays out boxes of the given sizes. `calls` are distinct pairs of caller and callee, the most important first.
pub(super) fn place(sizes: &[Size], calls: &[(usize, usize)]) -> Layout {
    let reversed = cycles(sizes.len(), calls);
    let down = |at: usize| match reversed[at] {
        true => (calls[at].1, calls[at].0),
        false => calls[at],
    };
    let layers = layers(sizes.len(), &(0..calls.len()).map(down).collect::<Vec<_>>());
    let mut items: Vec<Item> = (sizes.iter().zip(&layers))
        .map(|(size, &layer)| Item {
            layer,
            width: size.width,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        })
        .collect();
    let chains: Vec<Vec<usize>> = (0..calls.len())
        .map(|at| match calls[at].0 == calls[at].1 {
            true => Vec::new(),
            false => chain(&mut items, down(at)),
        })
        .collect();
    let rows = order(&items);
    align(&mut items, &rows);
    finish(sizes, &items, &rows, &chains, &reversed)
}

/// Which calls close a cycle, found by depth-first search.
fn cycles(nodes: usize, calls: &[(usize, usize)]) -> Vec<bool> {
    let mut reversed = vec![false; calls.len()];
    // 0: unvisited, 1: on the current path, 2: done.
    let mut state = vec![0_u8; nodes];
    let leaving: Vec<Vec<usize>> = (0..nodes)
        .map(|node| (0..calls.len()).filter(|&at| calls[at].0 == node).collect())
        .collect();
    let called: Vec<bool> = (0..nodes)
        .map(|node| calls.iter().any(|&(from, to)| to == node && from != to))
        .collect();
    let roots = (0..nodes).filter(|&node| !called[node]);
    for root in roots.chain(0..nodes) {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&call) = leaving[*node].get(*next) else {
                state[*node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let to = calls[call].1;
            match state[to] {
                0 => {
                    state[to] = 1;
                    path.push((to, 0));
                }
                1 => reversed[call] = true,
                _ => {}
            }
        }
    }
    reversed
}

/// The layer of each box: the longest path to it. `calls` have no cycles except calls of a box to itself.
fn layers(nodes: usize, calls: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; nodes];
    // A path has fewer calls than there are boxes.
    for _ in 0..nodes {
        let mut is_done = true;
        for &(from, to) in calls {
            if from != to && layers[to] <= layers[from] {
                layers[to] = layers[from] + 1;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    layers
}

/// The items of a call, from above to below. Adds its points to `items`, and links neighbours.
fn chain(items: &mut Vec<Item>, (from, to): (usize, usize)) -> Vec<usize> {
    let mut chain = vec![from];
    for layer in items[from].layer + 1..items[to].layer {
        chain.push(items.len());
        items.push(Item {
            layer,
            width: 8.0,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        });
    }
    chain.push(to);
    for pair in chain.windows(2) {
        items[pair[0]].below.push(pair[1]);
        items[pair[1]].above.push(pair[0]);
    }
    chain
}

/// The items of each layer from left to right.
fn order(items: &[Item]) -> Vec<Vec<usize>> {
    let count = items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
    let mut rows = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        rows[item.layer].push(at);
    }
    let mut best = (crossings(items, &rows), rows.clone());
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        for step in 1..count {
            let row = if is_down { step } else { count - 1 - step };
            let place = places(items.len(), &rows);
            let mean = |&at: &usize| {
                let near = if is_down {
                    &items[at].above
                } else {
                    &items[at].below
                };
                match near.len() {
                    0 => place[at],
                    count => near.iter().map(|&it| place[it]).sum::<f64>() / count as f64,
                }
            };
            rows[row].sort_by(|one, other| mean(one).total_cmp(&mean(other)));
        }
        let crossings = crossings(items, &rows);
        if crossings < best.0 {
            best = (crossings, rows.clone());
        }
    }
    best.1
}

/// The position of each item within its layer, from 0 to 1.
fn places(count: usize, rows: &[Vec<usize>]) -> Vec<f64> {
    let mut places = vec![0.0; count];
    for row in rows {
        for (place, &at) in row.iter().enumerate() {
            places[at] = (place as f64 + 0.5) / row.len() as f64;
        }
    }
    places
}

/// How many pairs of calls cross between two layers.
fn crossings(items: &[Item], rows: &[Vec<usize>]) -> usize {
    let place = places(items.len(), rows);
    let mut crossings = 0;
    for row in rows {
        let calls: Vec<(f64, f64)> = (row.iter())
            .flat_map(|&at| items[at].below.iter().map(move |&to| (at, to)))
            .map(|(from, to)| (place[from], place[to]))
            .collect();
        for (at, one) in calls.iter().enumerate() {
            let crosses = |other: &&(f64, f64)| (one.0 - other.0) * (one.1 - other.1) < 0.0;
            crossings += calls[at + 1..].iter().filter(crosses).count();
        }
    }
    crossings
}

/// Sets the centre of each item: near its neighbours, in the order of its layer.
fn align(items: &mut [Item], rows: &[Vec<usize>]) {
    for row in rows {
        let mut left = 0.0;
        for &at in row {
            items[at].x = left + items[at].width / 2.0;
            left += items[at].width + GAP.0;
        }
    }
    for pull in 0..PULLS {
        for step in 0..rows.len() {
            let row = if pull % 2 == 0 {
                step
            } else {
                rows.len() - 1 - step
            };
            let wanted: Vec<f64> = (rows[row].iter())
                .map(|&at| {
                    let near = items[at].above.iter().chain(&items[at].below);
                    let middles: Vec<f64> = near.map(|&it| items[it].x).collect();
                    match middles.len() {
                        0 => items[at].x,
                        count => middles.iter().sum::<f64>() / count as f64,
                    }
                })
                .collect();
            spread(items, &rows[row], &wanted);
        }
    }
}

/// Moves the items of a layer towards their wanted positions without overlap. Overlaps are resolved once from
/// the left and once from the right; each item goes to the mean of both results.
fn spread(items: &mut [Item], row: &[usize], wanted: &[f64]) {
    let apart = |items: &[Item], one: usize, other: usize| {
        (items[one].width + items[other].width) / 2.0 + GAP.0
    };
    let mut from_left = wanted.to_vec();
    for at in 1..row.len() {
        let least = from_left[at - 1] + apart(items, row[at - 1], row[at]);
        from_left[at] = from_left[at].max(least);
    }
    let mut from_right = wanted.to_vec();
    for at in (1..row.len()).rev() {
        let most = from_right[at] - apart(items, row[at - 1], row[at]);
        from_right[at - 1] = from_right[at - 1].min(most);
    }
    for (at, &item) in row.iter().enumerate() {
        items[item].x = f64::midpoint(from_left[at], from_right[at]);
    }
}

/// Adds the vertical positions, and turns items and chains into coordinates.
fn finish(
    sizes: &[Size],
    items: &[Item],
    rows: &[Vec<usize>],
    chains: &[Vec<usize>],
    reversed: &[bool],
) -> Layout {
    let left = (items.iter())
        .map(|item| item.x - item.width / 2.0)
        .fold(f64::INFINITY, f64::min);
    let left = if left.is_finite() { left } else { 0.0 };
    let mut tops = Vec::new();
    let mut height = 0.0;
    for row in rows {
        tops.push(height);
        let highest = (row.iter().filter_map(|&at| sizes.get(at)))
            .map(|size| size.height)
            .fold(0.0, f64::max);
        height += highest + GAP.1;
    }
    let row_height = |layer: usize| match tops.get(layer + 1) {
        Some(next) => next - tops[layer] - GAP.1,
        None => height - tops[layer] - GAP.1,
    };
    let top_of = |at: usize| {
        let Item { layer, .. } = items[at];
        tops[layer] + (row_height(layer) - sizes[at].height) / 2.0
    };
    let call = |(chain, reversed): (&Vec<usize>, &bool)| {
        let Some((&first, rest)) = chain.split_first() else {
            return Vec::new();
        };
        let middle = |at: usize| items[at].x - left;
        let mut points = vec![(middle(first), top_of(first) + sizes[first].height)];
        for &at in rest {
            let layer = items[at].layer;
            if at < sizes.len() {
                points.push((middle(at), top_of(at)));
            } else {
                points.push((middle(at), tops[layer]));
                points.push((middle(at), tops[layer] + row_height(layer)));
            }
        }
        if *reversed {
            points.reverse();
        }
        points
    };
    Layout {
        width: (items.iter())
            .map(|item| item.x - left + item.width / 2.0)
            .fold(0.0, f64::max),
        height: (height - GAP.1).max(0.0),
        boxes: (sizes.iter().enumerate())
            .map(|(at, size)| (items[at].x - left - size.width / 2.0, top_of(at)))
            .collect(),
        calls: chains.iter().zip(reversed).map(call).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 100.0,
        height: 40.0,
    };

    fn touch(one: (f64, f64), other: (f64, f64)) -> bool {
        (one.0 - other.0).abs() < SIZE.width - 0.5 && (one.1 - other.1).abs() < SIZE.height - 0.5
    }

    #[test]
    fn calls_lead_down_and_no_boxes_touch() {
        let calls = [
            (0, 1),
            (0, 2),
            (1, 3),
            (2, 3),
            (0, 3),
            (3, 4),
            (2, 5),
            (1, 6),
        ];
        let layout = place(&[SIZE; 7], &calls);
        for (call, points) in calls.iter().zip(&layout.calls) {
            assert!(
                points.windows(2).all(|pair| pair[0].1 <= pair[1].1),
                "{call:?}"
            );
            assert!(layout.boxes[call.0].1 < layout.boxes[call.1].1, "{call:?}");
        }
        for (at, one) in layout.boxes.iter().enumerate() {
            assert!(
                layout.boxes[..at].iter().all(|other| !touch(*one, *other)),
                "{at}"
            );
            assert!(one.0 >= 0.0 && one.0 + SIZE.width <= layout.width + 0.5);
        }
    }

    #[test]
    fn cycles_and_calls_of_itself_are_drawn_too() {
        let calls = [(0, 1), (1, 2), (2, 0), (1, 1), (2, 1)];
        let layout = place(&[SIZE; 3], &calls);
        assert_eq!(layout.boxes.len(), 3);
        // This call leads upwards, from the caller below to the callee above.
        let back = &layout.calls[2];
        assert!(back.first().unwrap().1 > back.last().unwrap().1);
        assert!(layout.calls[3].is_empty());
    }

    #[test]
    fn a_tree_has_no_crossing() {
        let calls = [(0, 1), (0, 2), (0, 3), (3, 4), (1, 5), (2, 6), (1, 7)];
        let layout = place(&[SIZE; 8], &calls);
        let x = |node: usize| layout.boxes[node].0;
        let mut parents = [1, 2, 3];
        parents.sort_by(|one, other| x(*one).total_cmp(&x(*other)));
        let child = |parent| match parent {
            1 => x(5).min(x(7)),
            2 => x(6),
            _ => x(4),
        };
        assert!(child(parents[0]) < child(parents[1]) && child(parents[1]) < child(parents[2]));
    }

    #[test]
    fn nothing_is_an_empty_picture() {
        let layout = place(&[], &[]);
        assert_eq!((layout.width, layout.height), (0.0, 0.0));
    }
}
