//! The E-step where the transitions have no covariates, by the [sweeps](super::sweeps) over blocks.
use std::array;

use maxlik_dual::instructions::run;
use nalgebra::{DMatrix, DVector};

use super::densities::Densities;
use super::expected::Expected;
use super::filter::Recursion;
use super::sweeps::{Rows, Sweep, sweep};
use crate::block::lanes;
use crate::design::BLOCK;
use crate::sum::Compensated;
use crate::threads::for_parts_of;

impl<Row: Sync> Recursion<'_, Row> {
    /// The log-likelihood and what is expected of the complete data, for some numbers of states; none where a row is so unlikely that it takes
    /// more care.
    pub(crate) fn e_step(&self, theta: &[f64]) -> Option<(f64, Expected)> {
        if self.chain.design.is_some() || self.begins.is_empty() {
            return None;
        }
        match self.states() {
            2 => self.e_step_of::<2>(theta),
            3 => self.e_step_of::<3>(theta),
            4 => self.e_step_of::<4>(theta),
            5 => self.e_step_of::<5>(theta),
            6 => self.e_step_of::<6>(theta),
            _ => None,
        }
    }

    fn e_step_of<const S: usize>(&self, theta: &[f64]) -> Option<(f64, Expected)> {
        let n = self.emissions.rows();
        let (matrix, delta) = (self.chain.matrix(theta), self.chain.initial(theta).delta);
        let p: [[f64; S]; S] = array::from_fn(|a| array::from_fn(|b| matrix[(a, b)]));
        let delta: [f64; S] = array::from_fn(|j| delta[j]);
        // What is returned and what is not, in one piece of memory. Two pieces, freed one after the other, were given back to the system and
        // asked for again at each iteration, which took 40 % of its time.
        let mut memory = vec![0.0; 2 * n * S];
        let (gamma, after) = memory.split_at_mut(n * S);
        let after = after.as_chunks_mut().0;
        let mut ends = self.begins[1..].to_vec();
        ends.push(true);

        let shift = self.densities(theta, columns::<S>(gamma, n));
        let (mut forward, mut backward) = (Sweep::new(&p, &delta), Sweep::new(&p, &delta));
        let rows = Rows { begins: self.begins, ends: &ends, b: columns(gamma, n), after };
        sweep(&mut forward, &mut backward, rows);
        let log_likelihood = Some(shift + forward.ln()?).filter(|l| l.is_finite() && backward.is_likely())?;

        let mut initial = DVector::zeros(S);
        let mut initial_ratios = DVector::zeros(S);
        for row in (0..n).filter(|&row| self.begins[row]) {
            let sum: f64 = after[row].iter().zip(&delta).map(|(after, delta)| delta * after).sum();
            for j in 0..S {
                initial[j] += gamma[j * n + row];
                initial_ratios[j] += after[row][j] / sum;
            }
        }
        memory.truncate(n * S);
        let ratios = DMatrix::from_fn(S, S, |i, j| forward.ratio(i, j) + backward.ratio(i, j));
        let expected = Expected {
            transitions: ratios.component_mul(&matrix),
            transition_ratios: ratios,
            initial,
            initial_ratios,
            gamma: DMatrix::from_vec(n, S, memory),
            recursions: None,
        };
        Some((log_likelihood, expected))
    }

    /// Stores `b`. Gives the sum of `m`.
    fn densities<const S: usize>(&self, theta: &[f64], b: [&mut [f64]; S]) -> f64 {
        let mut columns = b.map(|b| b.chunks_mut(BLOCK));
        let next = |_| columns.each_mut().map(|column| column.next().expect("bug: a block without rows"));
        let mut blocks: Vec<[&mut [f64]; S]> = (0..self.emissions.blocks()).map(next).collect();
        let store = |first: usize, blocks: &mut [[&mut [f64]; S]]| {
            let mut parts = self.emissions.buffers(0);
            let mut shift = vec![0.0; lanes(self.emissions.rows().min(BLOCK))];
            let mut total = Compensated::default();
            for (index, b) in (first..).zip(blocks) {
                self.emissions.differentiate(theta, index, 0, &mut parts);
                total.add(run(Densities {
                    f: array::from_fn(|j| parts[j].value()),
                    missing: self.emissions.missing_of(self.emissions.block(index)),
                    b: b.each_mut().map(|b| &mut **b),
                    shift: &mut shift,
                }));
            }
            total
        };
        for_parts_of(&mut blocks, size_of::<Compensated>(), store, Compensated::merge).value()
    }
}

