//! Integrals of the moments of a score: the trapezoidal rule for smooth densities, panels that are halved for others.
use crate::expectation::{Fault, Moments};

/// Panels are halved until the rules of lower order, summed over all panels, differ by at most this from those of higher order:
/// in the probability, and in each entry of the information relative to the diagonal. What is returned is the higher order,
/// whose error is far smaller (measured on the closed forms of this crate: mostly below 1e-12, at worst 4e-12).
const TOLERANCE: f64 = 1e-9;

/// The most panels for one row; a singularity that nothing softens takes a few hundred.
const MOST_PANELS: usize = 1000;

/// The moments over `[from, to]` (counts: `from <= k < to`) by a rule and by a weaker one inside it.
#[derive(Clone, Copy)]
pub(crate) struct Panel<const P: usize> {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) fine: Moments<P>,
    pub(crate) coarse: Moments<P>,
}

/// Halves panels until the sum has settled; returns it, or how much it still changes.
pub(crate) fn settle<const P: usize>(
    mut panels: Vec<Panel<P>>,
    rule: &mut dyn FnMut(f64, f64) -> Result<Panel<P>, Fault>,
) -> Result<Moments<P>, Fault> {
    loop {
        let mut sum = Moments::ZERO;
        for panel in &panels {
            sum.add(&panel.fine);
        }
        let changes: Vec<f64> = panels.iter().map(|panel| panel.fine.distance(&panel.coarse, &sum)).collect();
        let change: f64 = changes.iter().sum();
        if change <= TOLERANCE {
            return Ok(sum);
        }
        let each = 0.5 * TOLERANCE / panels.len() as f64;
        // An infinite or NaN change is halved, too.
        let rough = |change: f64| change.is_nan() || change > each;
        let mut next = Vec::with_capacity(2 * panels.len());
        for (panel, change) in panels.iter().zip(changes) {
            let middle = 0.5 * (panel.from + panel.to);
            if rough(change) && panel.from < middle && middle < panel.to {
                next.push(rule(panel.from, middle)?);
                next.push(rule(middle, panel.to)?);
            } else {
                next.push(*panel);
            }
        }
        if next.len() == panels.len() || next.len() > MOST_PANELS {
            return Err(Fault::Unsettled { change });
        }
        panels = next;
    }
}

/// The first and the last step of the trapezoidal rule.
const STEPS: [f64; 2] = [0.3, 0.075];

/// The trapezoidal rule for a function that is as good as zero at both ends: for smooth functions the number of correct digits
/// doubles with each halving of the step. None if it has not settled at the smallest step, as at corners.
///
/// Measured on the normal density: 90 points, where Gauss-Kronrod panels take 250.
///
/// # References
/// Takahasi & Mori, "Double exponential formulas for numerical integration" (1974).
pub(crate) fn trapezoid<const P: usize>(
    from: f64,
    to: f64,
    term: &mut dyn FnMut(f64) -> Result<Moments<P>, Fault>,
) -> Result<Option<Moments<P>>, Fault> {
    let mut h = STEPS[0];
    let mut sum = Moments::ZERO;
    let mut v = from;
    while v < to {
        sum.add_scaled(h, &term(v)?);
        v += h;
    }
    while h > STEPS[1] {
        let last = sum;
        sum = Moments::ZERO;
        sum.add_scaled(0.5, &last);
        let mut v = from + 0.5 * h;
        while v < to {
            sum.add_scaled(0.5 * h, &term(v)?);
            v += h;
        }
        if sum.distance(&last, &sum) <= TOLERANCE {
            return Ok(Some(sum));
        }
        h *= 0.5;
    }
    Ok(None)
}

/// Nodes and weights of the 21-point Kronrod rule on `[-1, 1]` and the weights of the 10-point Gauss rule on every second node;
/// all three are symmetric.
///
/// # References
/// Piessens et al., "QUADPACK" (1983), routine QK21.
const KRONROD: [[f64; 3]; 11] = [
    [0.995_657_163_025_808_1, 0.011_694_638_867_371_874, 0.0],
    [0.973_906_528_517_171_7, 0.032_558_162_307_964_725, 0.066_671_344_308_688_14],
    [0.930_157_491_355_708_2, 0.054_755_896_574_351_995, 0.0],
    [0.865_063_366_688_984_5, 0.075_039_674_810_919_96, 0.149_451_349_150_580_6],
    [0.780_817_726_586_416_9, 0.093_125_454_583_697_6, 0.0],
    [0.679_409_568_299_024_4, 0.109_387_158_802_297_64, 0.219_086_362_515_982_04],
    [0.562_757_134_668_604_7, 0.123_491_976_262_065_85, 0.0],
    [0.433_395_394_129_247_2, 0.134_709_217_311_473_34, 0.269_266_719_309_996_35],
    [0.294_392_862_701_460_2, 0.142_775_938_577_060_09, 0.0],
    [0.148_874_338_981_631_22, 0.147_739_104_901_338_49, 0.295_524_224_714_752_87],
    [0.0, 0.149_445_554_002_916_9, 0.0],
];

/// One panel of an integral; `term` adds a function at a point, times a weight.
pub(crate) fn integral<const P: usize>(
    from: f64,
    to: f64,
    term: &mut dyn FnMut(f64) -> Result<Moments<P>, Fault>,
) -> Result<Panel<P>, Fault> {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    let (mut fine, mut coarse) = (Moments::ZERO, Moments::ZERO);
    for [node, kronrod, gauss] in KRONROD {
        let both = [centre - half * node, centre + half * node];
        for &point in &both[..if node == 0.0 { 1 } else { 2 }] {
            let moments = term(point)?;
            fine.add_scaled(half * kronrod, &moments);
            if gauss > 0.0 {
                coarse.add_scaled(half * gauss, &moments);
            }
        }
    }
    Ok(Panel { from, to, fine, coarse })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn both_rules_of_a_panel_have_their_degree() {
        let by_rules = |power: i32| {
            let mut term = |v: f64| Ok(Moments::of(v.powi(power), []));
            let panel = integral(0.0, 2.5, &mut term).unwrap();
            let exact = 2.5_f64.powi(power + 1) / f64::from(power + 1);
            [panel.fine.probability / exact, panel.coarse.probability / exact]
        };
        assert_relative_eq!(by_rules(31)[0], 1.0, max_relative = 1e-13);
        assert_relative_eq!(by_rules(19)[1], 1.0, max_relative = 1e-13);
        assert!((by_rules(22)[1] - 1.0).abs() > 1e-12);
    }
}
