//! Digamma, trigamma and tetragamma: the derivatives of `ln Gamma`.

/// Bernoulli numbers `B_2, B_4, ..., B_18`.
const BERNOULLI: [f64; 9] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
];

/// From here on the asymptotic series with nine terms are exact to rounding (first omitted term below 1e-17 relative).
const ASYMPTOTIC: f64 = 11.0;

/// `[psi(x), psi'(x), psi''(x)]` for `x > 0`, of which only the first `order` entries are computed; NaN below 0.
///
/// # Formula
/// Upwards by `psi(x) = psi(x + 1) - 1/x` and its derivatives, then the asymptotic series in Bernoulli numbers:
/// `psi(x) ~ ln x - 1/(2x) - sum B_2k / (2k x^2k)`.
///
/// # Example
/// ```
/// use maxlik_dual::special::polygamma;
/// let [digamma, trigamma, _] = polygamma(0.5, 2);
/// let (gamma, pi) = (0.577_215_664_901_532_9, std::f64::consts::PI);
/// assert!((digamma + gamma + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
/// assert!((trigamma - pi * pi / 2.0).abs() < 1e-14);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 6.3.5, 6.3.18, 6.4.6, 6.4.11.
pub fn polygamma(x: f64, order: usize) -> [f64; 3] {
    if x.is_nan() || x < 0.0 {
        return [f64::NAN; 3];
    }
    let mut sum = [0.0; 3];
    let mut y = x + 0.0;
    while y < ASYMPTOTIC {
        let r = 1.0 / y;
        sum[0] -= r;
        if order > 1 {
            sum[1] += r * r;
        }
        if order > 2 {
            sum[2] -= 2.0 * r * r * r;
        }
        y += 1.0;
    }
    let r = 1.0 / y;
    let r2 = r * r;
    let series = |weight: fn(f64) -> f64| {
        let terms = BERNOULLI.iter().enumerate().rev();
        terms.fold(0.0, |tail, (i, b)| (tail + weight(2.0 * (i + 1) as f64) * b) * r2)
    };
    if y.is_infinite() {
        return [y, 0.0, -0.0];
    }
    let digamma = y.ln() - 0.5 * r - series(|k2| 1.0 / k2);
    let trigamma = if order > 1 { r + 0.5 * r2 + r * series(|_| 1.0) } else { 0.0 };
    let tetragamma = if order > 2 { -r2 - r2 * r - r2 * series(|k2| k2 + 1.0) } else { 0.0 };
    [sum[0] + digamma, sum[1] + trigamma, sum[2] + tetragamma]
}
