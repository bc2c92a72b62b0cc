//! How much of the objective's value is rounding.
use nalgebra::DVector;

use crate::{Point, Problem};

/// The values that are compared, evenly spaced along a step.
const VALUES: usize = 9;

/// The standard deviation of the noise in the objective's value, from its differences along `step`: where the objective is quadratic
/// along it, differences of order three and more are noise alone. Noise does not shrink with the step, so the smaller estimate of the
/// step and an eighth of it counts. At least one rounding of the value.
///
/// # Formula
/// `sigma_k^2 = (k!)^2 / (2k)! mean_i (D^k f_i)^2`, the median over `k = 3, 4, 5`.
///
/// # References
/// Moré & Wild, "Estimating computational noise" (2011), section 3.
pub(crate) fn noise(problem: &Problem<'_>, point: &Point, step: &DVector<f64>) -> f64 {
    along(problem, point, step).min(along(problem, point, &(step * 0.125))).max(f64::EPSILON * point.value.abs())
}

fn along(problem: &Problem<'_>, point: &Point, step: &DVector<f64>) -> f64 {
    let at = |i: usize| problem.value(&problem.bounds.project(&(&point.x + step * (i as f64 / (VALUES - 1) as f64))));
    let mut differences: Vec<f64> = (0..VALUES).map(at).collect();
    let mut gamma = 1.0; // (k!)^2 / (2k)!
    let mut sigmas = Vec::with_capacity(3);
    for k in 1..=5 {
        differences = differences.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gamma *= f64::from(k) / f64::from(2 * (2 * k - 1));
        if k >= 3 {
            let mean = differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64;
            sigmas.push((gamma * mean).sqrt());
        }
    }
    sigmas.sort_by(f64::total_cmp);
    sigmas[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, Objective};
    use nalgebra::{DMatrix, dvector};

    /// `1.5 x^2 - x` plus uniform noise of a given width, a fixed function of `x`.
    struct Noisy(f64);

    impl Objective for Noisy {
        fn dimension(&self) -> usize {
            1
        }

        fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
            let hash = x[0].to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
            let uniform = hash as f64 / (1_u64 << 53) as f64 - 0.5;
            let x = x[0];
            (1.5 * x * x - x + self.0 * uniform, dvector![3.0 * x - 1.0], DMatrix::from_element(1, 1, 3.0))
        }
    }

    #[test]
    fn the_width_of_noise_is_estimated_within_a_factor_of_three() {
        let bounds = Bounds::none(1);
        for width in [1e-3, 1e-6, 1e-9] {
            let objective = Noisy(width);
            let problem = Problem::new(&objective, &bounds, None);
            for x in [0.3, 0.71, -2.0] {
                let sigma = noise(&problem, &problem.point(dvector![x]), &dvector![0.05]);
                // A uniform variable of width 1 has standard deviation 1 / sqrt(12).
                let ratio = sigma / (width / 12.0_f64.sqrt());
                assert!((1.0 / 3.0..3.0).contains(&ratio), "{width}, {x}: {ratio}");
            }
        }
    }
}
