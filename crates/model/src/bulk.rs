//! Where a density has its mass: the mode that is reached by climbing, and how far the mass around it extends.
//!
//! Notation: `t` a coordinate on the line of the support, `ln p` the logarithm of the density of `t`; around a mode `m` with
//! width `w` the mass is measured in `v`, `t = m + w sinh v`, which takes exponential tails in a few steps and algebraic ones
//! as if they were exponential.
use crate::expectation::Fault;

/// A part of the mass ends where the density of `v` has fallen by this much (in the logarithm) below its mode: `2e-22`, so that
/// a score that grows a million times on the way out still leaves nothing to see at 1e-9.
const DEPTH: f64 = 50.0;

/// Beyond, `sinh v` is infinite.
const FARTHEST: f64 = 710.0;

/// The logarithm of a density as a function of the coordinate; minus infinity outside the support.
pub(crate) type LnDensity<'f> = dyn FnMut(f64) -> Result<f64, Fault> + 'f;

/// The mass around a mode: `t = mode + width sinh v` for `v` from `lower` to `upper`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk {
    pub(crate) mode: f64,
    pub(crate) width: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Bulk {
    /// The bulk that is reached by climbing from `start` with a first step of `step`.
    pub(crate) fn find(ln_density: &mut LnDensity<'_>, start: f64, step: f64) -> Result<Option<Self>, Fault> {
        let Some(mut start) = possible(ln_density, start, step)? else { return Ok(None) };
        let mut step = step;
        // Each time a higher mode is met on the way out, the search begins again from there.
        for _ in 0..20 {
            let (peak, width) = climb(ln_density, start, step)?;
            let (lower, higher_below) = extent(ln_density, peak, width, -1.0)?;
            let (upper, higher_above) = extent(ln_density, peak, width, 1.0)?;
            let found = Self { mode: peak.t, width, lower, upper };
            match higher_below.or(higher_above) {
                Some(higher) => (start, step) = (higher, width),
                None => return Ok(Some(found)),
            }
        }
        Ok(None)
    }

    pub(crate) fn t(&self, v: f64) -> f64 {
        self.mode + self.width * v.sinh()
    }

    pub(crate) fn v(&self, t: f64) -> f64 {
        ((t - self.mode) / self.width).asinh()
    }

    /// The mode to rounding, by halving the longer side of a bracket of one width to either side.
    pub(crate) fn summit(&self, ln_density: &mut LnDensity<'_>) -> Result<f64, Fault> {
        let mut middle = at(ln_density, self.mode)?;
        let (mut left, mut right) = (self.mode - self.width, self.mode + self.width);
        while right - left > 4.0 * f64::EPSILON * middle.t.abs().max(self.width) {
            let below = middle.t - left > right - middle.t;
            let next = at(ln_density, 0.5 * (middle.t + if below { left } else { right }))?;
            match (next.ln > middle.ln, below) {
                (true, true) => (middle, right) = (next, middle.t),
                (true, false) => (left, middle) = (middle.t, next),
                (false, true) => left = next.t,
                (false, false) => right = next.t,
            }
        }
        Ok(middle.t)
    }

    /// The range of `t`.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.t(self.lower), self.t(self.upper))
    }
}

/// A point of the line with the logarithm of the density there.
#[derive(Clone, Copy, Debug)]
struct Point {
    t: f64,
    ln: f64,
}

fn at(ln_density: &mut LnDensity<'_>, t: f64) -> Result<Point, Fault> {
    Ok(Point { t, ln: ln_density(t)? })
}

/// A coordinate of positive density: the start, or the best of points at doubling distances from it and from 0.
fn possible(ln_density: &mut LnDensity<'_>, start: f64, step: f64) -> Result<Option<f64>, Fault> {
    if ln_density(start)? > f64::NEG_INFINITY {
        return Ok(Some(start));
    }
    let mut best = Point { t: start, ln: f64::NEG_INFINITY };
    for exponent in -40..=60 {
        for (from, distance) in [(start, step), (0.0, 1.0)] {
            for t in [from - distance * f64::powi(2.0, exponent), from + distance * f64::powi(2.0, exponent)] {
                let point = at(ln_density, t)?;
                if point.ln > best.ln {
                    best = point;
                }
            }
        }
    }
    Ok((best.ln > f64::NEG_INFINITY).then_some(best.t))
}

