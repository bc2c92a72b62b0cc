//! Densities as `LogDensity`, whose rows go side by side in lanes, against the same densities as closures, whose rows go one by one.
use maxlik_dual::Real;
use maxlik_model::distribution::*;
use maxlik_model::{Design, Likelihood, LogDensity, Model, linear, real};

/// Compares value, score and Hessian of two forms of a model, which are finite.
fn compare(name: &str, lanes: &dyn Likelihood, scalar: &dyn Likelihood, theta: &[f64]) {
    assert!(scalar.log_likelihood(theta).is_finite(), "{name}: nothing to compare");
    compare_any(name, lanes, scalar, theta);
}

/// The same where infinite and undefined values have to be the same.
fn compare_any(name: &str, lanes: &dyn Likelihood, scalar: &dyn Likelihood, theta: &[f64]) {
    let (value, score, hessian) = lanes.log_likelihood_score_hessian(theta);
    let (of_scalar, scalar_score, scalar_hessian) = scalar.log_likelihood_score_hessian(theta);
    let close = |found: f64, expected: f64, scale: f64| {
        found == expected || found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-12 * scale
    };
    // Relative to the largest entry: sums over rows of either sign cancel.
    let largest = |entries: &[f64]| entries.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    for found in [value, lanes.log_likelihood_score(theta).0, lanes.log_likelihood(theta)] {
        assert!(close(found, of_scalar, of_scalar.abs()), "{name}: {found} {of_scalar}");
    }
    // Numbers of the first order have NaN for some derivatives of what is infinite, where those of the second order know better.
    if !of_scalar.is_finite() {
        return;
    }
    let scores = [score, lanes.log_likelihood_score(theta).1];
    for (found, expected) in scores.iter().flat_map(|score| score.iter().zip(&scalar_score)) {
        assert!(close(*found, *expected, largest(scalar_score.as_slice())), "{name}, score: {found} {expected}");
    }
    for (found, expected) in hessian.iter().zip(&scalar_hessian) {
        assert!(close(*found, *expected, largest(scalar_hessian.as_slice())), "{name}, Hessian: {found} {expected}");
    }
}

/// A density of some rows in both forms: with scalar parameters, with weights, and with arguments that differ from row to row.
macro_rules! density {
    ($name:literal, $row:ty, $rows:expr, [$($p:ident = $v:literal),+], |$y:ident| $body:expr) => {{
        struct D;
        impl LogDensity<$row, { [$($v),+].len() }> for D {
            #[inline(always)]
            fn ln_density<T: Real>(&self, [$($p),+]: [T; { [$($v),+].len() }], $y: &$row) -> T {
                $body
            }
        }
        let rows: &[$row] = $rows;
        let weights: Vec<f64> = (0..rows.len()).map(|i| 0.25 * (i % 7) as f64).collect();
        let scalars = || [$(real(stringify!($p))),+];
        let lanes = Model::from_density(rows, scalars(), D);
        let scalar = Model::new(rows, scalars(), |[$($p),+], $y| $body);
        compare($name, &lanes, &scalar, &[$($v),+]);
        compare($name, &lanes.weights(&weights), &scalar.weights(&weights), &[$($v),+]);
        // The coefficient is multiplied by numbers from 0.9 to 1.1.
        let factors: Vec<f64> = (0..rows.len()).map(|i| 0.9 + 0.2 * (i as f64 * 0.618_033_988_75).fract()).collect();
        let design = || Design::from_rows(&factors, ["x"], |x| [*x]).unwrap();
        let linear = || [$(linear(stringify!($p), design())),+];
        let lanes = Model::from_density(rows, linear(), D);
        compare(concat!($name, " by row"), &lanes, &Model::new(rows, linear(), |[$($p),+], $y| $body), &[$($v),+]);
    }};
}

/// Numbers from -4 to 6, not a whole number of groups of rows.
fn reals() -> Vec<f64> {
    (0..1237).map(|i| 10.0 * (f64::from(i) * 0.618_033_988_75).fract() - 4.0).collect()
}

fn positive() -> Vec<f64> {
    reals().iter().map(|x| x.exp()).collect()
}

/// Counts from 0, some of them large.
fn counts() -> Vec<u64> {
    (0..1237).map(|i| if i % 97 == 41 { 150 + i } else { i * i % 13 }).collect()
}

