//! Expectations under a density: double-exponential quadrature for intervals, sums for counts.
use std::f64::consts::FRAC_PI_2;

/// The integral of a vector of functions over `(lower, upper)` by the trapezoidal rule after a double-exponential change of
/// variable (Takahasi and Mori 1974), with `centre` and `width` saying where the mass is. The step is halved until two
/// results agree to `1e-13` of the largest entry.
pub(crate) fn integrate(
    (lower, upper): (f64, f64),
    (centre, width): (f64, f64),
    f: impl Fn(f64) -> Vec<f64>,
) -> Vec<f64> {
    let point = |t: f64| -> (f64, f64) {
        let (u, du) = (FRAC_PI_2 * t.sinh(), FRAC_PI_2 * t.cosh());
        match (lower.is_finite(), upper.is_finite()) {
            (false, false) => (centre + width * u.sinh(), width * u.cosh() * du),
            (true, false) => (lower + (centre - lower) * u.exp(), (centre - lower) * u.exp() * du),
            (false, true) => (upper - (upper - centre) * u.exp(), (upper - centre) * u.exp() * du),
            (true, true) => {
                let e = (-2.0 * u.abs()).exp();
                let inner = (upper - lower) * e / (1.0 + e);
                let x = if u < 0.0 { lower + inner } else { upper - inner };
                (x, (upper - lower) * 2.0 * e / ((1.0 + e) * (1.0 + e)) * du)
            }
        }
    };
    // Beyond 6.3 the weights are below 1e-180 or the points beyond 1e180.
    let trapezoid = |steps: usize| -> Vec<f64> {
        let h = 6.3 / steps as f64;
        let mut sums: Vec<f64> = Vec::new();
        for k in 0..=2 * steps {
            let (x, weight) = point(h * (k as f64 - steps as f64));
            if x <= lower || x >= upper {
                continue;
            }
            let terms = f(x);
            sums.resize(terms.len(), 0.0);
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += h * weight * term;
            }
        }
        sums
    };
    let mut last = trapezoid(64);
    for doubling in 1..=8 {
        let next = trapezoid(64 << doubling);
        let scale = next.iter().fold(0.0, |m: f64, s| m.max(s.abs()));
        let close = last.iter().zip(&next).all(|(a, b)| (a - b).abs() <= 1e-13 * scale);
        last = next;
        if close {
            break;
        }
    }
    last
}

/// The sum of a vector of functions over counts from 0 until the first entry (the probability) has been below 1e-25, after the
/// `centre`, for a while.
pub(crate) fn sum(centre: f64, f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    let mut sums: Vec<f64> = Vec::new();
    let (mut k, mut small) = (0.0, 0);
    while small < 50 && k < 2e6 {
        let terms = f(k);
        small = if k > centre && terms[0] < 1e-25 { small + 1 } else { 0 };
        sums.resize(terms.len(), 0.0);
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += term;
        }
        k += 1.0;
    }
    sums
}

#[test]
fn known_integrals_come_out() {
    let normal = |x: f64| vec![(-0.5 * (x - 3.0) * (x - 3.0)).exp()];
    let whole = integrate((f64::NEG_INFINITY, f64::INFINITY), (2.5, 1.4), normal)[0];
    assert!((whole - (2.0 * std::f64::consts::PI).sqrt()).abs() < 1e-13);
    let half = integrate((0.0, f64::INFINITY), (0.7, 1.0), |x| vec![x.powf(-0.3) * (-x).exp()])[0];
    assert!((half - libm::tgamma(0.7)).abs() < 1e-13);
    let cauchy = integrate((f64::NEG_INFINITY, f64::INFINITY), (0.4, 0.8), |x| vec![1.0 / (1.0 + x * x)])[0];
    assert!((cauchy - std::f64::consts::PI).abs() < 1e-13);
    let segment = integrate((1.0, 3.0), (2.0, 1.0), |x| vec![(x - 1.0).sqrt()])[0];
    assert!((segment - 2.0_f64.powf(1.5) / 1.5).abs() < 1e-13);
    let poisson = sum(4.0, |k| vec![(k * 4.5_f64.ln() - 4.5 - libm::lgamma(k + 1.0)).exp()])[0];
    assert!((poisson - 1.0).abs() < 1e-13);
}
