//! Hidden Markov models against sums over all paths of the hidden states.
use approx::assert_relative_eq;
use maxlik::Status;
use maxlik::model::HiddenMarkovLikelihood;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

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
        p.iter()
            .position(|p| {
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
        let ln_delta = [-(second + third) + 1.0, second, third].map(Real::ln);
        let p = three_by_three(p).map(|row| row.map(Real::ln));
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
        let minor = [
            q(1, 1) * q(2, 2) - q(1, 2) * q(2, 1),
            q(0, 0) * q(2, 2) - q(0, 2) * q(2, 0),
            q(0, 0) * q(1, 1) - q(0, 1) * q(1, 0),
        ];
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
fn with_covariates(visits: &[Visit]) -> HiddenMarkovLikelihood<'_, Visit> {
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
fn forward_in_duals<T: Real>(
    delta: &[T],
    p: impl Fn(usize) -> Vec<Vec<T>>,
    f: &[Option<Vec<T>>],
    lengths: &[usize],
) -> T {
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
    assert_eq!(
        names[9..12],
        ["transition[low,high].(intercept)", "transition[low,high].z", "transition[low,other].(intercept)"]
    );
    let log_likelihoods = model.log_likelihoods(&theta);
    assert_relative_eq!(log_likelihoods.iter().sum::<f64>(), model.log_likelihood(&theta), max_relative = 1e-14);
    assert_eq!(log_likelihoods[1], 0.0); // its row is missing
}

/// Sequences of eight counts in three states, each state about as often at the beginning.
fn counts(sequences: usize) -> Vec<u64> {
    let mut random = Uniform(31);
    let mut all = Vec::new();
    for _ in 0..sequences {
        let mut state = random.state(&[0.3, 0.3, 0.4]);
        for t in 0..8 {
            if t > 0 {
                state = random.state(&[[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.25, 0.25, 0.5]][state]);
            }
            let (limit, mut product, mut count) = ((-[1.0_f64, 6.0, 18.0][state]).exp(), random.next(), 0);
            while product > limit {
                product *= random.next();
                count += 1;
            }
            all.push(count);
        }
    }
    all
}

fn three_poissons(counts: &[u64]) -> HiddenMarkov<'_, u64> {
    HiddenMarkov::new(counts)
        .state([positive("low")], |[mean], &k| poisson::ln_pmf(k, mean))
        .state([positive("middle").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean))
        .state([positive("high").start(15.0)], |[mean], &k| poisson::ln_pmf(k, mean))
}

#[test]
fn estimates_and_standard_errors_are_those_of_the_sum_over_all_paths() {
    let counts = counts(30);
    let fit = three_poissons(&counts).sequences(&[8; 30]).initial(Initial::Free).fit().unwrap();
    let mut parameters = ["low", "middle", "high"].map(positive).to_vec();
    parameters.extend(fit.names()[3..].iter().map(real));
    let parameters: [Parameter; 11] = parameters.try_into().unwrap();
    let one = Model::joint(parameters, |z| {
        let [low, middle, high, second, third, p @ ..] = z;
        let ln_delta = [-(second + third) + 1.0, second, third].map(Real::ln);
        let p = three_by_three(p).map(|row| row.map(Real::ln));
        let density = |&k: &u64| [low, middle, high].map(|mean| poisson::ln_pmf(k, mean)).to_vec();
        let sequence =
            |rows: &[u64]| over_all_paths(&ln_delta, |_, i, j| p[i][j], &rows.iter().map(density).collect::<Vec<_>>());
        counts.chunks(8).map(sequence).sum()
    });
    let newton = one.fit_from(&fit, Newton::default()).unwrap();
    assert_eq!(fit.names(), newton.names());
    assert_relative_eq!(fit.log_likelihood(), newton.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(fit.coefficients(), newton.coefficients(), max_relative = 1e-12);
    assert_relative_eq!(fit.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-9);
}

#[test]
fn filtered_smoothed_and_best_path_are_those_of_all_paths() {
    let theta = [0.7, 1.9, 2.3, 1.1, 0.8, 0.25, 0.4, 0.1, 0.25, 0.3, 0.05, 0.2, 0.15];
    // Two sequences; rows 2 and 5 are missing.
    let model = three_states(&TIMES).initial(Initial::Free).sequences(&[5, 3]).missing(|&t| t == 2.2 || t == 0.9);
    let delta = [0.35, 0.25, 0.4];
    let p = three_by_three([0.1, 0.25, 0.3, 0.05, 0.2, 0.15]);
    let density = |t: usize, j: usize| {
        let seen = t != 2 && t != 5;
        if seen { densities([0.7, 1.9, 2.3, 1.1, 0.8].map(Dual2::<1>::from), TIMES[t])[j].value() } else { 0.0 }
    };
    let ln_path = |first: usize, path: &[usize]| {
        let mut sum = delta[path[0]].ln() + density(first, path[0]);
        for t in 1..path.len() {
            sum += p[path[t - 1]][path[t]].ln() + density(first + t, path[t]);
        }
        sum
    };
    let (ln_densities, filtered) = model.filtered(&theta);
    let gamma = model.expected(&theta).1.gamma;
    let best = model.viterbi(&theta);
    for (first, length) in [(0, 5), (5, 3)] {
        let share = |until: usize, at: usize, state: usize| {
            let mut sums = [0.0, 0.0];
            for path in paths(3, until) {
                let probability = ln_path(first, &path).exp();
                sums[0] += probability;
                sums[1] += if path[at] == state { probability } else { 0.0 };
            }
            (sums[0], sums[1] / sums[0])
        };
        let mut before = 1.0;
        for t in 0..length {
            let (probability, _) = share(t + 1, t, 0);
            assert_relative_eq!(
                ln_densities[first + t],
                (probability / before).ln(),
                max_relative = 1e-12,
                epsilon = 1e-14
            );
            before = probability;
            for j in 0..3 {
                assert_relative_eq!(filtered[(first + t, j)], share(t + 1, t, j).1, max_relative = 1e-12);
                assert_relative_eq!(gamma[(first + t, j)], share(length, t, j).1, max_relative = 1e-12);
            }
        }
        let likeliest = paths(3, length).max_by(|a, b| ln_path(first, a).total_cmp(&ln_path(first, b))).unwrap();
        let found: Vec<usize> = best[first..first + length].iter().map(|state| state.unwrap()).collect();
        assert_eq!(found, likeliest);
    }
}

/// `-sum_x P(x) ln P(x)` over all paths, whose probabilities are these up to a factor.
fn entropy(ln_probabilities: &[f64]) -> f64 {
    let ln_sum = ln_sum_exp(ln_probabilities);
    -ln_probabilities.iter().map(|l| (l - ln_sum).exp() * (l - ln_sum)).sum::<f64>()
}

#[test]
fn the_entropy_of_the_path_is_that_of_all_paths() {
    let emissions = [0.7, 1.9, 2.3, 1.1, 0.8];
    let f = |t: usize| {
        densities(emissions.map(Dual2::<1>::from), TIMES[t]).into_iter().map(Dual2::value).collect::<Vec<f64>>()
    };
    // One sequence, with covariates in the transitions; row 2 is missing.
    let x: Vec<f64> = (0..8).map(|t| (1.3 * f64::from(t)).sin()).collect();
    let design = Design::from_rows(&x, ["(intercept)", "x"], |&x| [1.0, x]).unwrap();
    let model = three_states(&TIMES).transition_design(&design).initial(Initial::Given(vec![0.35, 0.0, 0.65]));
    let model = model.missing(|&t| t == 2.2);
    let slopes = [-1.2, 0.5, -2.0, 0.7, -1.6, 0.4, -1.9, 0.2, -1.1, 0.9, -2.2, 0.3];
    let theta: Vec<f64> = emissions.into_iter().chain(slopes).collect();
    let p: Vec<DMatrix<f64>> = (0..8).map(|row| model.transition_matrix(&theta, row)).collect();
    let ln_path = |path: Vec<usize>| {
        let density = |t: usize| if t == 2 { 0.0 } else { f(t)[path[t]] };
        let transition = |t: usize| p[t][(path[t - 1], path[t])].ln();
        [0.35_f64, 1e-300, 0.65][path[0]].ln() + (0..8).map(density).sum::<f64>() + (1..8).map(transition).sum::<f64>()
    };
    let all: Vec<f64> = paths(3, 8).map(ln_path).collect();
    assert_relative_eq!(model.path_entropy(&theta), entropy(&all), max_relative = 1e-12);

    // Two sequences, a free beginning, a transition that does not occur.
    let p = three_by_three([0.1, 0.25, 0.3, 0.0, 0.2, 0.15]);
    let model = three_states(&TIMES).initial(Initial::Free).sequences(&[5, 3]);
    let theta: Vec<f64> = emissions.into_iter().chain([0.25, 0.4, 0.1, 0.25, 0.3, 0.0, 0.2, 0.15]).collect();
    let of_sequence = |first: usize, length: usize| {
        let ln_path = |path: Vec<usize>| {
            let steps: f64 = (1..length).map(|t| p[path[t - 1]][path[t]].max(1e-300).ln()).sum();
            [0.35_f64, 0.25, 0.4][path[0]].ln() + (0..length).map(|t| f(first + t)[path[t]]).sum::<f64>() + steps
        };
        entropy(&paths(3, length).map(ln_path).collect::<Vec<f64>>())
    };
    assert_relative_eq!(model.path_entropy(&theta), of_sequence(0, 5) + of_sequence(5, 3), max_relative = 1e-12);
    // Nothing is known of the path, or all.
    let same = HiddenMarkovLikelihood::new(&TIMES)
        .state([positive("a")], |[rate], &t| exponential::ln_pdf(t, rate))
        .state([positive("b")], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_relative_eq!(same.path_entropy(&[1.0, 1.0, 0.5, 0.5]), 8.0 * 2_f64.ln(), max_relative = 1e-14);
    let sure = same.initial(Initial::Given(vec![1.0, 0.0]));
    assert_eq!(sure.path_entropy(&[1.0, 5.0, 0.0, 0.5]), 0.0);
}

#[test]
fn a_prior_and_fewer_states_have_the_derivatives_of_their_parts() {
    let theta = [0.7, 1.9, 2.3, 1.1, 0.8, 0.1, 0.25, 0.3, 0.05, 0.2, 0.15];
    let model = three_states(&TIMES).missing(|&t| t == 2.2);
    // Seven rows weigh half a row in all, for each state.
    let (value, score, hessian) = model.log_likelihood_score_hessian(&theta);
    let (with_value, with_score, with_hessian) = model.with_pseudo_rows(0.5).log_likelihood_score_hessian(&theta);
    let names = ["rate", "shape", "scale", "mu", "sigma"];
    let rows: Vec<f64> = TIMES.iter().copied().filter(|&t| t != 2.2).collect();
    let prior = Model::new(&rows, names.map(real), |z, &t| densities(z, t).into_iter().sum::<Dual2<5>>() * (0.5 / 7.0));
    let (l, g, h) = prior.log_likelihood_score_hessian(&theta[..5]);
    assert_relative_eq!(with_value - value, l, max_relative = 1e-12);
    assert_relative_eq!((&with_score - &score).rows(0, 5).into_owned(), g, max_relative = 1e-11);
    assert_relative_eq!(
        (&with_hessian - &hessian).view((0, 0), (5, 5)).into_owned(),
        h,
        max_relative = 1e-10,
        epsilon = 1e-14
    );
    assert_eq!(with_score.rows(5, 6), score.rows(5, 6));
    let again = model.with_pseudo_rows(0.5);
    assert_relative_eq!(again.log_likelihood(&theta), with_value, max_relative = 1e-14);
    assert_relative_eq!(again.log_likelihood_score(&theta).1, with_score, max_relative = 1e-12);

    // Without the second state, whose share of what is given goes to the others.
    let start = DMatrix::from_row_slice(3, 3, &[0.6, 0.2, 0.2, 0.3, 0.4, 0.3, 0.1, 0.1, 0.8]);
    let given = three_states(&TIMES).initial(Initial::Given(vec![0.3, 0.4, 0.3])).transition_start(start).without(1);
    let two = HiddenMarkovLikelihood::new(&TIMES)
        .state([positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate))
        .state([real("mu").start(1.0), positive("sigma")], |[mu, sigma], &t| normal::ln_pdf(t, mu, sigma))
        .named("normal")
        .initial(Initial::Given(vec![0.5, 0.5]))
        .transition_start(DMatrix::from_row_slice(2, 2, &[0.75, 0.25, 1.0 / 9.0, 8.0 / 9.0]));
    assert_same_derivatives(&given, &two, &[0.7, 1.1, 0.8, 0.3, 0.2]);
    let starts = |model: &HiddenMarkovLikelihood<'_, f64>| -> Vec<f64> {
        model.parameters().iter().flat_map(Parameter::start_values).collect()
    };
    assert_relative_eq!(starts(&given)[..], starts(&two)[..], max_relative = 1e-15);
}

#[test]
fn of_equally_probable_paths_the_earlier_states_are_taken() {
    let model = HiddenMarkovLikelihood::new(&[0.5, 0.5, 0.5])
        .state([real("a")], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)))
        .state([real("b")], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)))
        .initial(Initial::Given(vec![0.5, 0.5]));
    assert_eq!(model.viterbi(&[0.0, 1.0, 0.5, 0.5]), [Some(0); 3]);
    // The second row is impossible in both states.
    let model = HiddenMarkovLikelihood::new(&[0.5, -0.5, 0.5])
        .state([positive("a")], |[rate], &t| exponential::ln_pdf(t, rate))
        .state([positive("b")], |[rate], &t| exponential::ln_pdf(t, rate))
        .sequences(&[2, 1])
        .initial(Initial::Given(vec![0.5, 0.5]));
    assert_eq!(model.log_likelihood(&[1.0, 2.0, 0.1, 0.2]), f64::NEG_INFINITY);
    assert_eq!(model.viterbi(&[1.0, 2.0, 0.1, 0.2]), [None, None, Some(1)]);
}

