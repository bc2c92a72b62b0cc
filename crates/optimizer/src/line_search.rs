//! A step length that satisfies the strong Wolfe conditions.
//!
//! Notation of Moré & Thuente: `phi(t) = f(x + t d)` along a direction of descent, `mu` and `eta` the two constants,
//! `psi(t) = phi(t) - phi(0) - mu t phi'(0)`; `l` the end of the interval with the lowest value, `u` the other end.

/// The search of Moré & Thuente for a step with
///
/// ```text
/// phi(t) <= phi(0) + mu t phi'(0)        sufficient decrease
/// |phi'(t)| <= eta |phi'(0)|             curvature
/// ```
///
/// Where the values differ by rounding only, `|phi(t) - phi(0)| <= epsilon |phi(0)|`, the slopes tell the difference better: it is
/// taken as `t (phi'(0) + phi'(t)) / 2`. The first condition then reads `phi'(t) <= (2 mu - 1) phi'(0)`, the approximate Wolfe
/// condition of Hager & Zhang, and a search goes on until the slopes are rounding as well. Their own search by bisection and secants
/// was tried: it takes a quarter more evaluations (see [`Lbfgs`](crate::Lbfgs)).
///
/// # References
/// Moré & Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM Transactions on Mathematical Software
/// 20(3), 1994, sections 2 to 4; Hager & Zhang, "A new conjugate gradient method with guaranteed descent and an efficient line
/// search", SIAM Journal on Optimization 16(1), 2005, equation (4.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LineSearch {
    /// `phi(t) <= phi(0) + mu t phi'(0)`; default 1e-4.
    pub(crate) mu: f64,
    /// `|phi'(t)| <= eta |phi'(0)|`; default 0.9.
    pub(crate) eta: f64,
    /// Values count as equal where `|phi(t) - phi(0)| <= epsilon |phi(0)|`; default 1e-10: a million roundings, for a value may be a sum
    /// of many terms. From 1e-14 to 1e-6 the counts of evaluations hardly change.
    pub(crate) epsilon: f64,
    /// The greatest number of evaluations; default 20.
    pub(crate) max_evaluations: usize,
}

impl Default for LineSearch {
    fn default() -> Self {
        Self { mu: 1e-4, eta: 0.9, epsilon: 1e-10, max_evaluations: 20 }
    }
}

/// A step length tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    /// The step length.
    pub(crate) t: f64,
    /// What has been gained or lost, `phi(t) - phi(0)`.
    pub(crate) difference: f64,
    /// `phi'(t)`
    pub(crate) slope: f64,
}

/// The interpolated step may go this part of the way from `t` to the other end of a bracket.
const TOWARDS: f64 = 0.66;

/// A bracket that has not shrunk to this part in two steps is halved.
const SHRINK: f64 = 0.66;

/// Beyond `t` the next trial is between these multiples of the way from `l` to `t`.
const EXTRAPOLATE: (f64, f64) = (1.1, 4.0);

/// After an impossible trial the next one goes this part of the way from `l`.
const IMPOSSIBLE: f64 = 0.25;

impl LineSearch {
    /// Searches from `phi(0) = start` (value and slope) with the trial `first <= largest`. A value or slope that is not finite
    /// means too far.
    ///
    /// The step satisfies both conditions, or only the first where it is `largest` or where no better one was found; none if there
    /// is no decrease to be had.
    ///
    /// # Panics
    /// If the slope at 0 is not negative.
    pub(crate) fn search(
        &self,
        mut phi: impl FnMut(f64) -> (f64, f64),
        start: (f64, f64),
        first: f64,
        largest: f64,
    ) -> Option<Trial> {
        let (value, slope) = start;
        assert!(slope < 0.0, "bug: a line search along a direction of ascent, slope {slope}");
        let origin = Trial { t: 0.0, difference: 0.0, slope };
        let mut interval = Interval { l: origin, u: origin, bracketed: false, widths: [f64::INFINITY; 2] };
        let mut modified = true; // steps are chosen with psi until psi(t) <= 0 and phi'(t) >= 0
        let mut impossible = f64::INFINITY;
        let mut t = first.min(largest);
        for _ in 0..self.max_evaluations {
            // Evaluate, and come nearer while the trial is impossible.
            let (there, slope_there) = phi(t);
            if !there.is_finite() || !slope_there.is_finite() {
                impossible = t;
                t = interval.l.t + IMPOSSIBLE * (t - interval.l.t);
                continue;
            }
            let hidden = (there - value).abs() <= self.epsilon * value.abs();
            let difference = if hidden { 0.5 * t * (slope + slope_there) } else { there - value };
            let trial = Trial { t, difference, slope: slope_there };

            // Test for convergence.
            let decreased = difference <= self.mu * t * slope;
            let falls_on = t == largest && slope_there < 0.0;
            if decreased && (slope_there.abs() <= -self.eta * slope || falls_on) {
                return Some(trial);
            }

            // Update the interval and choose the next trial, with psi in place of phi until a minimiser is in sight.
            modified &= !(decreased && slope_there >= 0.0);
            let tilt =
                if modified && !decreased && difference <= interval.l.difference { self.mu * slope } else { 0.0 };
            let next = interval.update(trial, tilt).min(largest).min(0.5 * (t + impossible));
            if next == t || next == interval.l.t || next == interval.u.t && interval.bracketed {
                break; // no numbers are left between the ends
            }
            t = next;
        }
        (interval.l.difference < 0.0).then_some(interval.l)
    }
}

