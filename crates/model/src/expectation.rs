//! The expected information of one row: the expectation of the product of the score with itself over all responses that the row
//! could have had.
use crate::bulk::Bulk;
use crate::line::Line;
use crate::quadrature::{integral, settle, trapezoid};
use crate::response::Space;
use crate::summation::{counts, sum};

/// The total probability must be 1 to within this.
const TOTAL: f64 = 1e-9;

/// The most places in which mass is looked for.
const MOST_BULKS: usize = 12;

/// A panel spans this much of `v` at first: the normal density then needs no halving.
const SPAN: f64 = 1.5;

/// Why there is no expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Log-density or score are not finite at this response.
    NotFinite { response: f64, log_density: f64 },
    /// The probabilities do not add up to 1.
    Total { total: f64 },
    /// Halving panels changes the result without end.
    Unsettled { change: f64 },
}

/// Log-density and score of a row with some response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample<const P: usize> {
    pub(crate) log_density: f64,
    pub(crate) score: [f64; P],
}

/// Log-density and score at a response.
pub(crate) trait Responses<const P: usize> {
    /// The log-density alone.
    fn log_density(&mut self, response: f64) -> f64;

    /// Log-density and score.
    fn sample(&mut self, response: f64) -> Sample<P>;
}

/// Probability, and the expected product of the score with itself (lower triangle).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments<const P: usize> {
    pub(crate) probability: f64,
    pub(crate) information: [[f64; P]; P],
    /// The largest entries of any score that went in.
    steepest: [f64; P],
}

/// Of the square of the steepest score; an entry of the diagonal below this comes from responses that never happen, and need
/// not settle.
const NOTHING: f64 = 1e-120;

impl<const P: usize> Moments<P> {
    pub(crate) const ZERO: Self = Self { probability: 0.0, information: [[0.0; P]; P], steepest: [0.0; P] };

    pub(crate) fn of(weight: f64, score: [f64; P]) -> Self {
        let mut moments = Self { probability: weight, steepest: score.map(f64::abs), ..Self::ZERO };
        for k in 0..P {
            for l in 0..=k {
                moments.information[k][l] = weight * score[k] * score[l];
            }
        }
        moments
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.add_scaled(1.0, other);
    }

    pub(crate) fn add_scaled(&mut self, factor: f64, other: &Self) {
        self.probability += factor * other.probability;
        for k in 0..P {
            self.steepest[k] = self.steepest[k].max(other.steepest[k]);
            for l in 0..=k {
                self.information[k][l] += factor * other.information[k][l];
            }
        }
    }

    /// The largest difference: of the probabilities, and of entries `kl` in units of `sqrt(I_kk I_ll)` of the `scale`.
    pub(crate) fn distance(&self, other: &Self, scale: &Self) -> f64 {
        let unit: [f64; P] =
            std::array::from_fn(|k| scale.information[k][k].sqrt().max(NOTHING.sqrt() * scale.steepest[k]));
        let mut largest = (self.probability - other.probability).abs();
        for k in 0..P {
            for l in 0..=k {
                let difference = (self.information[k][l] - other.information[k][l]).abs();
                if difference > 0.0 || difference.is_nan() {
                    let distance = difference / unit[k] / unit[l];
                    largest = if distance.is_nan() { f64::INFINITY } else { largest.max(distance) };
                }
            }
        }
        largest
    }
}

/// The expected information of a row (lower triangle). The search begins at the `observed` response, with a first `step` that
/// is left at the width of what was found, for the next row.
pub(crate) fn expected_information<const P: usize>(
    space: &Space,
    observed: f64,
    step: &mut f64,
    row: &mut dyn Responses<P>,
) -> Result<[[f64; P]; P], Fault> {
    let line = space.line;
    let mut total = Moments::ZERO;
    for &atom in &space.atoms {
        total.add(&weighted(row, atom, 0.0)?);
    }
    let mut covered: Vec<(f64, f64)> = Vec::new();
    let (mut start, mut first_step) = (line.start(observed), *step);
    while covered.len() < MOST_BULKS {
        let found = Bulk::find(&mut |t| ln_density(line, row, t), start, first_step)?;
        let Some(bulk) = found.filter(|bulk| !covered.iter().any(|&(a, b)| a <= bulk.mode && bulk.mode <= b)) else {
            break;
        };
        if covered.is_empty() {
            *step = bulk.width;
        }
        let range = match line {
            Line::Counts { most } => over_counts(most, row, &bulk, &covered, &mut total)?,
            _ => over_interval(line, row, &bulk, &covered, &mut total)?,
        };
        covered.push(range);
        if (total.probability - 1.0).abs() <= TOTAL {
            return Ok(total.information);
        }
        let Some(next) = elsewhere(line, row, &covered, bulk.width) else { break };
        (start, first_step) = next;
    }
    // All mass may be on the atoms.
    if (total.probability - 1.0).abs() <= TOTAL {
        Ok(total.information)
    } else {
        Err(Fault::Total { total: total.probability })
    }
}

/// The logarithm of the density of the line's coordinate.
fn ln_density<const P: usize>(line: Line, row: &mut dyn Responses<P>, t: f64) -> Result<f64, Fault> {
    let Some((response, ln_slope)) = line.place(t) else { return Ok(f64::NEG_INFINITY) };
    let log_density = row.log_density(response);
    if log_density.is_nan() || log_density == f64::INFINITY {
        return Err(Fault::NotFinite { response, log_density });
    }
    Ok(log_density + ln_slope)
}

