//! W8: twenty iterations of Baum-Welch for a chain of normal states from a given start, and the way to the maximum from there.
use maxlik::model::{Expected, HiddenMarkovLikelihood};
use maxlik::optimizer::Evaluations;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

const ITERATIONS: usize = 20;
const STATES: usize = 4;

struct Normal;
impl LogDensity<f64, 2> for Normal {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [mu, sigma]: [T; 2], &y: &f64) -> T {
        normal::ln_pdf(y, mu, sigma)
    }
}

/// Where the search begins.
struct Start {
    means: Vec<f64>,
    sds: Vec<f64>,
    transitions: DMatrix<f64>,
}

impl Start {
    /// The start that the data set has; that of the initial distribution, equal probabilities, is the library's own.
    fn of(data: &DataSet) -> Self {
        let sds = data.vector("var0").iter().map(|variance| variance.sqrt()).collect();
        Self { means: data.vector("mu0").to_vec(), sds, transitions: data.matrix("A0") }
    }

    fn parameters(&self, j: usize) -> [Parameter; 2] {
        let name = |what: &str| format!("{what}{}", j + 1);
        [real(name("mu")).start(self.means[j]), positive(name("sd")).start(self.sds[j])]
    }
}

/// The library's forward-backward pass with the M-step of normal densities in closed form. [`HiddenMarkov::fit`] has M-steps for any density,
/// and cannot be told to make so many plain iterations.
pub(crate) fn twenty_iterations(data: &DataSet) -> Measured {
    let (y, start) = (data.vector("y"), Start::of(data));
    let mut model = HiddenMarkovLikelihood::new(y).initial(Initial::Free).transition_start(start.transitions.clone());
    for j in 0..STATES {
        model = model.state_from_density(start.parameters(j), Normal);
    }
    let theta: Vec<f64> = model.parameters().iter().flat_map(Parameter::start_values).collect();
    let run = || {
        let mut theta = theta.clone();
        for _ in 0..ITERATIONS {
            theta = m_step(y, &theta, &model.expected(&theta).1);
        }
        (model.log_likelihood(&theta), theta)
    };
    let outcome = |(log_likelihood, theta): &(f64, Vec<f64>)| Outcome {
        log_likelihood: *log_likelihood,
        coefficients: in_order_of_references(&model, theta),
        iterations: ITERATIONS,
        evaluations: Evaluations { values: 1, gradients: ITERATIONS, hessians: 0 },
    };
    measure(y.len(), run, outcome)
}

/// The coefficients of the library: means and standard deviations by states, the initial distribution but for its first entry, and the
/// transition matrix by rows but for its diagonal; `last` are those before the step.
fn m_step(y: &[f64], last: &[f64], expected: &Expected) -> Vec<f64> {
    let mut theta = Vec::new();
    for (j, gamma) in expected.gamma.column_iter().enumerate() {
        let centre = last[2 * j];
        let [n, first, second] = moments(gamma.as_slice(), y, centre);
        let shift = first / n;
        theta.extend([centre + shift, (second / n - shift * shift).sqrt()]);
    }
    let begun = &expected.initial / expected.initial.sum();
    theta.extend(begun.iter().skip(1));
    for (a, row) in expected.transitions.row_iter().enumerate() {
        theta.extend((0..STATES).filter(|&b| b != a).map(|b| row[b] / row.sum()));
    }
    theta
}

/// `sum gamma (y - centre)^k`, k = 0, 1, 2, in eight partial sums. About the mean before the step little cancels.
fn moments(gamma: &[f64], y: &[f64], centre: f64) -> [f64; 3] {
    const LANES: usize = 8;
    let mut sums = [[0.0; LANES]; 3];
    let mut add = |lane: usize, gamma: f64, y: f64| {
        let d = y - centre;
        sums[0][lane] += gamma;
        sums[1][lane] += gamma * d;
        sums[2][lane] += gamma * d * d;
    };
    let (gammas, ys) = (gamma.chunks_exact(LANES), y.chunks_exact(LANES));
    for (&gamma, &y) in gammas.remainder().iter().zip(ys.remainder()) {
        add(0, gamma, y);
    }
    for (gamma, y) in gammas.zip(ys) {
        for lane in 0..LANES {
            add(lane, gamma[lane], y[lane]);
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// Initial distribution, transition matrix by rows, means, variances.
fn in_order_of_references(model: &HiddenMarkovLikelihood<'_, f64>, theta: &[f64]) -> Vec<f64> {
    let initial: DVector<f64> = model.initial_probabilities(theta);
    let transitions = model.transition_matrix(theta, 1).transpose();
    let means = theta[..2 * STATES].iter().step_by(2).copied();
    let variances = theta[1..2 * STATES].iter().step_by(2).map(|sd| sd * sd);
    initial.iter().chain(&transitions).copied().chain(means).chain(variances).collect()
}

/// The maximum with its standard errors, which the references do not go to.
pub(crate) fn fit(data: &DataSet) -> Measured {
    let (y, start) = (data.vector("y"), Start::of(data));
    let a = &start.transitions;
    let matrix: [[f64; STATES]; STATES] = std::array::from_fn(|i| std::array::from_fn(|j| a[(i, j)]));
    let mut model = HiddenMarkov::new(y).initial(Initial::Free).transition_start(matrix);
    for j in 0..STATES {
        model = model.state_from_density(start.parameters(j), Normal);
    }
    let outcome = |fit: &HiddenMarkovFit| {
        // The first state is surely the first row's: probabilities at the end of their domain have no standard error.
        fit.std_error("mu1").expect("a standard error");
        Outcome {
            log_likelihood: fit.log_likelihood(),
            coefficients: Vec::new(),
            iterations: fit.trace().len().saturating_sub(1),
            evaluations: fit.evaluations(),
        }
    };
    measure(y.len(), || model.fit().expect("a maximum"), outcome)
}
