//! Parts of log-densities with gamma functions of large arguments, arranged so that nothing cancels.
use maxlik_dual::Real;
use maxlik_dual::special::x_minus_ln_1p;

/// `ln(2 pi) / 2`
pub(super) const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// From here on Stirling's series with six terms is exact to rounding.
pub(super) const LARGE: f64 = 16.0;

/// `R(x) = ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2`, what Stirling's formula leaves, for `x > 0`.
///
/// # References
/// Abramowitz & Stegun (1964), 6.1.40.
pub(super) fn remainder<T: Real>(x: T) -> T {
    if x.value() < LARGE {
        return x.ln_gamma() - (x - 0.5) * x.ln() + x - HALF_LN_2_PI;
    }
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

/// `m - a - a ln(m / a)` for positive `m` and `a`, half the deviance of the Poisson mean `m` from the count `a`, where
/// `difference` is the best value known of `m - a`.
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000).
pub(super) fn deviance<T: Real>(m: T, a: T, difference: f64) -> T {
    let (mv, av) = (m.value(), a.value());
    let v = difference / av;
    if v.abs() > 0.5 {
        return (m - a).with_value(difference) - a * m.ln_ratio(a);
    }
    let (by_m, by_a, q) = (1.0 / mv, 1.0 / av, av / mv);
    let first = [av * x_minus_ln_1p(v), difference * by_m, -v.ln_1p()];
    let second = [q * by_m, -by_m, by_a];
    let third = [-2.0 * q * by_m * by_m, by_m * by_m, 0.0, -by_a * by_a];

    let ([f, x, y], [xx, xy, yy], [xxx, xxy, xyy, yyy]) = (first, second, third);
    m.chain2(a, [f, x, y, xx, xy, yy, xxx, xxy, xyy, yyy])
}

/// `a ln m - m - ln Gamma(a)`: the log-density of a gamma variable of shape `a` at `m`, but for `-ln m`; `difference` is the
/// best value known of `m - a`, and `ln_m` is `ln m`.
pub(super) fn ln_gamma_density<T: Real>(m: T, ln_m: T, a: T, difference: f64) -> T {
    if a.value() < LARGE {
        a * ln_m - m - a.ln_gamma()
    } else {
        a.ln() * 0.5 - HALF_LN_2_PI - remainder(a) - deviance(m, a, difference)
    }
}
