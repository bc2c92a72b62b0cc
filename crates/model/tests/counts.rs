//! Distributions of counts: derivatives of their tails, the ends of their parameters' domains, and their samplers there.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Dual3, Real};
use maxlik_model::distribution::bernoulli::Bernoulli;
use maxlik_model::distribution::beta_binomial::BetaBinomial;
use maxlik_model::distribution::binomial::Binomial;
use maxlik_model::distribution::geometric::Geometric;
use maxlik_model::distribution::hurdle::Hurdle;
use maxlik_model::distribution::negative_binomial::NegativeBinomial;
use maxlik_model::distribution::poisson::Poisson;
use maxlik_model::distribution::zero_inflated::ZeroInflated;
use maxlik_model::distribution::{
    DistributionError, beta_binomial, binomial, geometric, hurdle, negative_binomial, poisson, zero_inflated,
};
use rand::rngs::StdRng;
use rand::{SeedableRng, distr::Distribution};

const NEVER: f64 = f64::NEG_INFINITY;

#[test]
fn tails_differ_by_probabilities_in_all_derivatives() {
    let check = |what: &str, pmf: Dual2<2>, upper: Dual2<2>, lower: Dual2<2>| {
        let (found, expected) = (upper.exp() - lower.exp(), pmf.exp());
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() <= 1e-13 + 1e-11 * expected.abs(), "{what}: {found} {expected}");
        };
        close(found.value(), expected.value());
        for i in 0..2 {
            close(found.gradient()[i], expected.gradient()[i]);
            for j in 0..=i {
                close(found.hessian(i, j), expected.hessian(i, j));
            }
        }
    };
    let [p, mean] = Dual2::variables([0.3, 3.5]);
    for k in [1, 4, 9] {
        let n = 12;
        check("binomial", binomial::ln_pmf(k, n, p), binomial::ln_cdf(k, n, p), binomial::ln_cdf(k - 1, n, p));
        check("binomial", binomial::ln_pmf(k, n, p), binomial::ln_sf(k - 1, n, p), binomial::ln_sf(k, n, p));
        check("geometric", geometric::ln_pmf(k, p), geometric::ln_cdf(k, p), geometric::ln_cdf(k - 1, p));
        check("geometric", geometric::ln_pmf(k, p), geometric::ln_sf(k - 1, p), geometric::ln_sf(k, p));
        check("poisson", poisson::ln_pmf(k, mean), poisson::ln_cdf(k, mean), poisson::ln_cdf(k - 1, mean));
        check("poisson", poisson::ln_pmf(k, mean), poisson::ln_sf(k - 1, mean), poisson::ln_sf(k, mean));
        for size in [0.4, 2.5, 70.0, 1e6] {
            let [mean, size] = Dual2::variables([3.5, size]);
            let pmf = negative_binomial::ln_pmf(k, mean, size);
            let ln_cdf = |k| negative_binomial::ln_cdf(k, mean, size);
            let ln_sf = |k| negative_binomial::ln_sf(k, mean, size);
            check("negative binomial", pmf, ln_cdf(k), ln_cdf(k - 1));
            check("negative binomial", pmf, ln_sf(k - 1), ln_sf(k));
        }
    }
}

#[test]
fn large_counts_have_the_derivatives_of_small_ones() {
    // Both ways to the negative binomial and the binomial, on the sides of the bounds between them: ratios of neighbours.
    for k in [15, 16, 127, 128] {
        let [mean, size] = Dual2::variables([90.0, 12.5]);
        let ratio = negative_binomial::ln_pmf(k + 1, mean, size) - negative_binomial::ln_pmf(k, mean, size);
        let expected = (mean / (mean + size)).ln() + (size + k as f64).ln() - (k as f64 + 1.0).ln();
        assert_relative_eq!(ratio.value(), expected.value(), epsilon = 1e-12);
        for i in 0..2 {
            assert_relative_eq!(ratio.gradient()[i], expected.gradient()[i], epsilon = 1e-13);
            for j in 0..=i {
                assert_relative_eq!(ratio.hessian(i, j), expected.hessian(i, j), epsilon = 1e-13);
            }
        }
        let [p] = Dual2::variables([0.07]);
        let n = 1200;
        let ratio = binomial::ln_pmf(k + 1, n, p) - binomial::ln_pmf(k, n, p);
        let expected = p.logit() + ((n - k) as f64).ln() - (k as f64 + 1.0).ln();
        assert_relative_eq!(ratio.value(), expected.value(), epsilon = 1e-12);
        assert_relative_eq!(ratio.gradient()[0], expected.gradient()[0], max_relative = 1e-11);
        assert_relative_eq!(ratio.hessian(0, 0), expected.hessian(0, 0), max_relative = 1e-11);
    }
}