/// The mode uphill of `start`, to a fraction of its width, and the width: the standard deviation, for a normal density.
fn climb(ln_density: &mut LnDensity<'_>, start: f64, step: f64) -> Result<(Point, f64), Fault> {
    // Bracket: steps that double as long as they lead up.
    let mut middle = at(ln_density, start)?;
    let (mut left, mut right) = (at(ln_density, start - step)?, at(ln_density, start + step)?);
    let mut stride = step;
    // Far out a density may be level to rounding.
    while left.ln == middle.ln && right.ln == middle.ln && stride < f64::MAX / 4.0 {
        stride *= 2.0;
        (left, right) = (at(ln_density, start - stride)?, at(ln_density, start + stride)?);
    }
    while left.ln.max(right.ln) > middle.ln && stride < f64::MAX / 4.0 {
        stride *= 2.0;
        if right.ln > left.ln {
            (left, middle, right) = (middle, right, at(ln_density, right.t + stride)?);
        } else {
            (left, middle, right) = (at(ln_density, left.t - stride)?, left, middle);
        }
    }

    // Narrow it down: the vertex of the parabola through the three points and halving the longer side take turns.
    for round in 0..200 {
        let (below, above) = (middle.t - left.t, right.t - middle.t);
        let (drop_below, drop_above) = (middle.ln - left.ln, middle.ln - right.ln);
        let negligible = 4.0 * f64::EPSILON * middle.t.abs();
        if drop_below.max(drop_above) <= 2.0 || below.max(above) <= negligible {
            break;
        }
        let (slope_below, slope_above) = (drop_below / below, drop_above / above);
        let vertex = middle.t + 0.5 * (slope_below * above - slope_above * below) / (slope_below + slope_above);
        let halved = if below > above { middle.t - 0.5 * below } else { middle.t + 0.5 * above };
        let clear = negligible.max(1e-3 * below.min(above));
        let inside = left.t + clear < vertex && vertex < right.t - clear && (vertex - middle.t).abs() > clear;
        let next = at(ln_density, if round % 2 == 0 && inside { vertex } else { halved })?;
        match (next.ln > middle.ln, next.t < middle.t) {
            (true, true) => (middle, right) = (next, middle),
            (true, false) => (left, middle) = (middle, next),
            (false, true) => left = next,
            (false, false) => right = next,
        }
    }
    let width = width(ln_density, middle, [left, right])?;
    Ok((middle, width))
}

/// The distance at which the density has fallen by one half (in the logarithm) on the wider side: by the parabola through the
/// bracket, corrected until the fall is from 0.1 to 4.
fn width(ln_density: &mut LnDensity<'_>, peak: Point, [left, right]: [Point; 2]) -> Result<f64, Fault> {
    let (below, above) = (peak.t - left.t, right.t - peak.t);
    let curvature = 2.0 * ((peak.ln - left.ln) / below + (peak.ln - right.ln) / above) / (below + above);
    let guess = curvature.powf(-0.5);
    let mut width = if guess > 0.0 && guess.is_finite() { guess } else { below.min(above) };
    let mut grew = false;
    for _ in 0..200 {
        let fall = peak.ln - ln_density(peak.t - width)?.max(ln_density(peak.t + width)?);
        if fall > 4.0 {
            width *= 0.5;
            // A density with edges falls from nothing to infinity at once.
            if grew {
                break;
            }
        } else if fall < 0.1 && width < f64::MAX / 4.0 {
            width *= 2.0;
            grew = true;
        } else {
            break;
        }
    }
    Ok(width)
}

/// How far the mass extends on one side, in `v`, and a place on the way where the density is clearly higher than at the peak.
fn extent(ln_density: &mut LnDensity<'_>, peak: Point, width: f64, side: f64) -> Result<(f64, Option<f64>), Fault> {
    let (mut v, mut step) = (0.0, 0.5);
    loop {
        v += step;
        let point = at(ln_density, peak.t + side * width * f64::sinh(v))?;
        if point.ln > peak.ln + 1.0 {
            return Ok((side * v, Some(point.t)));
        }
        if point.ln + v.cosh().ln() < peak.ln - DEPTH || v > FARTHEST {
            return Ok((side * v, None));
        }
        step *= 1.15;
    }
}
