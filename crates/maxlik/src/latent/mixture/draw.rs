//! Random shares of the components of a mixture in its rows.
//!
//! Of two kinds, one gives each component a few rows of its own, drawn at random, and all rows together the weight of one more:
//! components that are apart. The other sends each row to one of the components: components that are much alike. Starts of either kind
//! find maxima that the other one misses.
use maxlik_model::{Likelihood, MixtureLikelihood};
use nalgebra::DMatrix;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::index::sample;

/// Each component has a few rows of its own, and a part of all.
pub(crate) fn few_rows_each<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let n = mixture.rows().len();
    let weights = Likelihood::weights(mixture);
    let rows: Vec<usize> = (0..n).filter(|&i| weights.is_none_or(|weights| weights[i] != 0.0)).collect();
    let mut shares = DMatrix::repeat(n, mixture.component_names().len(), 1.0 / n as f64);
    for j in 0..shares.ncols() {
        let few = (mixture.coefficients_of_component(j).len() + 1).min(rows.len());
        for i in sample(rng, rows.len(), few) {
            shares[(rows[i], j)] += 1.0;
        }
    }
    shares
}

/// Each row belongs to one component.
pub(crate) fn one_for_each_row<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let (n, k) = (mixture.rows().len(), mixture.component_names().len());
    let mut shares = DMatrix::zeros(n, k);
    for i in 0..n {
        shares[(i, rng.random_range(0..k))] = 1.0;
    }
    shares
}
