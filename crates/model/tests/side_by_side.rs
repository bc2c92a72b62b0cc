//! Densities as `LogDensity`, whose rows go side by side in lanes, against the same densities as closures, whose rows go one by one.
use maxlik_dual::Real;
use maxlik_model::distribution::*;
use maxlik_model::{Design, Likelihood, LogDensity, Model, linear, real};

/// Compares value, score and Hessian of two forms of a model; infinite and undefined values have to be the same.
fn compare(name: &str, lanes: &dyn Likelihood, scalar: &dyn Likelihood, theta: &[f64]) {
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
    density!("binomial, few trials", u64, rows, [p = 0.3], |y| binomial::ln_pmf(*y, 12, p));
    density!("binomial, logit, few trials", u64, rows, [eta = 0.3], |y| binomial::ln_pmf_logit(*y, 12, eta));
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
    struct Weibull;
    impl LogDensity<f64, 2> for Weibull {
        fn ln_density<T: Real>(&self, [shape, scale]: [T; 2], y: &f64) -> T {
            weibull::ln_pdf(*y, shape, scale)
        }
    }
    for bad in [-1.0, 0.0, f64::INFINITY, f64::NAN, 5e-324, 1e300] {
        let mut rows = positive();
        rows[517] = bad;
        let lanes = Model::from_density(&rows, [real("shape"), real("scale")], Weibull);
        let scalar = Model::new(&rows, [real("shape"), real("scale")], |z, y| Weibull.ln_density(z, y));
        compare(&format!("weibull at {bad}"), &lanes, &scalar, &[1.6, 2.4]);
        let places = [&lanes as &dyn Likelihood, &scalar]
            .map(|model| model.first_not_finite(&[1.6, 2.4]).map(|found| found.row));
        assert_eq!(places[0], places[1], "{bad}");
    }
}