/// Two normal states, a long series.
fn long_series(n: usize) -> Vec<f64> {
    let mut random = Uniform(77);
    let mut state = 0;
    let row = |_| {
        state = random.state(&[[0.95, 0.05], [0.1, 0.9]][state]);
        [0.0, 2.5][state] + [1.0, 1.6][state] * random.normal()
    };
    (0..n).map(row).collect()
}

fn two_normals(y: &[f64]) -> HiddenMarkov<'_, f64> {
    HiddenMarkov::new(y)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
}

const TRUTH: [f64; 6] = [0.0, 1.0, 2.5, 1.6, 0.05, 0.1];

#[test]
fn a_million_rows_lose_no_digits() {
    let n = 1_000_000;
    let mut y = long_series(n);
    // A row that is far from both states: its densities are below the range of numbers.
    y[500_000] = 300.0;
    let model = two_normals(&y);
    let value = model.log_likelihood(&TRUTH);
    // In logarithms, brought back to 0 in each row, the sum compensated (Neumaier).
    let ln_p = [[0.95_f64, 0.05], [0.1, 0.9]].map(|row| row.map(f64::ln));
    let mut ln_alpha = [(2.0_f64 / 3.0).ln(), (1.0_f64 / 3.0).ln()];
    let (mut sum, mut correction) = (0.0_f64, 0.0);
    for (t, &y) in y.iter().enumerate() {
        let predicted = |j: usize| {
            if t == 0 { ln_alpha[j] } else { ln_sum_exp(&[ln_alpha[0] + ln_p[0][j], ln_alpha[1] + ln_p[1][j]]) }
        };
        let f = [normal::ln_pdf(y, 0.0, 1.0), normal::ln_pdf(y, 2.5, 1.6)];
        let joint = [predicted(0) + f[0], predicted(1) + f[1]];
        let c = ln_sum_exp(&joint);
        ln_alpha = joint.map(|joint| joint - c);
        let next = sum + c;
        correction += if sum.abs() >= c.abs() { (sum - next) + c } else { (c - next) + sum };
        sum = next;
    }
    assert!(value < -1.7e6, "{value}");
    assert_relative_eq!(value, sum + correction, max_relative = 1e-14);
    // The probabilities of the states have a sum of 1 everywhere.
    let fit = two_normals(&y[..1000]).fit().unwrap();
    let smoothed = model.smoothed(&fit).unwrap();
    for row in [0, 1, 499_999, 500_000, 500_001, n - 1] {
        assert_relative_eq!(smoothed.row(row).sum(), 1.0, max_relative = 1e-14);
    }
}