#[test]
fn tails_at_the_ends_are_certain_or_impossible() {
    assert_eq!([binomial::ln_cdf(2, 5, 0.0), binomial::ln_sf(2, 5, 0.0)], [0.0, NEVER]);
    assert_eq!([binomial::ln_cdf(2, 5, 1.0), binomial::ln_sf(2, 5, 1.0)], [NEVER, 0.0]);
    for k in [5, 6] {
        assert_eq!([binomial::ln_cdf(k, 5, 0.3), binomial::ln_sf(k, 5, 0.3)], [0.0, NEVER]);
    }
    assert_eq!([poisson::ln_cdf(2, 0.0), poisson::ln_sf(2, 0.0)], [0.0, NEVER]);
    assert_eq!([poisson::ln_cdf(2, f64::INFINITY), poisson::ln_sf(2, f64::INFINITY)], [NEVER, 0.0]);
    assert_eq!([geometric::ln_cdf(2, 1.0), geometric::ln_sf(2, 1.0)], [0.0, NEVER]);
    assert_eq!(geometric::ln_pmf(0, 1.0), 0.0);
    assert_eq!(geometric::ln_pmf(3, 1.0), NEVER);
    assert_eq!([negative_binomial::ln_cdf(2, 0.0, 1.5), negative_binomial::ln_sf(2, 0.0, 1.5)], [0.0, NEVER]);
    let infinite = f64::INFINITY;
    assert_eq!(negative_binomial::ln_cdf(2, 2.5, infinite), poisson::ln_cdf(2, 2.5));
    assert_eq!(negative_binomial::ln_sf(2, 2.5, infinite), poisson::ln_sf(2, 2.5));
}

#[test]
fn tails_outside_the_domain_are_nan() {
    for p in [-0.1, 1.1, f64::NAN] {
        assert!(binomial::ln_cdf(2, 5, p).is_nan() && binomial::ln_sf(7, 5, p).is_nan());
        assert!(geometric::ln_cdf(2, p).is_nan() && geometric::ln_sf(2, p).is_nan());
    }
    assert!(geometric::ln_cdf(0, 0.0).is_nan() && geometric::ln_pmf(3, 0.0).is_nan());
    assert!(poisson::ln_cdf(2, -1.0).is_nan() && poisson::ln_sf(2, f64::NAN).is_nan());
    for (mean, size) in [(-1.0, 2.5), (2.5, 0.0), (2.5, -1.0), (f64::NAN, 2.5), (2.5, f64::NAN), (-1.0, 1e300)] {
        assert!(negative_binomial::ln_cdf(2, mean, size).is_nan(), "{mean} {size}");
        assert!(negative_binomial::ln_sf(2, mean, size).is_nan(), "{mean} {size}");
    }
}

