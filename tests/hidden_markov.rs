//! Hidden Markov models against sums over all paths of the hidden states.
use approx::assert_relative_eq;
use maxlik::model::{HiddenMarkovLikelihood, Initial};
use maxlik::prelude::*;
use nalgebra::DMatrix;

/// Uniform numbers in (0, 1), the same on every machine: a linear congruential generator (Knuth's MMIX).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box & Muller (1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }

    /// A state from its probabilities.
    fn state(&mut self, p: &[f64]) -> usize {
        let u = self.next();
        let mut sum = 0.0;
        p.iter().position(|p| {
            sum += p;
            u < sum
        })
        .unwrap_or(p.len() - 1)
    }
}

/// All paths of `t` rows through `states` states, the last row's state running fastest.
fn paths(states: usize, t: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..states.pow(u32::try_from(t).unwrap())).map(move |mut number| {
        let mut path = vec![0; t];
        for state in path.iter_mut().rev() {
            *state = number % states;
            number /= states;
        }
        path
    })
}

/// The log-likelihood of a sequence as the sum over all paths. `ln_p[t]` is for the transition into row `t`; `f[t][j]` the log-density.
fn over_all_paths<T: Real>(ln_delta: &[T], ln_p: impl Fn(usize, usize, usize) -> T, f: &[Vec<T>]) -> T {
    let ln_path = |path: Vec<usize>| {
        let mut sum = ln_delta[path[0]] + f[0][path[0]];
        for t in 1..f.len() {
            sum += ln_p(t, path[t - 1], path[t]) + f[t][path[t]];
        }
        sum
    };
    ln_sum_exp(&paths(ln_delta.len(), f.len()).map(ln_path).collect::<Vec<_>>())
}

const TIMES: [f64; 8] = [0.4, 1.9, 2.2, 0.1, 3.5, 0.9, 1.4, 0.05];

/// Three different densities.
fn three_states(times: &[f64]) -> HiddenMarkovLikelihood<'_, f64> {
    HiddenMarkovLikelihood::new(times)
        .state([positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate))
        .state([positive("shape").start(2.0), positive("scale")], |[a, b], &t| weibull::ln_pdf(t, a, b))
        .state([real("mu").start(1.0), positive("sigma")], |[mu, sigma], &t| normal::ln_pdf(t, mu, sigma))
        .named("normal")
}

fn densities<const M: usize>([rate, a, b, mu, sigma]: [Dual2<M>; 5], t: f64) -> Vec<Dual2<M>> {
    vec![exponential::ln_pdf(t, rate), weibull::ln_pdf(t, a, b), normal::ln_pdf(t, mu, sigma)]
}

fn three_by_three<T: Real>([ab, ac, ba, bc, ca, cb]: [T; 6]) -> [[T; 3]; 3] {
    [[-(ab + ac) + 1.0, ab, ac], [ba, -(ba + bc) + 1.0, bc], [ca, cb, -(ca + cb) + 1.0]]
}

fn assert_same_derivatives(model: &impl Likelihood, one: &impl Likelihood, theta: &[f64]) {
    let (value, score, hessian) = model.log_likelihood_score_hessian(theta);
    let (expected_value, expected_score, expected_hessian) = one.log_likelihood_score_hessian(theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-11, epsilon = 1e-12 * expected_score.amax());
    assert_relative_eq!(hessian, expected_hessian, max_relative = 1e-11, epsilon = 1e-12 * expected_hessian.amax());
    assert_relative_eq!(model.log_likelihood(theta), value, max_relative = 1e-15);
    let (value_again, score_again) = model.log_likelihood_score(theta);
    assert_eq!(value_again, value);
    assert_relative_eq!(score_again, score, max_relative = 1e-12, epsilon = 1e-13 * score.amax());
}