#[test]
fn densities_on_the_line_agree() {
    let rows = &reals();
    density!("normal", f64, rows, [mu = 0.3, sigma = 1.7], |y| normal::ln_pdf(*y, mu, sigma));
    density!("logistic", f64, rows, [mu = 0.3, s = 1.2], |y| logistic::ln_pdf(*y, mu, s));
    density!("cauchy", f64, rows, [mu = 0.3, s = 1.2], |y| cauchy::ln_pdf(*y, mu, s));
    density!("laplace", f64, rows, [mu = 0.31, s = 1.2], |y| laplace::ln_pdf(*y, mu, s));
    density!("gumbel", f64, rows, [mu = 0.3, s = 1.2], |y| gumbel::ln_pdf(*y, mu, s));
    density!("student t", f64, rows, [mu = 0.3, s = 1.2, nu = 4.5], |y| student_t::ln_pdf(*y, mu, s, nu));
    density!("student t, many degrees", f64, rows, [mu = 0.3, s = 1.2, nu = 20.5], |y| student_t::ln_pdf(
        *y, mu, s, nu
    ));
    density!("skew normal", f64, rows, [mu = 0.3, s = 1.2, a = 1.5], |y| skew_normal::ln_pdf(*y, mu, s, a));
    density!("gev", f64, rows, [mu = 0.3, s = 4.2, k = 0.1], |y| gev::ln_pdf(*y, mu, s, k));
    density!("two normals", f64, rows, [mu = 0.3, s = 1.2, share = -0.4], |y| {
        (normal::ln_pdf(*y, mu, s) + share.ln_sigmoid())
            .ln_add_exp(normal::ln_pdf(*y, mu + 3.0, s) + (-share).ln_sigmoid())
    });
}

#[test]
fn densities_of_positive_numbers_agree() {
    let rows = &positive();
    density!("exponential", f64, rows, [rate = 0.4], |y| exponential::ln_pdf(*y, rate));
    density!("weibull", f64, rows, [shape = 1.6, scale = 2.4], |y| weibull::ln_pdf(*y, shape, scale));
    density!("weibull, survival", f64, rows, [shape = 1.6, scale = 2.4], |y| weibull::ln_sf(*y, shape, scale));
    density!("gamma", f64, rows, [shape = 1.6, rate = 0.7], |y| gamma::ln_pdf(*y, shape, rate));
    density!("gamma, large shape", f64, rows, [shape = 16.0, rate = 0.7], |y| gamma::ln_pdf(*y, shape, rate));
    density!("log-normal", f64, rows, [mu = 0.6, sigma = 0.7], |y| log_normal::ln_pdf(*y, mu, sigma));
    density!("log-logistic", f64, rows, [shape = 1.6, scale = 2.4], |y| log_logistic::ln_pdf(*y, shape, scale));
    density!("inverse Gaussian", f64, rows, [mean = 1.6, shape = 2.4], |y| inverse_gaussian::ln_pdf(*y, mean, shape));
    let shares: Vec<f64> = rows.iter().map(|x| x / (1.0 + x)).collect();
    density!("Pareto", f64, rows, [minimum = 1e-9, shape = 2.4], |y| pareto::ln_pdf(*y, minimum, shape));
    density!("beta", f64, &shares, [a = 1.2, b = 1.4], |y| beta::ln_pdf(*y, a, b));
}