#[test]
fn a_constant_has_no_derivative() {
    let constant = Dual2::<1>::constant;
    let flat = |f: Dual2<1>| f.gradient() == [0.0] && f.hessian(0, 0) == 0.0;
    for p in [0.0, 0.3, 1.0] {
        for (k, n) in [(0, 5), (2, 5), (5, 5), (40, 90), (0, 0)] {
            assert!(flat(binomial::ln_pmf(k, n, constant(p))), "{k} {n} {p}");
            assert!(flat(binomial::ln_cdf(k, n, constant(p))) && flat(binomial::ln_sf(k, n, constant(p))));
        }
        for k in [0, 3] {
            assert!(flat(zero_inflated::ln_pmf(k, constant(p), |k| poisson::ln_pmf(k, constant(2.5)))));
            assert!(flat(zero_inflated::ln_pmf(k, constant(p), |k| poisson::ln_pmf(k, constant(2500.0)))));
            assert!(flat(hurdle::ln_pmf(k, constant(p), |k| poisson::ln_pmf(k, constant(2.5)))));
        }
    }
    for k in [0, 3, 200] {
        for size in [1e-300, 2.5, 1e300, f64::INFINITY] {
            for mean in [0.0, 1e-300, 2.5, 1e300] {
                assert!(flat(negative_binomial::ln_pmf(k, constant(mean), constant(size))), "{k} {mean} {size}");
            }
        }
        assert!(flat(geometric::ln_pmf(k, constant(1.0))) && flat(geometric::ln_cdf(k, constant(1.0))));
        assert!(flat(beta_binomial::ln_pmf(k, 200, constant(1e-300), constant(1e300))));
    }
}

#[test]
fn zero_inflation_between_never_and_always() {
    let at = |zero: f64, mean| zero_inflated::ln_pmf(0, zero, |k| poisson::ln_pmf(k, mean));
    assert_eq!([at(0.0, 2.5), at(0.0, 2500.0), at(1.0, 2.5), at(1.0, 2500.0)], [-2.5, -2500.0, 0.0, 0.0]);
    // Nearly certain: -(1 - zero) (1 - e^-mean), to first order.
    assert!((at(0.25, 1e-20) / -0.75e-20 - 1.0).abs() < 1e-15);
    let logit = |eta: f64, mean| zero_inflated::ln_pmf_logit(0, eta, |k| poisson::ln_pmf(k, mean));
    assert!((logit(40.0, 2.5) / (-(-40.0_f64).exp() * (1.0 - (-2.5_f64).exp())) - 1.0).abs() < 1e-14);
    assert_eq!([logit(-2000.0, 2500.0), logit(-3000.0, 2500.0), logit(1e300, 2500.0)], [-2000.0, -2500.0, 0.0]);
    // A base without zeros.
    assert_eq!(zero_inflated::ln_pmf(0, 0.3, |_| NEVER), 0.3_f64.ln());
    assert_eq!(zero_inflated::ln_pmf(0, 0.0, |_| NEVER), NEVER);
    assert_eq!(hurdle::ln_pmf(2, 0.0, |k| if k == 0 { NEVER } else { -1.5 }), -1.5);
    // A base of zeros only leaves nothing to condition on.
    assert!(hurdle::ln_pmf(2, 0.3, |k| if k == 0 { 0.0 } else { NEVER }).is_nan());
    assert!(zero_inflated::ln_pmf(0, 1.5, |_| -1.0).is_nan() && hurdle::ln_pmf(0, -0.5, |_| -1.0).is_nan());
}

