//! Identities between functions, as numbers with all their derivatives, at pseudo-random points.
#[path = "common/random.rs"]
mod random;

use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use random::Random;

/// 300 pairs of numbers, their values between `low` and `high`, with gradients in different directions and curvature.
fn numbers(low: f64, high: f64) -> impl Iterator<Item = [Dual2<2>; 2]> {
    let mut random = Random(7);
    (0..300).map(move |_| {
        let [x, y] = Dual2::variables([random.between(0.3, 2.5), random.between(0.3, 2.5)]);
        let mut moved = |z: Dual2<2>| z.with_value(random.between(low, high));
        [moved(x * y + y * 0.3), moved(x / y - x * x)]
    })
}

/// Value, gradient and Hessian.
fn fields(x: Dual2<2>) -> [f64; 6] {
    let [x0, x1] = x.gradient();
    [x.value(), x0, x1, x.hessian(0, 0), x.hessian(0, 1), x.hessian(1, 1)]
}

/// Compares field by field, with the largest field of the `terms` as the unit of the error.
fn assert_same(found: Dual2<2>, expected: Dual2<2>, terms: &[Dual2<2>]) {
    let size = terms.iter().flat_map(|&t| fields(t)).fold(1.0, |size: f64, field| size.max(field.abs()));
    println!("{found:?}, {expected:?}, terms of size {size}");
    for (found, expected) in fields(found).into_iter().zip(fields(expected)) {
        assert_relative_eq!(found, expected, max_relative = 1e-14, epsilon = 2e-15 * size);
    }
}

#[test]
fn exp_undoes_ln() {
    for [x, _] in numbers(0.2, 30.0) {
        assert_same(x.ln().exp(), x, &[x, x * x.ln(), x * x.ln() * x.ln()]);
    }
}

#[test]
fn squares_of_sine_and_cosine_sum_to_one() {
    for [x, _] in numbers(-20.0, 20.0) {
        let (s, c) = (x.sin(), x.cos());
        assert_same(s * s + c * c, Dual2::from(1.0), &[s * s, c * c]);
    }
}

#[test]
fn softplus_of_x_and_of_minus_x_differ_by_x() {
    for [x, _] in numbers(-40.0, 40.0) {
        let (up, down) = (x.softplus(), (-x).softplus());
        assert_same(up - down, x, &[up, down]);
    }
}

#[test]
fn the_slope_of_sigmoid_is_s_times_1_minus_s() {
    for [x, _] in numbers(-30.0, 30.0) {
        let (s, complement) = (x.sigmoid(), (-x).sigmoid());
        assert_same(s + complement, Dual2::from(1.0), &[s, complement]);
        let t = Dual2::<1>::variable(x.value(), 0).sigmoid();
        let slope = s.value() * complement.value();
        assert_relative_eq!(t.gradient()[0], slope, max_relative = 1e-14, epsilon = 0.0);
        let curvature = slope * (complement.value() - s.value());
        assert_relative_eq!(t.hessian(0, 0), curvature, max_relative = 1e-14, epsilon = 1e-15 * slope);
    }
}

#[test]
fn ln_gamma_grows_by_ln_x() {
    for [x, _] in numbers(0.05, 60.0) {
        let (above, here) = ((x + 1.0).ln_gamma(), x.ln_gamma());
        assert_same(above - here, x.ln(), &[above, here]);
    }
}

#[test]
fn ln_beta_and_ln_binomial_are_made_of_gamma_functions() {
    for [x, y] in numbers(0.2, 30.0) {
        let terms = [x.ln_gamma(), y.ln_gamma(), (x + y).ln_gamma()];
        assert_same(x.ln_beta(y), terms[0] + terms[1] - terms[2], &terms);
        let n = x + y;
        let terms = [x, y, n].map(|z| (z + 1.0).ln_gamma());
        assert_same(n.ln_binomial(x), terms[2] - terms[0] - terms[1], &terms);
    }
}

#[test]
fn normal_quantile_undoes_normal_cdf() {
    for [x, _] in numbers(-3.0, 3.0) {
        // A rounding of Phi counts 1 / phi times, and its derivatives likewise.
        let magnified = (x * x * 0.5).exp() * (x * x + 1.0) * 2.5;
        assert_same(x.normal_cdf().normal_quantile(), x, &[magnified, magnified * x]);
    }
}

#[test]
fn ln_normal_cdf_is_the_logarithm() {
    for [x, _] in numbers(-5.0, 5.0) {
        let (cdf, log) = (x.normal_cdf(), x.ln_normal_cdf());
        assert_same(log.exp(), cdf, &[log, log * log]);
        assert_same(cdf, Dual2::from(1.0) - (-x).normal_cdf(), &[x * x]);
        let scaled = x * std::f64::consts::FRAC_1_SQRT_2;
        assert_same(cdf * 2.0, scaled.erf() + 1.0, &[x * x]);
        assert_same(cdf * 2.0, (-scaled).erfc(), &[x * x]);
    }
}

#[test]
fn atan2_and_hypot_are_polar_coordinates() {
    for [x, y] in numbers(-8.0, 8.0) {
        let (angle, length) = (y.atan2(x), x.hypot(y));
        let terms = [length * angle * angle, length * length];
        assert_same(length * angle.cos(), x, &terms);
        assert_same(length * angle.sin(), y, &terms);
    }
}

#[test]
fn ln_sub_exp_undoes_ln_add_exp() {
    for [x, y] in numbers(-3.0, 3.0) {
        let sum = x.ln_add_exp(y);
        let ratio = (sum - x).exp();
        assert_same(sum.ln_sub_exp(y), x, &[x * x, sum * sum, ratio, ratio * ratio * sum * sum]);
    }
}

#[test]
fn ln_rising_factorial_is_the_sum_of_the_logarithms_of_its_factors() {
    for (k, [x, _]) in (0..=200_u32).cycle().zip(numbers(0.05, 60.0)) {
        let factors: Vec<_> = (0..k).map(|j| (x + f64::from(j)).ln()).collect();
        let sum: Dual2<2> = factors.iter().sum();
        assert_same(x.ln_rising_factorial(u64::from(k)), sum, &[sum, sum + sum]);
    }
}

#[test]
fn division_undoes_multiplication() {
    for [x, y] in numbers(-8.0, 8.0).filter(|[_, y]| y.value().abs() > 0.2) {
        assert_same((x * y) / y, x, &[x * y * (1.0 / y), x * (1.0 / (y * y)), x * y / y / y]);
        assert_same((x / y) * y, x, &[x * y * (1.0 / y), x * (1.0 / (y * y)), x * y / y / y]);
        assert_same(x / y, x * y.recip(), &[x / y, x * (1.0 / (y * y))]);
        assert_same(x / y, x * y.powi(-1), &[x / y, x * (1.0 / (y * y))]);
    }
}
