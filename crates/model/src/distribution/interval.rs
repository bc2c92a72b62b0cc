//! The probability of an interval from the logarithms of a density and of its tails.
use std::f64::consts::LN_2;

use maxlik_dual::{Real, ln_sum_exp};

use super::undefined;

/// An interval whose probability is less than this part of the tail that it belongs to is narrow.
const NARROW: f64 = 1e-3;

/// `ln P(lower < X <= upper)`, where bounds may be infinite; NaN unless `lower < upper`.
///
/// The difference of two distribution functions if the interval ends below the median, of two survival functions otherwise,
/// so that no probability near 1 is subtracted from another. In narrow intervals the two agree in their first digits and the
/// difference loses them; there the density's integral serves, as long as the two agree to rounding.
pub(super) fn ln_probability<T: Real>(
    lower: f64,
    upper: f64,
    ln_pdf: impl Fn(f64) -> T,
    ln_cdf: impl Fn(f64) -> T,
    ln_sf: impl Fn(f64) -> T,
) -> T {
    if lower.is_nan() || upper.is_nan() || lower >= upper {
        return undefined();
    }
    match (lower == f64::NEG_INFINITY, upper == f64::INFINITY) {
        (true, true) => T::from(0.0),
        (true, false) => ln_cdf(upper),
        (false, true) => ln_sf(lower),
        (false, false) => {
            let below = ln_cdf(upper);
            let (more, less) =
                if below.value() < -LN_2 { (below, ln_cdf(lower)) } else { (ln_sf(lower), ln_sf(upper)) };
            if less.value() == f64::NEG_INFINITY {
                return more;
            }
            let gap = less - more;
            if gap.value() > -NARROW {
                let integral = ln_integral(lower, upper, ln_pdf);
                let rounding = 8.0 * f64::EPSILON * (1.0 + more.value().abs());
                let share = (integral.value() - more.value()).exp();
                if (share + gap.value().exp_m1()).abs() <= rounding {
                    return integral;
                }
            }
            // The difference of the logarithms first: their derivatives cancel there, not in the rounding of second derivatives.
            more + gap.min(0.0).ln_1m_exp()
        }
    }
}

/// The logarithm of the density's integral over an interval in which it hardly varies, by Gauss and Legendre's rule of three
/// points.
///
/// # References
/// Abramowitz & Stegun (1964), 25.4.30 and table 25.4.
fn ln_integral<T: Real>(lower: f64, upper: f64, ln_pdf: impl Fn(f64) -> T) -> T {
    let (middle, half) = (0.5 * lower + 0.5 * upper, 0.5 * upper - 0.5 * lower);
    let reach = half * 0.6_f64.sqrt();
    let weights = [5.0 / 9.0, 8.0 / 9.0, 5.0 / 9.0].map(f64::ln);
    let points = [middle - reach, middle, middle + reach];
    ln_sum_exp(&[0, 1, 2].map(|i| ln_pdf(points[i]) + weights[i])) + half.ln()
}
