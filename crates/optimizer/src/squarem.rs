//! SQUAREM: squared extrapolation of a fixed-point map.
//!
//! Notation of Varadhan & Roland: `r = M(theta) - theta`, `v = (M(M(theta)) - M(theta)) - r`, `alpha` the steplength;
//! the extrapolated point is `theta - 2 alpha r + alpha^2 v`, which is `M(M(theta))` for `alpha = -1`.
use nalgebra::DVector;

/// `theta - 2 alpha r + alpha^2 v`.
pub(crate) fn extrapolate(theta: &DVector<f64>, r: &DVector<f64>, v: &DVector<f64>, alpha: f64) -> DVector<f64> {
    theta - r * (2.0 * alpha) + v * (alpha * alpha)
}

/// The steplength S3, `alpha = -|r| / |v|`, in the metric of the complete-data information `I_c`; none where that is no
/// acceleration (`alpha > -1`) or the metric is not positive.
///
/// Near the maximum `r = I_c^-1 s` with the score `s`: hence `|r|^2 = s' r` and `|v|^2 = (s_1 - s)' v` with the score `s_1` at
/// `M(theta)`. Both are free of units, so that a model in other units takes the same steps, which `|r|` in the units of the
/// parameters does not give.
///
/// # References
/// Varadhan & Roland, "Simple and globally convergent methods for accelerating the convergence of any EM algorithm" (2008),
/// steplength S3; Lange, "A gradient algorithm locally equivalent to the EM algorithm" (1995) for `r = I_c^-1 s`.
pub(crate) fn steplength(scores: [&DVector<f64>; 2], r: &DVector<f64>, v: &DVector<f64>) -> Option<f64> {
    let [s, s_1] = scores;
    let (r_2, v_2) = (s.dot(r), (s_1 - s).dot(v));
    let alpha = -(r_2 / v_2).sqrt();
    (r_2 > 0.0 && v_2 > 0.0 && alpha <= -1.0 && alpha.is_finite()).then_some(alpha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{DMatrix, dmatrix, dvector};

    #[test]
    fn the_steplength_minus_one_is_the_map_applied_twice() {
        let (theta, once, twice) = (dvector![2.0, -0.5], dvector![1.5, 0.25], dvector![1.25, 0.75]);
        let r = &once - &theta;
        let v = (&twice - &once) - &r;
        assert_eq!(extrapolate(&theta, &r, &v, -1.0), twice);
        assert_eq!(extrapolate(&theta, &r, &v, -2.0), dvector![2.0 - 2.0 + 1.0, -0.5 + 3.0 - 1.0]);
    }

    #[test]
    fn a_map_with_one_rate_is_solved_by_one_extrapolation() {
        // M(theta) = 3 + 0.9 (theta - 3): r = 0.2, v = -0.02, alpha = -1 / (1 - 0.9).
        let complete = 7.0;
        let scores = [dvector![complete * 0.2], dvector![complete * 0.18]];
        let (r, v) = (dvector![0.2], dvector![-0.02]);
        let alpha = steplength([&scores[0], &scores[1]], &r, &v).unwrap();
        assert_relative_eq!(alpha, -10.0, max_relative = 1e-13);
        assert_relative_eq!(extrapolate(&dvector![1.0], &r, &v, alpha)[0], 3.0, max_relative = 1e-13);
    }

    #[test]
    fn the_steplength_does_not_depend_on_units() {
        let complete: DMatrix<f64> = dmatrix![4.0, 1.5; 1.5, 9.0];
        let (r, r_1) = (dvector![0.3, -0.2], dvector![0.28, -0.1]);
        let alpha = |units: DMatrix<f64>| {
            let inverse = units.clone().try_inverse().unwrap();
            let score = |r: &DVector<f64>| inverse.tr_mul(&(&complete * r));
            steplength([&score(&r), &score(&r_1)], &(&units * &r), &(&units * (&r_1 - &r))).unwrap()
        };
        let expected = -(r.dot(&(&complete * &r)) / (&r_1 - &r).dot(&(&complete * (&r_1 - &r)))).sqrt();
        assert_relative_eq!(alpha(dmatrix![1.0, 0.0; 0.0, 1.0]), expected, max_relative = 1e-13);
        assert_relative_eq!(alpha(dmatrix![1e6, 0.0; 2.5, 1e-5]), expected, max_relative = 1e-8);
    }

    #[test]
    fn no_acceleration_where_the_map_is_fast_or_the_metric_is_not_positive() {
        let steplength = |s: f64, s_1: f64, r: f64, r_1: f64| {
            steplength([&dvector![s], &dvector![s_1]], &dvector![r], &dvector![r_1 - r])
        };
        // A rate of -0.2, r opposite to the score, a score that grows.
        assert_eq!(steplength(2.0, -0.4, 1.0, -0.2), None);
        assert_eq!(steplength(-2.0, -1.0, 1.0, 0.5), None);
        assert_eq!(steplength(2.0, 3.0, 1.0, 0.5), None);
        assert_eq!(steplength(2.0, 2.0, 1.0, 1.0), None);
    }
}