#[test]
fn the_hessian_of_a_long_series_keeps_its_digits_far_from_the_maximum() {
    // Far away the score is of the order of n: where its square is subtracted the digits are gone.
    let y = long_series(20_000);
    let model = two_normals(&y);
    let theta = [-1.0, 2.0, 4.0, 0.7, 0.3, 0.02];
    let (_, score, hessian) = model.log_likelihood_score_hessian(&theta);
    let moved = |k: usize, h: f64| {
        let mut theta = theta;
        theta[k] += h;
        model.log_likelihood_score(&theta).1
    };
    assert!(score.amax() > 1e4);
    for k in 0..6 {
        let h = 1e-3 * theta[k].abs();
        // Seven points: the error is of the order of h^6.
        let column = (moved(k, h) - moved(k, -h)) * (3.0 / (4.0 * h))
            - (moved(k, 2.0 * h) - moved(k, -2.0 * h)) * (3.0 / (20.0 * h))
            + (moved(k, 3.0 * h) - moved(k, -3.0 * h)) * (1.0 / (60.0 * h));
        assert_relative_eq!(
            hessian.column(k).into_owned(),
            column,
            max_relative = 1e-8,
            epsilon = 1e-9 * hessian.amax()
        );
    }
}

/// Richardson's extrapolation of central second differences of the log-likelihood, to the order of `h^6`.
fn numerical_hessian(l: &dyn Fn(&[f64]) -> f64, theta: &[f64], step: &[f64]) -> DMatrix<f64> {
    let m = theta.len();
    let at = |i: usize, a: f64, j: usize, b: f64| {
        let mut theta = theta.to_vec();
        theta[i] += a * step[i];
        theta[j] += b * step[j];
        l(&theta)
    };
    let second = |i: usize, j: usize, h: f64| {
        let difference = if i == j {
            at(i, h, j, 0.0) - 2.0 * l(theta) + at(i, -h, j, 0.0)
        } else {
            0.25 * (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h))
        };
        difference / (h * h * step[i] * step[j])
    };
    DMatrix::from_fn(m, m, |i, j| {
        let d = [1.0, 0.5, 0.25].map(|h| second(i, j, h));
        let once = [(4.0 * d[1] - d[0]) / 3.0, (4.0 * d[2] - d[1]) / 3.0];
        (16.0 * once[1] - once[0]) / 15.0
    })
}