/// The columns of a matrix of `n` rows.
fn columns<const S: usize>(matrix: &mut [f64], n: usize) -> [&mut [f64]; S] {
    let mut columns = matrix.chunks_exact_mut(n);
    array::from_fn(|_| columns.next().expect("bug: a state without a column"))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use crate::distribution::normal;
    use crate::{HiddenMarkovLikelihood, Initial, Likelihood, Parameter, positive, real};

    /// States with means 0, 1.5, 3, ...
    fn model(y: &[f64], states: usize) -> HiddenMarkovLikelihood<'_, f64> {
        (0..states).fold(HiddenMarkovLikelihood::new(y), |model, j| {
            let own = [real(format!("mu{j}")).start(1.5 * j as f64), positive(format!("sd{j}")).start(0.8)];
            model.state(own, |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        })
    }

    fn series(n: usize, states: usize) -> Vec<f64> {
        let row = |t: usize| 1.5 * (t / 7 % states) as f64 + (t as f64 * 1.7).sin();
        (0..n).map(row).collect()
    }

    #[test]
    fn it_is_that_of_the_recursion_row_by_row() {
        // The longest is shared by two threads.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for states in 2..=6 {
            for n in [1, 2, 3, 4, 5, 513, 1500, 20_500] {
                let y = series(n, states);
                let model = model(&y, states).initial(Initial::Free).missing(|y| (0.4..0.6).contains(y));
                let model = if n < 4 { model } else { model.sequences(&[n / 2 - 1, 1, 1, n - n / 2 - 1]) };
                let mut theta: Vec<f64> = model.parameters().iter().flat_map(Parameter::start_values).collect();
                // A transition, and a beginning, that cannot be.
                theta[model.coefficients_of_transitions(0).start] = 0.0;
                theta[model.coefficients_of_initial().start] = 0.0;
                let recursion = model.recursion();
                let (log_likelihood, found) = pool.install(|| recursion.e_step(&theta)).unwrap();
                let (ln, forward) = recursion.filter(&theta);
                let expected = recursion.expected(&theta, recursion.smooth(&theta, forward));
                assert_relative_eq!(log_likelihood, ln.iter().sum::<f64>(), max_relative = 1e-13);
                assert_relative_eq!(found.gamma, expected.gamma, epsilon = 1e-13);
                assert_relative_eq!(found.transitions, expected.transitions, max_relative = 1e-11, epsilon = 1e-13);
                let ratios = (found.transition_ratios, expected.transition_ratios);
                assert_relative_eq!(ratios.0, ratios.1, max_relative = 1e-11, epsilon = 1e-13);
                assert_relative_eq!(found.initial, expected.initial, epsilon = 1e-13);
                assert_relative_eq!(found.initial_ratios, expected.initial_ratios, max_relative = 1e-12);
            }
        }
    }

    #[test]
    fn rows_that_are_too_unlikely_are_left_to_it() {
        let y = [0.0, 0.1, 45.0, 0.2, 0.3];
        let model = model(&y, 2).initial(Initial::Given(vec![1.0, 0.0]));
        // From the first state, where the third row is impossible to the last digit, there is no way out.
        let far = [0.0, 0.8, 45.0, 0.8, 0.0, 0.5];
        assert!(model.recursion().e_step(&far).is_none());
        assert!(model.expected(&far).0.is_finite());
        assert!(model.recursion().e_step(&[0.0, 0.8, 45.0, 0.8, 0.1, 0.5]).is_some());
        assert!(model.recursion().e_step(&[0.0, f64::NAN, 45.0, 0.8, 0.1, 0.5]).is_none());
    }

    #[test]
    fn rows_of_infinite_or_undefined_density_are_left_to_it_unless_they_are_missing() {
        let theta = [0.0, 0.8, 1.5, 0.8, 0.1, 0.5];
        for odd in [f64::NEG_INFINITY, f64::INFINITY, f64::NAN] {
            for states in [0..2, 0..1, 1..2] {
                let y = [0.0, 0.1, 99.0, 0.2, 1.3];
                let model = |missing: bool| {
                    let model =
                        (0..2).fold(HiddenMarkovLikelihood::new(&y), |model, j| {
                            let (own, is_odd) =
                                ([real(format!("mu{j}")), positive(format!("sd{j}"))], states.contains(&j));
                            model.state(own, move |[mu, sd], &y| {
                                if is_odd && y > 50.0 { mu * 0.0 + odd } else { normal::ln_pdf(y, mu, sd) }
                            })
                        });
                    model.missing(move |y| missing && *y > 50.0)
                };
                // The other state may have the row.
                let possible = odd == f64::NEG_INFINITY && states.len() == 1;
                assert_eq!(model(false).recursion().e_step(&theta).is_some(), possible, "{odd} in {states:?}");
                assert!(model(true).recursion().e_step(&theta).is_some(), "{odd} in {states:?}, missing");
            }
        }
    }
}