#[test]
fn likelihood_score_and_hessian_are_those_of_the_sum_over_all_paths() {
    let names = ["rate", "shape", "scale", "mu", "sigma", "b", "c", "ab", "ac", "ba", "bc", "ca", "cb"];
    let one = Model::joint(names.map(real), |z| {
        let [rate, a, b, mu, sigma, second, third, p @ ..] = z;
        let ln_delta = [-(second + third) + 1.0, second, third].map(|p| p.ln());
        let p = three_by_three(p).map(|row| row.map(|p| p.ln()));
        let f: Vec<_> = TIMES.iter().map(|&t| densities([rate, a, b, mu, sigma], t)).collect();
        over_all_paths(&ln_delta, |_, i, j| p[i][j], &f)
    });
    let theta = [0.7, 1.9, 2.3, 1.1, 0.8, 0.25, 0.4, 0.1, 0.25, 0.3, 0.05, 0.2, 0.15];
    let model = three_states(&TIMES).initial(Initial::Free);
    assert_same_derivatives(&model, &one, &theta);
    let found: Vec<String> = model.parameters().iter().flat_map(Parameter::coefficient_names).collect();
    assert_eq!(found[5..9], ["initial[shape]", "initial[normal]", "transition[rate,shape]", "transition[rate,normal]"]);
}

#[test]
fn a_stationary_beginning_has_the_derivatives_of_the_sum_over_all_paths() {
    let names = ["rate", "shape", "scale", "mu", "sigma", "ab", "ac", "ba", "bc", "ca", "cb"];
    let one = Model::joint(names.map(real), |z| {
        let [rate, a, b, mu, sigma, p @ ..] = z;
        let p = three_by_three(p);
        // The stationary distribution is proportional to the cofactors of I - P.
        let q = |i: usize, j: usize| if i == j { -p[i][j] + 1.0 } else { -p[i][j] };
        let minor = [q(1, 1) * q(2, 2) - q(1, 2) * q(2, 1), q(0, 0) * q(2, 2) - q(0, 2) * q(2, 0), q(0, 0) * q(1, 1) - q(0, 1) * q(1, 0)];
        let sum = minor[0] + minor[1] + minor[2];
        let f: Vec<_> = TIMES.iter().map(|&t| densities([rate, a, b, mu, sigma], t)).collect();
        over_all_paths(&minor.map(|m| (m / sum).ln()), |_, i, j| p[i][j].ln(), &f)
    });
    let theta = [0.7, 1.9, 2.3, 1.1, 0.8, 0.1, 0.25, 0.3, 0.05, 0.2, 0.15];
    assert_same_derivatives(&three_states(&TIMES), &one, &theta);
}

/// A response, a covariate of the density, one of the transitions; no response where it was not seen.
type Visit = (Option<f64>, f64, f64);

/// More rows than two blocks have, in three sequences, one of them of one row.
const LENGTHS: [usize; 4] = [300, 1, 255, 45];

fn visits() -> Vec<Visit> {
    let mut random = Uniform(11);
    let mut state = 0;
    let visit = |row: usize| {
        let (x, z) = (2.0 * random.next() - 1.0, random.normal());
        let leave = 1.0 / (1.0 + (1.5 - 0.8 * z).exp());
        if random.next() < leave {
            state = (state + 1 + usize::from(random.next() < 0.4)) % 3;
        }
        let y = [0.0, 2.0, -1.5][state] + 0.5 * x + random.normal();
        ((row % 17 != 5 && row != 300).then_some(y), x, z)
    };
    (0..601).map(visit).collect()
}

/// Emission densities with a linear predictor each; transitions with covariates.
fn with_covariates<'a>(visits: &'a [Visit]) -> HiddenMarkovLikelihood<'a, Visit> {
    let emission = Design::from_rows(visits, ["(intercept)", "x"], |v| [1.0, v.1]).unwrap();
    let transition = Design::from_rows(visits, ["(intercept)", "z"], |v| [1.0, v.2]).unwrap();
    let offset = transition.offset(visits.iter().map(|v| 0.1 * v.1)).unwrap();
    let seen = |v: &Visit| v.0.expect("a log-density never sees a missing row");
    HiddenMarkovLikelihood::new(visits)
        .state([linear("low", &emission), positive("sd_low")], move |[mu, sd], v| normal::ln_pdf(seen(v), mu, sd))
        .state([linear("high", &emission)], move |[mu], v| normal::ln_pdf(seen(v), mu, Dual2::from(1.2)))
        .state([real("other").start(-1.0), positive("scale")], move |[mu, s], v| logistic::ln_pdf(seen(v), mu, s))
        .transition_design(&offset)
        .sequences(&LENGTHS)
        .missing(|v| v.0.is_none())
}