#[test]
fn samplers_work_over_the_whole_domain() -> Result<(), DistributionError> {
    let mut rng = StdRng::seed_from_u64(5);
    let mut draw = |known: &dyn Fn(&mut StdRng) -> u64| -> Vec<u64> { (0..100).map(|_| known(&mut rng)).collect() };
    let always = |draws: Vec<u64>, value: u64| draws.iter().all(|&k| k == value);
    for (p, value) in [(0.0, 0), (1.0, 7)] {
        let known = Binomial::new(7, p)?;
        assert!(always(draw(&|rng| known.sample(rng)), value));
        let known = Bernoulli::new(p)?;
        assert!(always(draw(&|rng| u64::from(known.sample(rng)) * 7), value));
    }
    for (n, p) in [(u64::MAX, 0.5), (u64::MAX, 1e-300), (u64::MAX, 1.0 - 1e-16), (1, 0.5), (0, 0.5)] {
        let known = Binomial::new(n, p)?;
        assert!(draw(&|rng| known.sample(rng)).iter().all(|&k| k <= n));
    }
    let known = Geometric::new(1.0)?;
    assert!(always(draw(&|rng| known.sample(rng)), 0));
    let known = Geometric::new(f64::MIN_POSITIVE)?;
    assert!(always(draw(&|rng| known.sample(rng)), u64::MAX));
    for (mean, size) in [(0.0, 1e-300), (0.0, 1e300), (1e300, 1e-300), (1e-300, 1e300), (2.5, 1e300), (2.5, 1e-300)] {
        let known = NegativeBinomial::new(mean, size)?;
        draw(&|rng| known.sample(rng));
    }
    for alpha in [1e-300, 2.5, 1e300] {
        for beta in [1e-300, 2.5, 1e300] {
            let known = BetaBinomial::new(40, alpha, beta)?;
            let draws = draw(&|rng| known.sample(rng));
            let mean = draws.iter().sum::<u64>() as f64 / 100.0;
            assert!((mean - known.mean()).abs() <= 0.5 * known.variance().sqrt(), "{alpha} {beta}: {mean}");
        }
    }
    let known = ZeroInflated::new(1.0, Poisson::new(2.5)?)?;
    assert!(always(draw(&|rng| known.sample(rng)), 0));
    let known = Hurdle::new(0.0, Poisson::new(0.01)?, (-0.01_f64).exp())?;
    assert!(draw(&|rng| known.sample(rng)).iter().all(|&k| k > 0));
    Ok(())
}

#[test]
fn estimates_say_what_is_wrong() {
    insta::assert_snapshot!(Binomial::maximum_likelihood(5, &[3, 6]).unwrap_err(), @"binomial, observation 1: expected a value in [0, 5], found 6 - drop it or choose another distribution");
    insta::assert_snapshot!(Binomial::maximum_likelihood(0, &[0]).unwrap_err(), @"binomial: the observations ask for `p` = NaN, expected a value in [0, 1] - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(NegativeBinomial::method_of_moments(&[2, 3, 2]).unwrap_err(), @"negative binomial: the observations ask for `size` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(BetaBinomial::method_of_moments(5, &[2, 3, 2]).unwrap_err(), @"beta-binomial: the observations ask for `alpha` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(BetaBinomial::method_of_moments(5, &[0, 5]).unwrap_err(), @"beta-binomial: the observations ask for `alpha` = 0, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(BetaBinomial::method_of_moments(1, &[0, 1]).unwrap_err(), @"beta-binomial: the observations ask for `alpha` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(Geometric::new(0.0).unwrap_err(), @"geometric, parameter `p`: expected a value in [2.2250738585072014e-308, 1], found 0");
    insta::assert_snapshot!(Hurdle::new(0.3, (), 1.0).unwrap_err(), @"hurdle, parameter `base_zero_probability`: expected a value in [0, 0.9999999999999999], found 1");
    insta::assert_snapshot!(ZeroInflated::new(-0.3, ()).unwrap_err(), @"zero inflation, parameter `zero_probability`: expected a value in [0, 1], found -0.3");
    assert!(Bernoulli::maximum_likelihood(&[]).is_err() && Geometric::maximum_likelihood(&[]).is_err());
}

#[test]
fn derivatives_by_a_tiny_probability_or_mean_are_finite() {
    // (1 - p)^5 and e^-m: where 1 / p^2 overflows the count of 0 has nothing to do with it.
    for tiny in [1e-90, 1e-105, 1e-160, 1e-300, 1e-309] {
        let [p] = Dual3::variables([tiny]);
        let l = binomial::ln_pmf(0, 5, p);
        assert_eq!((l.value(), l.gradient()[0], l.hessian(0, 0), l.third(0, 0, 0)), (-5.0 * tiny, -5.0, -5.0, -10.0));
        let l = poisson::ln_pmf(0, p);
        assert_eq!((l.value(), l.gradient()[0], l.hessian(0, 0), l.third(0, 0, 0)), (-tiny, -1.0, 0.0, 0.0));
    }
}