/// The moments at one response, times `exp(ln_weight)`.
fn weighted<const P: usize>(row: &mut dyn Responses<P>, response: f64, ln_weight: f64) -> Result<Moments<P>, Fault> {
    let Sample { log_density, score } = row.sample(response);
    let fault = Fault::NotFinite { response, log_density };
    if log_density.is_nan() || log_density == f64::INFINITY {
        return Err(fault);
    }
    let weight = (log_density + ln_weight).exp();
    // What cannot happen does not count, be its score what it may.
    if weight == 0.0 {
        return Ok(Moments::ZERO);
    }
    if score.iter().all(|g| g.is_finite()) { Ok(Moments::of(weight, score)) } else { Err(fault) }
}

/// Adds the integral over a bulk but for what is covered already; returns the range of the line's coordinate.
fn over_interval<const P: usize>(
    line: Line,
    row: &mut dyn Responses<P>,
    bulk: &Bulk,
    covered: &[(f64, f64)],
    total: &mut Moments<P>,
) -> Result<(f64, f64), Fault> {
    let term = |row: &mut dyn Responses<P>, v: f64| {
        let Some((response, ln_slope)) = line.place(bulk.t(v)) else { return Ok(Moments::ZERO) };
        weighted(row, response, ln_slope + (bulk.width * v.cosh()).ln())
    };
    let in_v: Vec<(f64, f64)> = covered.iter().map(|&(a, b)| (bulk.v(a), bulk.v(b))).collect();
    let (lower, upper) = clip((bulk.lower, bulk.upper), 0.0, &in_v);
    let range = (bulk.t(lower), bulk.t(upper));
    if covered.is_empty()
        && let Some(moments) = trapezoid(lower, upper, &mut |v| term(row, v))?
    {
        total.add(&moments);
        return Ok(range);
    }
    // A corner is most likely at the mode.
    let corner = bulk.v(bulk.summit(&mut |t| ln_density(line, row, t))?).clamp(lower, upper);
    let mut rule = |from: f64, to: f64| integral(from, to, &mut |v| term(row, v));
    let mut panels = Vec::new();
    for (from, to) in [(lower, corner), (corner, upper)] {
        let pieces = ((to - from) / SPAN).ceil().max(1.0);
        let mut i = 0.0;
        while i < pieces {
            panels.push(rule(from + (to - from) * i / pieces, from + (to - from) * (i + 1.0) / pieces)?);
            i += 1.0;
        }
    }
    total.add(&settle(panels, &mut rule)?);
    Ok(range)
}

/// Adds the sum over a bulk but for what is covered already; returns the range of counts.
fn over_counts<const P: usize>(
    most: f64,
    row: &mut dyn Responses<P>,
    bulk: &Bulk,
    covered: &[(f64, f64)],
    total: &mut Moments<P>,
) -> Result<(f64, f64), Fault> {
    let (lower, upper) = bulk.range();
    // Two more at either end: rare events may carry all of the information.
    let whole = ((lower.round() - 2.0).max(0.0), (upper.round() + 2.0).min(most));
    let beside: Vec<(f64, f64)> = covered.iter().map(|&(a, b)| (a - 1.0, b + 1.0)).collect();
    let (first, last) = clip(whole, bulk.mode.round(), &beside);
    let mut rule = |from: f64, to: f64| sum(from, to, &mut |k: f64| weighted(row, k, 0.0));
    let panels = counts(first, last).into_iter().map(|(from, to)| rule(from, to)).collect::<Result<_, _>>()?;
    total.add(&settle(panels, &mut rule)?);
    Ok((first, last))
}

/// An interval around `centre`, cut off where others begin.
fn clip((mut lower, mut upper): (f64, f64), centre: f64, others: &[(f64, f64)]) -> (f64, f64) {
    for &(a, b) in others {
        if b <= centre {
            lower = lower.max(b);
        } else {
            upper = upper.min(a);
        }
    }
    (lower, upper)
}

/// Where to look for mass that is missing: the highest point at which the density rises again, among points at doubling
/// distances from what is covered, between its parts and at the ends of the counts; with a first step.
fn elsewhere<const P: usize>(
    line: Line,
    row: &mut dyn Responses<P>,
    covered: &[(f64, f64)],
    width: f64,
) -> Option<(f64, f64)> {
    // Far out a log-density may overflow to NaN: no mass was seen there.
    let mut ln = |t: f64| ln_density(line, row, t).unwrap_or(f64::NEG_INFINITY);
    let lowest = covered.iter().map(|range| range.0).fold(f64::INFINITY, f64::min);
    let highest = covered.iter().map(|range| range.1).fold(f64::NEG_INFINITY, f64::max);
    let mut best = (f64::NEG_INFINITY, None);
    let mut consider = |ln: f64, t: f64, step: f64| {
        if ln > best.0 {
            best = (ln, Some((t, step)));
        }
    };
    for (edge, side) in [(lowest, -1.0), (highest, 1.0)] {
        let (mut before, mut distance) = (ln(edge), 0.25 * width);
        loop {
            let t = edge + side * distance;
            if line.place(t).is_none() {
                break;
            }
            let here = ln(t);
            if here > before {
                consider(here, t, 0.25 * distance);
            }
            (before, distance) = (here, 2.0 * distance);
        }
    }
    if let Line::Counts { most } = line {
        for (end, missing) in [(0.0, lowest > 0.0), (most, highest < most)] {
            if missing {
                consider(ln(end), end, 1.0);
            }
        }
    }
    let mut ranges = covered.to_vec();
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    for pair in ranges.windows(2) {
        let (from, to) = (pair[0].1, pair[1].0);
        for part in 1..16 {
            let t = from + (to - from) * f64::from(part) / 16.0;
            if from < t && t < to {
                let (here, ends) = (ln(t), ln(from).max(ln(to)));
                if here > ends {
                    consider(here, t, (to - from) / 16.0);
                }
            }
        }
    }
    best.1
}