/// The scaled forward recursion in numbers that carry derivatives; `p(t)` is the matrix of the transition into row `t`.
fn forward_in_duals<T: Real>(delta: &[T], p: impl Fn(usize) -> Vec<Vec<T>>, f: &[Option<Vec<T>>], lengths: &[usize]) -> T {
    let (mut sum, mut row) = (T::from(0.0), 0);
    for &length in lengths {
        let mut alpha = delta.to_vec();
        for t in row..row + length {
            if t > row {
                let p = p(t);
                alpha = (0..alpha.len()).map(|j| (0..alpha.len()).map(|i| alpha[i] * p[i][j]).sum()).collect();
            }
            let Some(f) = &f[t] else { continue };
            let joint: Vec<T> = alpha.iter().zip(f).map(|(alpha, f)| *alpha * f.exp()).collect();
            let c: T = joint.iter().copied().sum();
            sum += c.ln();
            alpha = joint.into_iter().map(|joint| joint / c).collect();
        }
        row += length;
    }
    sum
}

#[test]
fn covariates_sequences_and_missing_rows_have_the_derivatives_of_the_recursion_in_duals() {
    let visits = visits();
    let names: [String; 21] = std::array::from_fn(|k| format!("z{k}"));
    let one = Model::joint(names.map(real), |z| {
        let [low0, low1, sd_low, high0, high1, other, scale, second, third, beta @ ..] = z;
        let f = |v: &Visit| {
            let y = v.0?;
            Some(vec![
                normal::ln_pdf(y, low0 + low1 * v.1, sd_low),
                normal::ln_pdf(y, high0 + high1 * v.1, Dual2::from(1.2)),
                logistic::ln_pdf(y, other, scale),
            ])
        };
        let p = |t: usize| {
            let eta = |k: usize| beta[2 * k] + beta[2 * k + 1] * visits[t].2 + 0.1 * visits[t].1;
            let row = |a: usize| {
                let mut row: Vec<Dual2<21>> = (2 * a..2 * a + 2).map(|k| eta(k).exp()).collect();
                row.insert(a, Dual2::from(1.0));
                let sum: Dual2<21> = row.iter().copied().sum();
                row.into_iter().map(|p| p / sum).collect()
            };
            (0..3).map(row).collect::<Vec<Vec<_>>>()
        };
        let delta = [-(second + third) + 1.0, second, third];
        forward_in_duals(&delta, p, &visits.iter().map(f).collect::<Vec<_>>(), &LENGTHS)
    });
    let theta = [
        0.1, 0.4, 0.9, 2.2, 0.6, -1.4, 0.7, 0.3, 0.15, -1.2, 0.5, -2.0, 0.7, -1.6, 0.4, -1.9, 0.2, -1.1, 0.9, -2.2, 0.3,
    ];
    let model = with_covariates(&visits);
    assert_same_derivatives(&model, &one, &theta);
    assert_eq!(Likelihood::n_obs(&model), Some(601 - 36 - 1));
    let names: Vec<String> = model.parameters().iter().flat_map(Parameter::coefficient_names).collect();
    assert_eq!(names[9..12], ["transition[low,high].(intercept)", "transition[low,high].z", "transition[low,other].(intercept)"]);
    let log_likelihoods = model.log_likelihoods(&theta);
    assert_relative_eq!(log_likelihoods.iter().sum::<f64>(), model.log_likelihood(&theta), max_relative = 1e-14);
    assert_eq!(log_likelihoods[1], 0.0); // its row is missing
}