#[test]
fn standard_errors_are_those_of_a_numerical_hessian() {
    let y = long_series(2000);
    let x: Vec<(f64, f64)> = y.iter().enumerate().map(|(t, &y)| (y, (0.05 * t as f64).sin())).collect();
    let design = Design::from_rows(&x, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    let with_covariates = HiddenMarkov::new(&x)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
        .transition_design(&design)
        .initial(Initial::Given(vec![0.5, 0.5]));
    let models: [(&dyn Likelihood, HiddenMarkovFit); 2] =
        [(&two_normals(&y), two_normals(&y).fit().unwrap()), (&with_covariates, with_covariates.fit().unwrap())];
    for (model, fit) in models {
        let std_errors = fit.std_errors().unwrap();
        let step: Vec<f64> = std_errors.iter().map(|se| 0.5 * se).collect();
        let theta = fit.coefficients().as_slice();
        let information = -numerical_hessian(&|theta| model.log_likelihood(theta), theta, &step);
        let numerical = information.try_inverse().unwrap().diagonal().map(f64::sqrt);
        assert_relative_eq!(std_errors, numerical, max_relative = 1e-6); // that of the differences
    }
}

#[test]
fn standard_errors_are_the_spread_of_the_estimates() {
    let replicates = 200;
    let mut random = Uniform(123);
    let (mut sums, mut squares, mut variances) = ([0.0; 6], [0.0; 6], [0.0; 6]);
    for _ in 0..replicates {
        let mut state = random.state(&[2.0 / 3.0, 1.0 / 3.0]);
        let row = |_| {
            state = random.state(&[[0.95, 0.05], [0.1, 0.9]][state]);
            [0.0, 2.5][state] + [1.0, 1.6][state] * random.normal()
        };
        let y: Vec<f64> = (0..1000).map(row).collect();
        let fit = two_normals(&y).fit().unwrap();
        let std_errors = fit.std_errors().unwrap();
        for k in 0..6 {
            let error = fit.coefficients()[k] - TRUTH[k];
            sums[k] += error;
            squares[k] += error * error;
            variances[k] += std_errors[k].powi(2);
        }
    }
    let n = f64::from(replicates);
    for k in 0..6 {
        let spread = (squares[k] - sums[k] * sums[k] / n) / (n - 1.0);
        // The standard deviation of 200 numbers is known to 5 %, its square to 10 %: three of these.
        assert!((spread / (variances[k] / n) - 1.0).abs() < 0.3, "{k}: {spread} beside {}", variances[k] / n);
        assert!((sums[k] / n).abs() < 4.0 * (spread / n).sqrt() + 0.2 * spread.sqrt(), "{k}: bias {}", sums[k] / n);
    }
}

#[test]
fn baum_welch_newton_and_lbfgs_find_the_same_maximum() {
    let y = long_series(800);
    let model = two_normals(&y);
    let fit = model.fit().unwrap();
    for line in fit.trace().windows(2) {
        let rise = 1e-12 * line[0].value.abs();
        assert!(line[1].value <= line[0].value + rise, "{} to {}", line[0].value, line[1].value);
    }
    let newton = model.fit_with(Newton::default()).unwrap();
    assert_relative_eq!(newton.coefficients(), fit.coefficients(), max_relative = 1e-9, epsilon = 1e-9);
    let lbfgs = model.fit_with(Lbfgs::default()).unwrap();
    assert_relative_eq!(lbfgs.coefficients(), fit.coefficients(), max_relative = 1e-5, epsilon = 1e-5); // its tolerance
    assert!(fit.evaluations().hessians <= 6, "{:?}", fit.evaluations());
    let optima = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(5)).unwrap();
    assert_relative_eq!(optima.best().log_likelihood(), fit.log_likelihood(), max_relative = 1e-10);
    // The two ways that each state may be called.
    let swapped = HiddenMarkov::new(&y)
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd));
    let other = swapped.fit().unwrap();
    for name in fit.names() {
        assert_relative_eq!(
            other.estimate(name).unwrap(),
            fit.estimate(name).unwrap(),
            max_relative = 1e-9,
            epsilon = 1e-9
        );
    }
    let (here, there) = (model.smoothed(&fit).unwrap(), swapped.smoothed(&other).unwrap());
    assert_relative_eq!(here.column(0).into_owned(), there.column(1).into_owned(), epsilon = 1e-9);
}

