//! Against sums over all paths of the hidden states, and recursions in dual numbers.
use approx::assert_relative_eq;
use maxlik::model::HiddenMarkovLikelihood;
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::uniform::Uniform;

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
