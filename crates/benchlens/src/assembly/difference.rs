//! What differs between two pieces of machine code.
//!
//! Instructions are compared by what they do, without addresses, places on the stack, and the choice of
//! registers, which changes with every neighbour.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::Code;

/// For each function of both sides, whether each of its instructions has no counterpart on the other. The
/// names in `own` stand for the same on both sides.
pub fn differing(sides: [&[Code]; 2], own: [&[&str]; 2]) -> [Vec<Vec<bool>>; 2] {
    let shapes = |side: usize| -> Vec<String> {
        let instructions = sides[side].iter().flat_map(|code| &code.instructions);
        let shape = |shape: &String| {
            let names = own[side].iter();
            names.fold(shape.clone(), |shape, name| shape.replace(name, "…"))
        };
        instructions.map(|it| shape(&it.shape)).collect()
    };
    let (left, right) = (shapes(0), shapes(1));
    let mut marks = [vec![true; left.len()], vec![true; right.len()]];
    for op in capture_diff_slices(Algorithm::Myers, &left, &right) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = op
        {
            marks[0][old_index..old_index + len].fill(false);
            marks[1][new_index..new_index + len].fill(false);
        }
    }
    let mut side = 0;
    marks.map(|marks| {
        let mut rest = marks.into_iter();
        let functions = sides[side].iter();
        side += 1;
        functions
            .map(|code| rest.by_ref().take(code.instructions.len()).collect())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::Instruction;
    use super::*;

    fn code(shapes: &[&str]) -> Code {
        let instructions = shapes.iter().zip(0..).map(|(shape, address)| Instruction {
            address,
            length: 1,
            text: String::new(),
            shape: (*shape).to_owned(),
            executed: None,
            target: None,
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
        let called = [
            code(&["push r", "call __rust_alloc", "ret"]),
            code(&["call a::boxed_called", "add r, r", "ret"]),
        ];
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