#[test]
fn densities_of_counts_agree() {
    let rows = &counts();
    density!("poisson", u64, rows, [mean = 3.6], |y| poisson::ln_pmf(*y, mean));
    density!("poisson, logarithm of the mean", u64, rows, [eta = 1.2], |y| poisson::ln_pmf(*y, eta.exp()));
    density!("negative binomial", u64, rows, [mean = 3.6, size = 1.4], |y| negative_binomial::ln_pmf(*y, mean, size));
    density!("negative binomial, size 8", u64, rows, [mean = 3.6, size = 8.0], |y| negative_binomial::ln_pmf(
        *y, mean, size
    ));
    density!("nearly Poisson", u64, rows, [mean = 3.6, size = 100.0], |y| negative_binomial::ln_pmf(*y, mean, size));
    density!("geometric", u64, rows, [p = 0.3], |y| geometric::ln_pmf(*y, p));
    density!("binomial", u64, rows, [p = 0.3], |y| binomial::ln_pmf(*y, 2000, p));
    let few: Vec<u64> = rows.iter().map(|k| k % 13).collect();
    density!("binomial, few trials", u64, &few, [p = 0.3], |y| binomial::ln_pmf(*y, 12, p));
    density!("binomial, logit, few trials", u64, &few, [eta = 0.3], |y| binomial::ln_pmf_logit(*y, 12, eta));
    let some: Vec<u64> = rows.iter().map(|k| k % 201).collect();
    density!("binomial, 200 trials", u64, &some, [p = 0.7], |y| binomial::ln_pmf(*y, 200, p));
    density!("binomial, logit, 200 trials", u64, &some, [eta = -0.3], |y| binomial::ln_pmf_logit(*y, 200, eta));
    density!("binomial, logit", u64, rows, [eta = -0.3], |y| binomial::ln_pmf_logit(*y, 2000, eta));
    density!("zero-inflated", u64, rows, [share = -0.7, eta = 1.2], |y| {
        zero_inflated::ln_pmf_logit(*y, share, |k| poisson::ln_pmf(k, eta.exp()))
    });
    density!("hurdle", u64, rows, [share = -0.7, eta = 1.2], |y| {
        hurdle::ln_pmf_logit(*y, share, |k| poisson::ln_pmf(k, eta.exp()))
    });
    let flips: Vec<bool> = rows.iter().map(|k| k % 3 == 0).collect();
    density!("bernoulli", bool, &flips, [p = 0.3], |y| bernoulli::ln_pmf(*y, p));
    density!("bernoulli, logit", bool, &flips, [eta = -0.6], |y| bernoulli::ln_pmf_logit(*y, eta));
}

#[test]
fn rows_that_disagree_take_each_its_own_branch() {
    let rows = &reals();
    density!("branches on data and parameters", f64, rows, [a = 0.7, b = 1.1], |y| {
        if *y > 1.0 {
            (a * *y).exp() + b
        } else if a.value() * *y < -0.5 {
            (b * *y).ln_1p_or_zero()
        } else {
            a * b * *y
        }
    });
}

/// A function with a loop, which never goes in lanes.
trait Loop: Real {
    fn ln_1p_or_zero(self) -> Self {
        let mut x = self;
        let mut rounds = 0;
        while x.value().abs() > 0.3 && rounds < 50 {
            x *= 0.5;
            rounds += 1;
        }
        x.ln_1p()
    }
}

impl<T: Real> Loop for T {}

#[test]
fn exceptional_rows_are_evaluated_one_by_one() {
    let rows = &reals();
    // Every row exceptional, some, and none.
    for limit in [-10.0, 5.0, 5.9, 10.0] {
        struct Limited(f64);
        impl LogDensity<f64, 2> for Limited {
            #[inline(always)]
            fn ln_density<T: Real>(&self, [a, b]: [T; 2], y: &f64) -> T {
                if a.exceptional(*y > self.0) { a.sin() * *y } else { (a * *y).exp() - b }
            }
        }
        let density = Limited(limit);
        let lanes = Model::from_density(rows, [real("a"), real("b")], Limited(limit));
        let scalar = Model::new(rows, [real("a"), real("b")], |z, y| density.ln_density(z, y));
        compare("limited", &lanes, &scalar, &[0.4, 1.3]);
    }
}