#[test]
fn covariates_in_the_transitions_are_recovered() {
    let mut random = Uniform(9);
    let (mut state, mut rows) = (0, Vec::new());
    for _ in 0..4000 {
        let x = random.normal();
        let leave = [1.0 / (1.0 + (2.0 - 1.2 * x).exp()), 1.0 / (1.0 + (1.0 + 0.7 * x).exp())][state];
        if random.next() < leave {
            state = 1 - state;
        }
        rows.push(([0.0, 3.0][state] + random.normal(), x));
    }
    let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    let model = HiddenMarkov::new(&rows)
        .state([real("off")], |[mu], row: &(f64, f64)| normal::ln_pdf(row.0, mu, Dual2::from(1.0)))
        .state([real("on").start(2.0)], |[mu], row| normal::ln_pdf(row.0, mu, Dual2::from(1.0)))
        .transition_design(&design);
    let fit = model.fit().unwrap();
    for (name, truth) in [
        ("off", 0.0),
        ("on", 3.0),
        ("transition[off,on].(intercept)", -2.0),
        ("transition[off,on].x", 1.2),
        ("transition[on,off].(intercept)", -1.0),
        ("transition[on,off].x", -0.7),
    ] {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // One sequence begins in one state.
    assert_eq!(fit.status("initial[on]"), Ok(Status::AtLimit));
    let newton = model.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(newton.log_likelihood(), fit.log_likelihood(), max_relative = 1e-12);
    let p = model.transition_matrix_into(17, &fit).unwrap();
    let eta = |name: &str| {
        fit.estimate(&format!("{name}.(intercept)")).unwrap() + fit.estimate(&format!("{name}.x")).unwrap() * rows[17].1
    };
    assert_relative_eq!(p[(0, 1)], 1.0 / (1.0 + (-eta("transition[off,on]")).exp()), max_relative = 1e-13);
    assert_relative_eq!(p[(1, 0)] + p[(1, 1)], 1.0, max_relative = 1e-14);
}

/// Major earthquakes per year, 1900 to 2006; Zucchini et al. (2016).
fn earthquakes() -> Vec<u64> {
    Table::from_csv("examples/data/earthquakes.csv").unwrap().counts("count").unwrap()
}

fn quake_states<'a>(counts: &'a [u64], starts: &[f64]) -> HiddenMarkov<'a, u64> {
    let mut model = HiddenMarkov::new(counts);
    for (name, &start) in ["low", "middle", "high", "highest"].iter().zip(starts) {
        model = model.state([positive(*name).start(start)], |[mean], &k| poisson::ln_pmf(k, mean));
    }
    model
}

