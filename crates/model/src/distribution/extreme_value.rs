//! `ln(1 + shape z) / shape`, the level at which extreme-value distributions of any shape are exponential or Gumbel.
use maxlik_dual::Real;

/// Below, a series in `w = shape z` takes the place of the logarithm, so that level and derivatives pass smoothly through shape 0.
const SMALL: f64 = 0.5;

/// An estimate that is to be a start reaches this much beyond the outermost observation.
pub(super) const COVER: f64 = 1.05;

/// `ln(1 + shape z) / shape` with `z = distance / scale`, which is `z` at shape 0. Outside the support, and at its end, infinite with
/// the sign of that end.
///
/// `rounding` is what `distance` lacks of the exact difference; near the end of the support `1 + shape z` is nothing but such digits.
pub(super) fn level<T: Real>(distance: T, rounding: f64, scale: T, shape: T) -> T {
    let z = distance / scale;
    let w = if z.value().is_finite() { shape * z } else { shape * distance / scale };
    if w.value().abs() < SMALL || shape.value() == 0.0 {
        return z * ln_1p_over(w);
    }
    if w.value() == f64::INFINITY {
        return (shape.abs().ln() + distance.abs().ln() - scale.ln()) / shape;
    }
    if w.value() > 0.0 {
        return w.ln_1p() / shape;
    }
    // scale (1 + w); below w = -2 the sign is clear and rounding may overflow.
    let remaining = shape.value().mul_add(distance.value(), scale.value()) + shape.value() * rounding;
    if w.value() < -2.0 || remaining <= 0.0 {
        return T::from(-f64::INFINITY * shape.value().signum());
    }
    (shape * distance + scale).with_value(remaining).ln_ratio(scale) / shape
}

/// `ln(1 + w) / w` for `|w| <= 1/2`: with `s = w / (2 + w)` it is `2 atanh(s) / w = 2 / (2 + w) (1 + s^2/3 + s^4/5 + ...)`.
fn ln_1p_over<T: Real>(w: T) -> T {
    let r = T::from(1.0) / (w + 2.0);
    let s = w * r;
    let square = s * s;
    // |s| <= 1/3; three derivatives multiply the terms by less than (2 j)^3.
    let sum = (0..=20).rev().fold(T::from(0.0), |sum, j| sum * square + 1.0 / f64::from(2 * j + 1));
    sum * r * 2.0
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use maxlik_dual::Dual2;

    use super::*;

    /// Value and derivatives in the shape of `ln(1 + shape z) / shape`, as a power series in the shape.
    fn by_series(z: f64, shape: f64) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for k in 0..60 {
            // (-1)^k z^(k+1) / (k + 1) shape^k
            let c = z * (-z).powi(k) / f64::from(k + 1);
            sums[0] += c * shape.powi(k);
            if k > 0 {
                sums[1] += c * f64::from(k) * shape.powi(k - 1);
            }
            if k > 1 {
                sums[2] += c * f64::from(k * (k - 1)) * shape.powi(k - 2);
            }
        }
        sums
    }

    #[test]
    fn level_and_derivatives_pass_smoothly_through_shape_zero() {
        for shape in [0.0, 1e-300, 1e-9, -1e-9, 0.03, -0.05, 0.12, -0.12] {
            let [s] = Dual2::variables([shape]);
            let found = level(Dual2::from(3.5), 0.0, Dual2::from(1.25), s);
            let expected = by_series(2.8, shape);
            assert_relative_eq!(found.value(), expected[0], max_relative = 1e-15);
            assert_relative_eq!(found.gradient()[0], expected[1], max_relative = 1e-14);
            assert_relative_eq!(found.hessian(0, 0), expected[2], max_relative = 1e-13);
        }
    }

    #[test]
    fn series_and_logarithm_agree_where_they_meet() {
        for w in [SMALL, -SMALL] {
            let at = |factor: f64| {
                let [distance, scale, shape] = Dual2::variables([1.3 * factor, 2.6, 2.0 * w]);
                level(distance, 0.0, scale, shape)
            };
            let (below, above) = (at(1.0 - 1e-15), at(1.0 + 1e-15));
            assert_relative_eq!(below.value(), above.value(), max_relative = 1e-14);
            for i in 0..3 {
                assert_relative_eq!(below.gradient()[i], above.gradient()[i], max_relative = 1e-13);
                for j in 0..3 {
                    // The second derivative of the quotient by the shape loses two digits.
                    assert_relative_eq!(below.hessian(i, j), above.hessian(i, j), max_relative = 1e-12);
                }
            }
        }
    }

    #[test]
    fn nothing_overflows() {
        assert_relative_eq!(
            level(1e300, 0.0, 1e-300, 2.5),
            (2.5_f64.ln() + 600.0 * 10_f64.ln()) / 2.5,
            max_relative = 1e-15
        );
        assert_eq!(level(1e300, 0.0, 1e-300, 0.0), f64::INFINITY);
        assert_eq!(level(1e300, 0.0, 1e-300, -2.5), f64::INFINITY);
        assert_eq!(level(-1e300, 0.0, 1e-300, 2.5), f64::NEG_INFINITY);
    }
}
