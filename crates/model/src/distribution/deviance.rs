//! What is left of the log-probabilities of large counts, whose terms cancel.
//!
//! With Stirling's formula for the factorials and half the deviance of a count from its mean nothing large is left; Loader, "Fast and accurate computation of binomial probabilities" (2000).
use maxlik_dual::Real;

/// From here on Stirling's series is exact.
pub(super) const LARGE: u64 = 16;

/// `x ln(x / m) + m - x`, from the best value known of `difference = m - x`; `ln_ratio` gives `ln(m / x)`.
#[inline(always)]
pub(super) fn half_deviance<T: Real>(x: T, difference: T, ln_ratio: impl FnOnce() -> T) -> T {
    let v = difference / x;
    if v.value().abs() < 0.5 { x * v.x_minus_ln_1p() } else { difference - x * ln_ratio() }
}

/// `ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2` for `x >= 16`; Abramowitz & Stegun 6.1.40.
pub(super) fn stirling<T: Real>(x: T) -> T {
    let r = 1.0 / x.value();
    let square = r * r;
    let series = |c: [f64; 6]| c.iter().rev().fold(0.0, |sum, c| sum * square + c);
    x.chain([
        r * series([1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0]),
        square * series([-1.0 / 12.0, 1.0 / 120.0, -1.0 / 252.0, 1.0 / 240.0, -1.0 / 132.0, 691.0 / 32760.0]),
        square * r * series([1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0]),
        square * square * series([-0.5, 1.0 / 6.0, -1.0 / 6.0, 0.3, -5.0 / 6.0, 691.0 / 210.0]),
    ])
}

/// `n p` and what its rounding took away.
#[inline(always)]
pub(super) fn exact_product(n: f64, p: f64) -> (f64, f64) {
    let product = n * p;
    (product, n.mul_add(p, -product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_the_deviance_agree() {
        for (x, m) in [(3.0, 2.5), (0.7, 0.72), (20.0, 28.0), (2.0, 9.5), (50.0, 1.5)] {
            let direct: f64 = x * f64::ln(x / m) + m - x;
            assert!((half_deviance(x, m - x, || f64::ln(m / x)) / direct - 1.0).abs() < 1e-12, "{x} {m}");
        }
    }

    #[test]
    fn the_series_is_what_stirling_leaves() {
        let x = 17.5_f64;
        let expected = libm::lgamma(x) - (x - 0.5) * x.ln() + x - 0.5 * std::f64::consts::TAU.ln();
        assert!((stirling(x) - expected).abs() < 2e-14);
        // Derivatives against those of ln Gamma.
        let f = |x: num_dual::Dual3_64| (stirling(x), x.ln_gamma() - (x - 0.5) * x.ln() + x);
        let (found, expected) = f(num_dual::Dual3_64::from(x).derivative());
        assert!((found.v1 - expected.v1).abs() < 1e-14);
        assert!((found.v2 - expected.v2).abs() < 1e-15);
        assert!((found.v3 - expected.v3).abs() < 1e-16);
    }
}