/// The interval that is searched: `l` is its best end, on either side of `u`.
struct Interval {
    l: Trial,
    u: Trial,
    /// Whether there is a minimiser between `l` and `u`; before that the interval has no upper end.
    bracketed: bool,
    /// The last two widths, the older one first.
    widths: [f64; 2],
}

impl Interval {
    /// Takes a trial in and says where to try next, both for the function with the slope `tilt` subtracted.
    fn update(&mut self, trial: Trial, tilt: f64) -> f64 {
        let tilted = |p: Trial| Trial { difference: p.difference - tilt * p.t, slope: p.slope - tilt, ..p };
        let (l, t) = (tilted(self.l), tilted(trial));
        let u = self.bracketed.then(|| tilted(self.u));
        let next = trial_value(l, t, u);

        // Updating algorithm of section 2.
        if t.difference > l.difference {
            (self.u, self.bracketed) = (trial, true);
        } else {
            if t.slope * (t.t - l.t) > 0.0 {
                (self.u, self.bracketed) = (self.l, true);
            }
            self.l = trial;
        }

        if !self.bracketed {
            let stride = t.t - l.t;
            return next.max(t.t + EXTRAPOLATE.0 * stride).min(t.t + EXTRAPOLATE.1 * stride);
        }
        let width = (self.u.t - self.l.t).abs();
        let slow = width >= SHRINK * self.widths[0];
        self.widths = [self.widths[1], width];
        if slow { self.l.t + 0.5 * (self.u.t - self.l.t) } else { next }
    }
}

/// The next trial by interpolation between the best end `l`, the last trial `t` and the other end `u` if there is one; infinite
/// where it is as far as allowed (section 4, cases 1 to 4).
fn trial_value(l: Trial, t: Trial, u: Option<Trial>) -> f64 {
    let distance = |a: f64, b: f64| (a - b).abs();
    if t.difference > l.difference {
        // Case 1: higher.
        let quadratic = quadratic_minimum(l, t);
        let cubic = cubic_minimum(l, t).unwrap_or(quadratic);
        return if distance(cubic, l.t) < distance(quadratic, l.t) { cubic } else { 0.5 * (cubic + quadratic) };
    }
    let secant = t.t - t.slope * (t.t - l.t) / (t.slope - l.slope);
    if t.slope * l.slope < 0.0 {
        // Case 2: lower, with a slope of the other sign.
        let cubic = cubic_minimum(l, t).unwrap_or(secant);
        return if distance(cubic, t.t) >= distance(secant, t.t) { cubic } else { secant };
    }
    if t.slope.abs() <= l.slope.abs() {
        // Case 3: lower, and the slope flattens.
        let beyond = |at: &f64| (at - t.t) * (t.t - l.t) > 0.0;
        let cubic = cubic_minimum(l, t).filter(beyond).unwrap_or(f64::INFINITY.copysign(t.t - l.t));
        let secant = Some(secant).filter(beyond).unwrap_or(cubic);
        return match u {
            Some(u) => {
                let nearer = if distance(cubic, t.t) < distance(secant, t.t) { cubic } else { secant };
                let most = t.t + TOWARDS * (u.t - t.t);
                if t.t > l.t { nearer.min(most) } else { nearer.max(most) }
            }
            None => cubic.max(secant),
        };
    }
    // Case 4: lower, and the slope steepens.
    match u {
        Some(u) => cubic_minimum(u, t).unwrap_or(0.5 * (t.t + u.t)),
        None => f64::INFINITY,
    }
}

/// The minimiser of the cubic with the values and slopes at `a` and `b`, if it has one.
fn cubic_minimum(a: Trial, b: Trial) -> Option<f64> {
    let theta = a.slope + b.slope - 3.0 * (b.difference - a.difference) / (b.t - a.t);
    let scale = theta.abs().max(a.slope.abs()).max(b.slope.abs());
    let discriminant = (theta / scale).powi(2) - (a.slope / scale) * (b.slope / scale);
    let root = (scale * discriminant.sqrt()).copysign(b.t - a.t);
    let at = b.t - (b.t - a.t) * (b.slope + root - theta) / (b.slope - a.slope + 2.0 * root);
    at.is_finite().then_some(at)
}