#[test]
fn earthquakes_have_the_published_results() {
    let counts = earthquakes();
    // Stationary chains, fitted by direct maximisation in the book.
    let two = quake_states(&counts, &[15.0, 25.0]).fit().unwrap();
    assert_relative_eq!(two.log_likelihood(), -342.3183, epsilon = 5e-5);
    assert_relative_eq!(two.estimate("low").unwrap(), 15.472, epsilon = 5e-4);
    assert_relative_eq!(two.estimate("middle").unwrap(), 26.125, epsilon = 5e-4);
    let model = quake_states(&counts, &[10.0, 20.0, 30.0]);
    let three = model.fit().unwrap();
    assert_relative_eq!(three.log_likelihood(), -329.4603, epsilon = 5e-5);
    for (name, mean) in [("low", 13.146), ("middle", 19.721), ("high", 29.714)] {
        assert_relative_eq!(three.estimate(name).unwrap(), mean, epsilon = 5e-4);
    }
    assert_eq!(three.status("transition[high,low]"), Ok(Status::AtLimit));
    let p = model.transition_matrix(&three).unwrap();
    for row in p.row_iter() {
        assert_relative_eq!(row.sum(), 1.0, max_relative = 1e-14);
    }
    let delta = model.stationary_distribution(&three).unwrap();
    assert_relative_eq!(delta[0], 0.4436, epsilon = 5e-5);
    assert_relative_eq!(model.initial_probabilities(&three).unwrap(), delta);

    // A free beginning, fitted by EM in the book: one sequence says no more than in which state it began.
    for starts in [&[15.0, 25.0][..], &[25.0, 15.0]] {
        let free = quake_states(&counts, starts).initial(Initial::Free).fit().unwrap();
        assert_relative_eq!(free.log_likelihood(), -341.8787, epsilon = 5e-5);
        assert_eq!(free.status("initial[middle]"), Ok(Status::AtLimit));
        assert_eq!(free.estimate("initial[middle]"), Ok(if starts[0] < 20.0 { 0.0 } else { 1.0 }));
    }
    // The likeliest state first, second and third.
    for starts in [[10.0, 20.0, 30.0], [20.0, 10.0, 30.0], [30.0, 20.0, 10.0]] {
        let free = quake_states(&counts, &starts).initial(Initial::Free).fit().unwrap();
        assert_relative_eq!(free.log_likelihood(), -328.5275, epsilon = 5e-5);
        let sum = free.estimate("initial[middle]").unwrap() + free.estimate("initial[high]").unwrap();
        assert_eq!(sum, if starts[0] == 10.0 { 0.0 } else { 1.0 });
        assert!(free.std_error("low").is_ok(), "{free}");
    }
}

