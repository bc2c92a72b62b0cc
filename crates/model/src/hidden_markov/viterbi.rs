//! The most probable path of the states.
//!
//! Notation: `f_tj` the log-density of row `t` in state `j`, `w_tj` the logarithm of the probability of the best path to it.
//!
//! ```text
//! w_tj = f_tj + max_i (w_(t-1)i + ln P_t(i, j))
//! ```
//!
//! # References
//! Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding algorithm" (1967); Rabiner (1989), section
//! III.B.
use super::filter::Recursion;

impl<Row: Sync> Recursion<'_, Row> {
    /// The most probable path of each sequence, the earlier of two states that are equally so from the end backwards; `None` in the
    /// rows of a sequence that is impossible.
    pub(crate) fn viterbi(&self, theta: &[f64]) -> Vec<Option<usize>> {
        let (n, states) = (self.emissions.rows(), self.states());
        let ln_delta = self.chain.initial(theta).delta.map(f64::ln);
        let mut matrices = self.chain.matrices(theta, n);
        let mut parts = self.emissions.buffers(0);
        let mut from = vec![0_u32; n * states];
        let (mut best, mut next, mut ln_p) = (vec![0.0; states], vec![0.0; states], vec![0.0; states * states]);
        let mut ends = Vec::new();
        for index in 0..self.emissions.blocks() {
            let block = self.emissions.block(index);
            self.emissions.differentiate(theta, index, 0, &mut parts);
            matrices.load(index, block.len());
            for (i, row) in block.enumerate() {
                if index + i == 0 || self.chain.design.is_some() {
                    for (ln_p, p) in ln_p.iter_mut().zip(matrices.at(i)) {
                        *ln_p = p.ln();
                    }
                }
                let begins = self.begins[row];
                if begins && row > 0 {
                    ends.push(end(&best));
                }
                for j in 0..states {
                    let (first, way) = if begins {
                        (0, ln_delta[j])
                    } else {
                        greatest((0..states).map(|i| best[i] + ln_p[i * states + j]))
                    };
                    from[row * states + j] = u32::try_from(first).expect("bug: billions of states");
                    next[j] = way + if self.emissions.is_missing(row) { 0.0 } else { parts[j].value()[i] };
                }
                std::mem::swap(&mut best, &mut next);
            }
        }
        ends.push(end(&best));

        let mut path = vec![None; n];
        let mut state = None;
        for row in (0..n).rev() {
            if row + 1 == n || self.begins[row + 1] {
                state = ends.pop().expect("bug: a sequence without an end");
            }
            path[row] = state;
            state = state.map(|j| from[row * states + j] as usize);
        }
        path
    }
}

/// The last state of the best path, if there is a possible one.
fn end(best: &[f64]) -> Option<usize> {
    let (state, value) = greatest(best.iter().copied());
    (value > f64::NEG_INFINITY).then_some(state)
}

/// The first of the greatest numbers; NaN where there is one.
fn greatest(numbers: impl Iterator<Item = f64>) -> (usize, f64) {
    let mut found = (0, f64::NEG_INFINITY);
    for (i, x) in numbers.enumerate() {
        if x > found.1 || x.is_nan() && !found.1.is_nan() {
            found = (i, x);
        }
    }
    found
}
