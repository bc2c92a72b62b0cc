//! Random probabilities of the states in the rows, where a search starts.
//!
//! Rows that follow each other often share a state. Of two kinds of draws, one gives each state some rows that follow each other, and all
//! rows together the weight of one more: states that are apart. The other sends the rows to the states in spells of random length: states
//! that are much alike.
use maxlik_model::HiddenMarkovLikelihood;
use nalgebra::DMatrix;
use rand::RngExt;
use rand::rngs::StdRng;

/// Each state has some rows that follow each other, twice as many as its coefficients and one, and a part of all.
pub(super) fn window_each<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let n = model.rows().len();
    let observed: Vec<usize> = (0..n).filter(|&row| !model.is_missing(row)).collect();
    let mut shares = DMatrix::repeat(n, model.state_names().len(), 1.0 / n as f64);
    for j in 0..shares.ncols() {
        let length = (2 * (model.coefficients_of_state(j).len() + 1)).min(observed.len());
        let first = rng.random_range(0..=observed.len() - length);
        for &row in &observed[first..first + length] {
            shares[(row, j)] += 1.0;
        }
    }
    shares
}

/// Each row belongs to one state, in spells whose mean length is drawn, too: from 2 rows to as many as there are for each state.
pub(super) fn spells<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let (n, states) = (model.rows().len(), model.state_names().len());
    let longest = (n as f64 / states as f64).max(2.0);
    let length = 2.0 * (0.5 * longest).powf(rng.random());
    let mut shares = DMatrix::zeros(n, states);
    let mut state = rng.random_range(0..states);
    for row in 0..n {
        if rng.random::<f64>() * length < 1.0 {
            state = rng.random_range(0..states);
        }
        shares[(row, state)] = 1.0;
    }
    shares
}