#[test]
fn sequences_that_all_begin_in_one_state_have_a_sure_beginning() {
    let mut random = Uniform(4);
    let mut y = Vec::new();
    for _ in 0..20 {
        let mut state = 2;
        for t in 0..30 {
            if t > 0 {
                state = random.state(&[[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]][state]);
            }
            y.push([-5.0, 0.0, 5.0][state] + random.normal());
        }
    }
    let unit = Dual2::from(1.0);
    for order in [[-4.0, 1.0, 4.0], [4.0, 1.0, -4.0], [1.0, 4.0, -4.0]] {
        let [a, b, c] = order;
        let model = HiddenMarkov::new(&y)
            .state([real("a").start(a)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .state([real("b").start(b)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .state([real("c").start(c)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .initial(Initial::Free)
            .sequences(&[30; 20]);
        let fit = model.fit().unwrap();
        assert!(fit.std_error("transition[a,b]").is_ok(), "{fit}");
        let delta = model.initial_probabilities(&fit).unwrap();
        assert_eq!(delta.argmax(), (order.iter().position(|&mu| mu == 4.0).unwrap(), 1.0), "{fit}");
    }
}

#[test]
fn the_fractions_of_missing_information_are_the_rates_of_baum_welch() {
    let y = long_series(600);
    let model = two_normals(&y).initial(Initial::Given(vec![0.5, 0.5]));
    let steps = HiddenMarkovLikelihood::new(&y)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("wild"), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .initial(Initial::Given(vec![0.5, 0.5]));
    let fit = model.fit().unwrap();
    let missing = model.missing_information(&fit).unwrap();
    assert_eq!(missing.fractions().len(), 6);
    // Baum-Welch by the textbook's formulas; its error shrinks by the map's derivatives at the maximum.
    let map = |theta: &DVector<f64>| {
        let (_, expected) = steps.expected(theta.as_slice());
        let (gamma, n) = (&expected.gamma, &expected.transitions);
        let mut next = theta.clone();
        for j in 0..2 {
            let mean = gamma.column(j).iter().zip(&y).map(|(g, y)| g * y).sum::<f64>() / gamma.column(j).sum();
            let squares: f64 = gamma.column(j).iter().zip(&y).map(|(g, y)| g * (y - mean).powi(2)).sum();
            next[2 * j] = mean;
            next[2 * j + 1] = (squares / gamma.column(j).sum()).sqrt();
        }
        next[4] = n[(0, 1)] / n.row(0).sum();
        next[5] = n[(1, 0)] / n.row(1).sum();
        next
    };
    let moved = |k: usize, h: f64| {
        let mut theta = fit.coefficients().clone();
        theta[k] += h;
        map(&theta)
    };
    // Five points: the error is of the order of h^4.
    let h = 1e-3;
    let slope = |k: usize| {
        (moved(k, h) - moved(k, -h)) * (2.0 / (3.0 * h)) - (moved(k, 2.0 * h) - moved(k, -2.0 * h)) * (1.0 / (12.0 * h))
    };
    let jacobian = DMatrix::from_columns(&(0..6).map(slope).collect::<Vec<_>>());
    let mut rates: Vec<f64> = jacobian.complex_eigenvalues().iter().map(|rate| rate.re).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    assert_relative_eq!(missing.fractions(), &rates[..], epsilon = 1e-8);
    assert_eq!(missing.rate(), missing.fractions()[0]);
}

#[test]
fn a_row_may_be_far_likelier_in_a_state_where_the_chain_cannot_be() {
    // The densities of the first row are e^-5000 and 1, and it is the first state for sure; the same where a sequence begins again.
    let y = [100.0, 0.5, 99.0, 100.0];
    let unit = Dual2::from(1.0);
    let model = HiddenMarkovLikelihood::new(&y)
        .state([real("near")], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .state([real("far").start(100.0)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .initial(Initial::Given(vec![1.0, 0.0]))
        .sequences(&[3, 1]);
    let theta = [0.0, 100.0, 0.2, 0.3];
    let f = |y: f64, mu: f64| normal::ln_pdf(y, mu, 1.0);
    let expected = 2.0 * f(100.0, 0.0) + 0.8_f64.ln() + f(0.5, 0.0) + 0.2_f64.ln() + f(99.0, 100.0);
    let (value, score, hessian) = model.log_likelihood_score_hessian(&theta);
    assert_relative_eq!(value, expected, max_relative = 1e-14);
    assert_relative_eq!(score[0], 100.0 + 100.0 + 0.5, max_relative = 1e-12);
    assert_relative_eq!(score[1], -1.0, max_relative = 1e-12);
    assert_relative_eq!(score[2], 1.0 / 0.2 - 1.0 / 0.8, max_relative = 1e-12);
    assert_relative_eq!(hessian[(0, 0)], -3.0, max_relative = 1e-12);
    assert_relative_eq!(hessian[(2, 2)], -1.0 / 0.04 - 1.0 / 0.64, max_relative = 1e-12);
    assert_eq!(model.viterbi(&theta), [Some(0), Some(0), Some(1), Some(0)]);
}
