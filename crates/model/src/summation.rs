//! Sums over counts: one by one where these are few; otherwise in panels, from the values at some counts by interpolation.
use std::array;
use std::sync::LazyLock;

use nalgebra::{DMatrix, DVector};

use crate::expectation::{Fault, Moments};
use crate::quadrature::Panel;

/// Up to so many counts are added up one by one.
const FEW: f64 = 32.0;

/// The largest number of counts in a panel is `2^53`.
const SIZES: usize = 54;

/// The nodes of a sum over a panel: Chebyshev's extrema, rounded to whole numbers.
const NODES: usize = 17;

/// Weights with which values at the nodes give the sum of their interpolating polynomial over all counts of a panel; also those
/// for every second node alone.
struct SumRule {
    offsets: [f64; NODES],
    fine: Vec<f64>,
    coarse: Vec<f64>,
}

/// The rule for each panel of `2^m` counts, `2^m > FEW`.
static SUM_RULES: LazyLock<[Option<SumRule>; SIZES]> = LazyLock::new(|| {
    array::from_fn(|m| {
        let count = (1_u64 << m) as f64;
        (count > FEW).then(|| SumRule::new(count))
    })
});

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the logarithm of a power of two")]
fn sum_rule(count: f64) -> Option<&'static SumRule> {
    SUM_RULES[count.log2() as usize].as_ref()
}

impl SumRule {
    fn new(count: f64) -> Self {
        let last = count - 1.0;
        let offsets = array::from_fn(|i| {
            let angle = std::f64::consts::PI * i as f64 / (NODES - 1) as f64;
            (0.5 * last * (1.0 - angle.cos())).round()
        });
        let weights = |step: usize| {
            let nodes: Vec<f64> = offsets.iter().step_by(step).map(|k: &f64| 2.0 * k / last - 1.0).collect();
            let n = nodes.len();
            let polynomials = DMatrix::from_fn(n, n, |j, i| (j as f64 * nodes[i].acos()).cos());
            let sums = DVector::from_fn(n, |j, _| chebyshev_sum(j, count));
            let weights = polynomials.lu().solve(&sums).expect("bug: Chebyshev's polynomials are independent");
            weights.as_slice().to_vec()
        };
        Self { offsets, fine: weights(1), coarse: weights(2) }
    }
}

/// `B_2i / (2 i)!`
const EULER_MACLAURIN: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30_240.0,
    -1.0 / 1_209_600.0,
    1.0 / 47_900_160.0,
    -691.0 / 1_307_674_368_000.0,
    1.0 / 74_724_249_600.0,
    -3617.0 / 10_670_622_842_880_000.0,
];

/// The sum of Chebyshev's polynomial `T_j` over `count` points from -1 to 1 at equal distances: the Euler-Maclaurin formula,
/// which ends by itself.
fn chebyshev_sum(j: usize, count: f64) -> f64 {
    if j % 2 == 1 {
        return 0.0;
    }
    let (square, h) = ((j * j) as f64, 2.0 / (count - 1.0));
    let mut sum = 2.0 / (1.0 - square) / h + 1.0;
    // The derivatives of T_j at 1, each the one before times (j^2 - d^2) / (2 d + 1); those at -1 are their mirror images.
    let (mut derivative, mut power) = (1.0, 1.0 / h);
    for (i, factor) in EULER_MACLAURIN.iter().enumerate() {
        let next = |d: usize| (square - (d * d) as f64) / (2 * d + 1) as f64;
        derivative *= next(2 * i);
        power *= h * if i == 0 { h } else { 1.0 };
        sum += 2.0 * factor * power * derivative;
        derivative *= next(2 * i + 1);
        power *= h;
    }
    sum
}

/// One panel of a sum over counts `from <= k < to`, at most [`FEW`] of them or a power of two.
pub(crate) fn sum<const P: usize>(
    from: f64,
    to: f64,
    term: &mut dyn FnMut(f64) -> Result<Moments<P>, Fault>,
) -> Result<Panel<P>, Fault> {
    let (mut fine, mut coarse) = (Moments::ZERO, Moments::ZERO);
    let count = to - from;
    if count <= FEW {
        let mut k = from;
        while k < to {
            fine.add(&term(k)?);
            k += 1.0;
        }
        return Ok(Panel { from, to, fine, coarse: fine });
    }
    let rule = sum_rule(count).expect("bug: a power of two above the number of few");
    for (i, offset) in rule.offsets.iter().enumerate() {
        let moments = term(from + offset)?;
        fine.add_scaled(rule.fine[i], &moments);
        if i % 2 == 0 {
            coarse.add_scaled(rule.coarse[i / 2], &moments);
        }
    }
    Ok(Panel { from, to, fine, coarse })
}

/// Cuts counts from `first` to `last`, both included, into panels that [`sum`] takes.
pub(crate) fn counts(first: f64, last: f64) -> Vec<(f64, f64)> {
    let largest = f64::powf(2.0, ((last - first + 1.0) / 8.0).max(1.0).log2().floor()).max(FEW);
    let (mut from, end) = (first, last + 1.0);
    let mut panels = Vec::new();
    while from < end {
        // What is special about no event at all is not smooth in the count.
        let limit = if from == 0.0 { FEW } else { largest };
        let left = end - from;
        let size = if left <= FEW { left } else { limit.min(f64::powf(2.0, left.log2().floor())) };
        panels.push((from, from + size));
        from += size;
    }
    panels
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// The sum of a function over a panel by both rules.
    fn by_rules(count: u32, f: impl Fn(f64) -> f64) -> [f64; 2] {
        let mut term = |k: f64| Ok(Moments::of(f(k), []));
        let panel = sum(1000.0, 1000.0 + f64::from(count), &mut term).unwrap();
        [panel.fine.probability, panel.coarse.probability]
    }

    #[test]
    fn polynomials_are_summed_exactly() {
        for count in [64, 256, 1 << 16] {
            let x = |k: f64| (k - 1000.0) / f64::from(count);
            let direct = |power: i32| (0..count).map(|k| x(f64::from(k) + 1000.0).powi(power)).sum::<f64>();
            assert_relative_eq!(by_rules(count, |k| x(k).powi(16))[0], direct(16), max_relative = 1e-12);
            assert_relative_eq!(by_rules(count, |k| x(k).powi(8))[1], direct(8), max_relative = 1e-12);
            assert!((by_rules(count, |k| x(k).powi(12))[1] / direct(12) - 1.0).abs() > 1e-9);
        }
    }

    #[test]
    fn counts_are_cut_without_gaps() {
        for (first, last) in [(0.0, 0.0), (0.0, 1e6), (17.0, 5000.0), (3.0, 70.0), (1e12, 1e12 + 1e9)] {
            let panels = counts(first, last);
            assert_eq!((panels[0].0, panels[panels.len() - 1].1), (first, last + 1.0));
            assert!(panels.windows(2).all(|pair| pair[0].1 == pair[1].0));
            assert!(panels.iter().all(|(a, b)| b - a <= FEW || (b - a).log2().fract() == 0.0));
        }
    }
}