#[test]
fn what_is_not_finite_is_the_same_in_lanes() {
    fn same<D: LogDensity<f64, 2>>(name: &str, density: &D, rows: &[f64], theta: [f64; 2]) {
        let parameters = || [real("a"), real("b")];
        let lanes = Model::from_density(rows, parameters(), ByReference(density));
        let scalar = Model::new(rows, parameters(), |z, y| density.ln_density(z, y));
        compare_any(name, &lanes, &scalar, &theta);
        let places = [&lanes as &dyn Likelihood, &scalar]
            .map(|model| model.first_not_finite(&theta).map(|found| (found.row, found.log_density.to_bits())));
        assert_eq!(places[0], places[1], "{name}");
    }
    struct ByReference<'d, D>(&'d D);
    impl<D: LogDensity<f64, 2>> LogDensity<f64, 2> for ByReference<'_, D> {
        #[inline(always)]
        fn ln_density<T: Real>(&self, z: [T; 2], y: &f64) -> T {
            self.0.ln_density(z, y)
        }
    }
    macro_rules! densities {
        ($($type:ident, $density:path, [$($theta:expr),+];)+) => {$({
            struct $type;
            impl LogDensity<f64, 2> for $type {
                #[inline(always)]
                fn ln_density<T: Real>(&self, [a, b]: [T; 2], y: &f64) -> T {
                    $density(*y, a, b)
                }
            }
            for bad in [-1.0, 0.0, f64::INFINITY, f64::NAN, 5e-324, 1e300] {
                for theta in [$($theta),+] {
                    let mut rows = positive();
                    rows[517] = bad;
                    same(&format!("{} at {bad}, {theta:?}", stringify!($type)), &$type, &rows, theta);
                }
            }
        })+};
    }
    densities! {
        Weibull, weibull::ln_pdf, [[1.6, 2.4]];
        LogLogistic, log_logistic::ln_pdf, [[1.6, 2.4], [1.6, 1.0], [1.6, 0.7], [-1.6, 2.4]];
        Pareto, pareto::ln_pdf, [[1e-9, 2.4], [0.3, 2.4], [0.3, -2.4]];
        InverseGaussian, inverse_gaussian::ln_pdf, [[1.6, 2.4], [1.6, -2.4]];
    }
}

#[test]
fn more_successes_than_trials_are_impossible_in_lanes() {
    let rows = counts();
    macro_rules! first {
        ($density:path, $at:expr) => {{
            struct D;
            impl LogDensity<u64, 1> for D {
                #[inline(always)]
                fn ln_density<T: Real>(&self, [p]: [T; 1], k: &u64) -> T {
                    $density(*k, 12, p)
                }
            }
            let model = Model::from_density(&rows, [real("p")], D);
            assert_eq!(model.log_likelihood(&[$at]), f64::NEG_INFINITY);
            let found = model.first_not_finite(&[$at]).unwrap();
            assert_eq!((found.row, found.log_density), (Some(41), f64::NEG_INFINITY));
        }};
    }
    first!(binomial::ln_pmf, 0.3);
    first!(binomial::ln_pmf_logit, 0.3);
}

#[test]
fn any_number_of_rows_and_of_exceptional_ones_is_right() {
    struct Limited;
    impl LogDensity<f64, 2> for Limited {
        #[inline(always)]
        fn ln_density<T: Real>(&self, [a, b]: [T; 2], y: &f64) -> T {
            if a.exceptional(*y > 4.0) { a.sin() * *y } else { (a * *y).exp() - b }
        }
    }
    let all = reals();
    for n in 1..=140 {
        let rows = &all[n..2 * n];
        let scalar = Model::new(rows, [real("a"), real("b")], |z, y| Limited.ln_density(z, y));
        compare("alike", &Model::from_density(rows, [real("a"), real("b")], Limited), &scalar, &[0.4, 1.3]);
        let design = || Design::from_rows(rows, ["x"], |y| [1.0 + 0.01 * y]).unwrap();
        let parameters = || [linear("a", design()), real("b")];
        let scalar = Model::new(rows, parameters(), |z, y| Limited.ln_density(z, y));
        compare("by row", &Model::from_density(rows, parameters(), Limited), &scalar, &[0.4, 1.3]);
    }
}

#[test]
fn a_pass_that_is_not_finite_leaves_nothing_behind() {
    let fresh = |rows: &[f64]| {
        let design = Design::from_rows(rows, ["(intercept)", "x"], |y| [1.0, y.sin()]).unwrap();
        let parameters = [linear("mu", design), real("sigma")];
        let model = Model::new(rows, parameters, |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma));
        model.log_likelihood_score_hessian(&[0.4, 0.1, 1.3])
    };
    let rows = reals();
    let expected = [fresh(&rows), fresh(&rows[..5])];
    // Longer columns, more of them, and NaN in all.
    let odd = Model::new(&rows, [real("a"), real("b"), real("c")], |[a, b, c], &y| (a * y).ln() * b * c);
    assert!(odd.log_likelihood_score_hessian(&[-0.4, 1.0, 2.0]).0.is_nan());
    assert_eq!([fresh(&rows), fresh(&rows[..5])], expected);
}