/// The minimiser of the parabola with the values at `a` and `b` and the slope at `a`.
fn quadratic_minimum(a: Trial, b: Trial) -> f64 {
    let chord = (b.difference - a.difference) / (b.t - a.t);
    a.t + 0.5 * a.slope / (a.slope - chord) * (b.t - a.t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use std::cell::Cell;
    use std::f64::consts::PI;

    /// Functions (5.1) to (5.4) of Moré & Thuente.
    #[derive(Clone, Copy)]
    enum Function {
        /// `-t / (t^2 + beta)`, beta
        Rational(f64),
        /// `(t + beta)^5 - 2 (t + beta)^4`, beta
        Quintic(f64),
        /// A kink at 1 rounded over +-beta, with `l` waves.
        Waves(f64, f64),
        /// Yanai, Ozawa & Kaneko, `beta_1` and `beta_2`.
        Hyperbolas(f64, f64),
    }
    use Function::{Hyperbolas, Quintic, Rational, Waves};

    impl Function {
        fn value_slope(self, t: f64) -> (f64, f64) {
            match self {
                Rational(beta) => {
                    let square = t * t + beta;
                    (-t / square, (t * t - beta) / (square * square))
                }
                Quintic(beta) => {
                    let u = t + beta;
                    (u.powi(5) - 2.0 * u.powi(4), 5.0 * u.powi(4) - 8.0 * u.powi(3))
                }
                Waves(beta, l) => {
                    let (value, slope) = if t <= 1.0 - beta {
                        (1.0 - t, -1.0)
                    } else if t >= 1.0 + beta {
                        (t - 1.0, 1.0)
                    } else {
                        ((t - 1.0).powi(2) / (2.0 * beta) + beta / 2.0, (t - 1.0) / beta)
                    };
                    let angle = l * PI / 2.0;
                    (value + (1.0 - beta) / angle * (angle * t).sin(), slope + (1.0 - beta) * (angle * t).cos())
                }
                Hyperbolas(beta_1, beta_2) => {
                    let gamma = |beta: f64| (1.0 + beta * beta).sqrt() - beta;
                    let (a, b) = (gamma(beta_1), gamma(beta_2));
                    let (p, q) = ((1.0 - t).hypot(beta_2), t.hypot(beta_1));
                    (a * p + b * q, a * (t - 1.0) / p + b * t / q)
                }
            }
        }
    }

    /// The table of the paper: function, mu, eta.
    const TABLE: [(Function, f64, f64); 6] = [
        (Rational(2.0), 1e-3, 0.1),
        (Quintic(0.004), 0.1, 0.1),
        (Waves(0.01, 39.0), 0.1, 0.1),
        (Hyperbolas(0.001, 0.001), 0.001, 0.001),
        (Hyperbolas(0.01, 0.001), 0.001, 0.001),
        (Hyperbolas(0.001, 0.01), 0.001, 0.001),
    ];

    /// The step found and the number of evaluations.
    fn run(search: &LineSearch, phi: impl Fn(f64) -> (f64, f64), first: f64, largest: f64) -> (Option<Trial>, usize) {
        let count = Cell::new(0);
        let counted = |t| {
            count.set(count.get() + 1);
            phi(t)
        };
        let found = search.search(counted, phi(0.0), first, largest);
        (found, count.get())
    }

    #[test]
    fn the_functions_of_more_and_thuente_take_their_evaluations() {
        let mut lines = Vec::new();
        for (function, mu, eta) in TABLE {
            let search = LineSearch { mu, eta, ..LineSearch::default() };
            let phi = |t| function.value_slope(t);
            let (value, slope) = phi(0.0);
            let runs = [1e-3, 1e-1, 1e1, 1e3].map(|first| {
                let (found, evaluations) = run(&search, phi, first, 4.0 * first.max(1.0));
                let t = found.unwrap().t;
                assert!(phi(t).0 <= value + mu * t * slope && phi(t).1.abs() <= -eta * slope, "t = {t}");
                format!("{evaluations:>2} {t:>5.2}")
            });
            lines.push(runs.join("  "));
        }
        // The numbers of evaluations and the steps (to the digits printed) are those of their tables I to VI.
        insta::assert_snapshot!(lines.join("\n"), @"
         6  1.36   3  1.44   1 10.00   4 36.89
        12  1.60   8  1.60   8  1.60  11  1.60
        12  1.00  12  1.00  10  1.00  13  1.00
         4  0.09   1  0.10   3  0.35   4  0.83
         6  0.08   3  0.08   7  0.07   8  0.08
        13  0.93  11  0.93   8  0.92  11  0.92
        ");
    }

    #[test]
    fn an_edge_of_the_domain_is_not_crossed() {
        // t - ln(4 - t) / 8 - 2 ln(t + 1): NaN from 4 on, with its minimum short of it.
        let phi = |t: f64| (0.25 * t - 2.0 * (t + 1.0).ln() - (4.0 - t).ln(), 0.25 - 2.0 / (t + 1.0) + 1.0 / (4.0 - t));
        let search = LineSearch { eta: 0.01, ..LineSearch::default() };
        for first in [1.0, 3.99, 4.0, 1e4] {
            let found = run(&search, phi, first, f64::INFINITY).0.unwrap();
            assert!(found.t < 4.0 && found.slope.abs() <= 0.01 * 1.5, "{found:?}");
        }
        let found = run(&search, |t| if t < 1e-3 { (-t, -1.0) } else { (f64::NEG_INFINITY, 0.0) }, 1.0, 2.0).0.unwrap();
        assert!(found.t < 1e-3 && found.difference == -found.t, "{found:?}");
    }

    #[test]
    fn a_fall_that_never_ends_stops_at_the_largest_step() {
        let found = run(&LineSearch::default(), |t| (-t, -1.0), 1.0, 30.0).0.unwrap();
        assert_eq!(found, Trial { t: 30.0, difference: -30.0, slope: -1.0 });
        // Without one the lowest point is taken after the last evaluation.
        let (found, evaluations) = run(&LineSearch::default(), |t| (-t, -1.0), 1.0, f64::INFINITY);
        assert_eq!((found.unwrap().t > 1e10, evaluations), (true, 20));
    }

    #[test]
    fn slopes_decide_where_values_are_rounding() {
        // (t - 1.7)^2 1e-17 on a value of 35: all values are equal.
        let phi = |t: f64| (35.0, 2e-17 * (t - 1.7));
        let search = LineSearch { eta: 0.1, ..LineSearch::default() };
        let (found, evaluations) = run(&search, phi, 1.0, f64::INFINITY);
        assert_relative_eq!(found.unwrap().t, 1.7, max_relative = 0.1);
        assert_relative_eq!(found.unwrap().difference, 1e-17 * (0.0 - 1.7 * 1.7), max_relative = 0.01);
        assert_eq!(evaluations, 3);
        // Values that pretend to rise and fall at random do not matter either.
        let noise = |t: f64| (1e6 * t).sin() * 1e-13;
        let noisy = |t: f64| (35.0 + noise(t), 2e-14 * (t - 1.7));
        assert_relative_eq!(run(&search, noisy, 0.1, f64::INFINITY).0.unwrap().t, 1.7, max_relative = 0.1);
    }

    #[test]
    fn no_decrease_at_all_is_no_step() {
        let (found, _) = run(&LineSearch::default(), |t| (t.abs(), if t == 0.0 { -1.0 } else { 1.0 }), 1.0, 8.0);
        assert_eq!(found, None);
        assert_eq!(run(&LineSearch::default(), |t| (if t == 0.0 { 0.0 } else { f64::NAN }, -1.0), 1.0, 8.0).0, None);
    }

    #[test]
    #[should_panic(expected = "bug: a line search along a direction of ascent")]
    fn a_direction_of_ascent_is_a_bug() {
        run(&LineSearch::default(), |t| (t, 1.0), 1.0, 8.0);
    }

    #[test]
    fn interpolation_is_exact_for_cubics_and_parabolas() {
        // t^3 / 3 - t^2 / 2 - 6 t, with its minimum at 3, and (t - 2.5)^2.
        let cubic =
            |t: f64| Trial { t, difference: t.powi(3) / 3.0 - t * t / 2.0 - 6.0 * t, slope: (t - 3.0) * (t + 2.0) };
        for (a, b) in [(0.5, 7.0), (7.0, 0.5), (0.5, 2.0), (4.0, 7.5)] {
            assert_relative_eq!(cubic_minimum(cubic(a), cubic(b)).unwrap(), 3.0, max_relative = 1e-12);
        }
        let parabola = |t: f64| Trial { t, difference: (t - 2.5).powi(2), slope: 2.0 * (t - 2.5) };
        assert_relative_eq!(quadratic_minimum(parabola(0.3), parabola(6.0)), 2.5, max_relative = 1e-12);
        assert_eq!(
            cubic_minimum(
                Trial { t: 0.0, difference: 0.0, slope: -1.0 },
                Trial { t: 2.0, difference: -2.0, slope: -1.0 }
            ),
            None
        );
    }
}
