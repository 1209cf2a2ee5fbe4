//! The difference between two pieces of machine code.
//!
//! Instructions are compared without addresses, stack offsets and registers, since any change nearby can alter
//! these.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::Code;

/// For each function of both sides, whether each of its instructions lacks a counterpart on the other side. The
/// names in `own` are treated as equal. The last function of a side is its entry. Any other function is compared
/// at the place of its first call, as if it were inlined there.
pub(crate) fn differing(sides: [&[Code]; 2], own: [&[&str]; 2]) -> [Vec<Vec<bool>>; 2] {
    let orders = sides.map(as_executed);
    let shapes = |side: usize| -> Vec<String> {
        let shape = |&(function, index): &(usize, usize)| {
            let shape = sides[side][function].instructions[index].shape.clone();
            let names = own[side].iter();
            names.fold(shape, |shape, name| shape.replace(name, "…"))
        };
        orders[side].iter().map(shape).collect()
    };
    let (left, right) = (shapes(0), shapes(1));
    let mut marks = sides.map(|codes| -> Vec<Vec<bool>> {
        let all = codes.iter();
        all.map(|code| vec![true; code.instructions.len()])
            .collect()
    });
    for op in capture_diff_slices(Algorithm::Myers, &left, &right) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = op
        {
            for (side, from) in [old_index, new_index].into_iter().enumerate() {
                for &(function, index) in &orders[side][from..from + len] {
                    marks[side][function][index] = false;
                }
            }
        }
    }
    marks
}

/// Pairs of function and instruction indices, with each callee's instructions placed after the first call to it.
fn as_executed(codes: &[Code]) -> Vec<(usize, usize)> {
    let mut order = Vec::new();
    let mut waiting: Vec<usize> = (0..codes.len()).collect();
    while let Some(function) = waiting.pop() {
        add(codes, function, &mut waiting, &mut order);
    }
    order
}

fn add(codes: &[Code], function: usize, waiting: &mut Vec<usize>, order: &mut Vec<(usize, usize)>) {
    for (index, instruction) in codes[function].instructions.iter().enumerate() {
        order.push((function, index));
        let callee = instruction.callee().map(|target| target.function.as_str());
        let is_called = |&other: &usize| Some(codes[other].function.as_str()) == callee;
        if let Some(place) = waiting.iter().position(is_called) {
            let other = waiting.remove(place);
            add(codes, other, waiting, order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Instruction, Target};
    use super::*;

    fn code(shapes: &[&str]) -> Code {
        let instructions = shapes.iter().zip(0..).map(|(shape, address)| Instruction {
            address,
            length: 1,
            text: String::new(),
            shape: (*shape).to_owned(),
            executed: None,
            target: None,
            reached: Vec::new(),
            is_call: false,
            chain: Vec::new(),
        });
        Code {
            function: "f".to_owned(),
            symbol: "f".to_owned(),
            aliases: Vec::new(),
            address: 0,
            size: shapes.len() as u64,
            instructions: instructions.collect(),
        }
    }

    #[test]
    fn what_one_side_alone_has_is_marked_across_functions() {
        let mut called = [
            code(&["push r", "call __rust_alloc", "ret"]),
            code(&["call a::boxed_called", "add r, r", "ret"]),
        ];
        called[1].instructions[0].target = Some(Target {
            function: "f".to_owned(),
            role: None,
        });
        let inlined = [code(&["push r", "add r, r", "ret"])];
        let [left, right] = differing(
            [&called, &inlined],
            [&["a::boxed_called"], &["a::boxed_inlined"]],
        );
        assert_eq!(left, [vec![false, true, true], vec![true, false, false]]);
        assert_eq!(right, [vec![false, false, false]]);
        let same = [code(&["call a::called"])];
        let other = [code(&["call a::inlined"])];
        let marks = differing([&same, &other], [&["a::called"], &["a::inlined"]]);
        assert_eq!(marks, [[vec![false]], [vec![false]]]);
        assert_eq!(
            differing([&[], &inlined], [&[], &[]]),
            [vec![], vec![vec![true; 3]]]
        );
    }
}
