//! The pairs, one line each.

use super::{
    Pair, alg_one, boxed_reader, dyn_reader, escaping_reader, scratch_buffer, small_vec_of_two,
};

/// Every pair of the suite, from the simplest to the course's own.
pub static PAIRS: &[Pair] = &[
    boxed_reader::PAIR,
    escaping_reader::PAIR,
    dyn_reader::PAIR,
    small_vec_of_two::PAIR,
    scratch_buffer::PAIR,
    alg_one::PAIR,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_give_the_same_answer() {
        let long = b"elvis has left the building, elvi and elvis have not. ".repeat(9);
        for length in (0..8).chain([63, 64, 65, long.len()]) {
            let text = &long[..length];
            for pair in PAIRS {
                let answer = (pair.oracle)(text);
                for (input, side) in pair.sides() {
                    assert_eq!((side.run)(text), answer, "{}/{input} {length}", pair.name);
                }
            }
        }
    }
}
