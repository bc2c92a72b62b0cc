//! What the logarithm leaves of its tangent.

/// `x - ln(1 + x)` for `x >= -1`, exact also for small `x`; NaN below.
///
/// ```
/// use maxlik_dual::special::x_minus_ln_1p;
/// assert!((x_minus_ln_1p(1e-9) / 5e-19 - 1.0).abs() < 1e-8);
/// assert!((x_minus_ln_1p(0.7) - (0.7 - 1.7_f64.ln())).abs() < 1e-16);
/// assert!((x_minus_ln_1p(-0.3) - (-0.3 - 0.7_f64.ln())).abs() < 1e-16);
/// ```
pub fn x_minus_ln_1p(x: f64) -> f64 {
    if x == f64::INFINITY {
        return x;
    }
    if !(-0.5..0.5).contains(&x) {
        return x - x.ln_1p();
    }
    // With s = x / (2 + x): ln(1 + x) = 2 atanh s and x - 2 s = x s, so that the rest is x s - 2 (s^3/3 + s^5/5 + ...).
    let s = x / (2.0 + x);
    let square = s * s;
    let terms = if x.abs() < 0.25 { 10 } else { 17 };
    let series = ODD_RECIPROCALS[..terms].iter().rev().fold(0.0, |t, r| (t + r) * square);
    s * (x - 2.0 * series)
}

/// `1/3, 1/5, 1/7, ..`: divisions in the loop above would take most of its time.
const ODD_RECIPROCALS: [f64; 17] = {
    let mut reciprocals = [0.0; 17];
    let mut j = 0;
    while j < 17 {
        reciprocals[j] = 1.0 / (2 * j + 3) as f64;
        j += 1;
    }
    reciprocals
};
