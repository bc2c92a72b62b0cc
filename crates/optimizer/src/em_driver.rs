//! EM as a method of the one loop: maps, extrapolations, and the estimated distance to the maximum.
//!
//! Notation as in `em.rs` and `squarem.rs`.
use nalgebra::DVector;

use crate::squarem::{extrapolate, steplength};
use crate::{Decrement, Em, ExpectationMaximization, InvalidProblem, Method, Point, Problem, Standing, Step, Stopping};

/// EM as the loop sees it. Private: only [`Em::minimize`] can say which step is wrong.
pub(crate) struct Driver<'s, S> {
    pub(crate) em: Em,
    pub(crate) steps: &'s S,
}

/// A point with both steps done.
#[derive(Clone)]
struct Mapped {
    /// The gradient is the one of `-Q`, by Fisher's identity.
    point: Point,
    /// `M(theta)`
    next: DVector<f64>,
}

/// Where EM stands.
#[derive(Clone)]
pub(crate) struct State {
    at: Mapped,
    /// The rates of the last two maps; 1 where it is not known, or no map has become shorter.
    rates: [f64; 2],
    /// Whether the plain map has lowered the log-likelihood.
    fell: bool,
}

/// Where more maps than these remain, Newton's method is asked for: from one standard error it takes four or five steps.
const HANDFUL: f64 = 6.0;

/// A map whose step is 1e-11 standard errors of the complete data makes no more progress: rates measured there are those of rounding.
const STANDSTILL: f64 = 1e-22;

/// An extrapolation is shortened so many times before the plain map is taken.
const BACKTRACKS: usize = 4;

impl<S: ExpectationMaximization> Method for Driver<'_, S> {
    type State = State;

    fn name(&self) -> &'static str {
        if self.em.acceleration { "EM with SQUAREM" } else { "EM" }
    }

    fn stopping(&self) -> Stopping {
        self.em.stopping
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        let newton_from = self.em.newton_from;
        InvalidProblem::setting("newton_from", "a number of at least 0", newton_from, newton_from >= 0.0)
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> State {
        let nan = DVector::repeat(start.len(), f64::NAN);
        let nowhere = Mapped { point: Point { x: start.clone(), value: f64::NAN, gradient: nan.clone() }, next: nan };
        let at = self.e_step(problem, start).map_or(nowhere, |expected| self.m_step(expected));
        State { at, rates: [1.0; 2], fell: false }
    }

    fn step(&self, problem: &Problem<'_>, state: &mut State) -> Step {
        if state.at.is_fixed() {
            return Step::Exhausted;
        }
        // EM: the map, which never lowers the log-likelihood.
        let Some(first) = self.map(problem, &state.at) else {
            state.fell = true;
            return Step::Exhausted;
        };
        state.rates = [state.rates[1], rate(&state.at, &first)];
        // SQUAREM: extrapolation from two maps, and a map to stabilise it.
        let to = match self.extrapolation(problem, &state.at, &first) {
            Some(far) => match self.map(problem, &far) {
                Some(stable) => {
                    state.rates = [state.rates[1], rate(&far, &stable)];
                    stable
                }
                None => far,
            },
            None => first,
        };
        let length = (&to.point.x - &state.at.point.x).dot(&state.at.point.gradient).abs().sqrt();
        state.at = to;
        Step::Accepted { length }
    }

    fn current<'s>(&self, state: &'s State) -> Standing<'s> {
        Standing { point: &state.at.point, hessian: None, decrement: Decrement::assumed(state.decrement()) }
    }

    fn newton_from(&self, state: &State) -> f64 {
        let (tolerance, decrement) = (self.em.stopping.tolerance, state.decrement());
        if state.fell {
            return tolerance;
        }
        if decrement <= tolerance || state.at.is_fixed() {
            return f64::INFINITY; // EM has nothing more to say.
        }
        let maps = 0.5 * (tolerance / decrement).ln() / state.rate().ln();
        if maps > HANDFUL { self.em.newton_from } else { tolerance }
    }
}

impl<S: ExpectationMaximization> Driver<'_, S> {
    /// The E-step at a possible point.
    fn e_step(&self, problem: &Problem<'_>, x: DVector<f64>) -> Option<(Point, S::Statistics)> {
        if !x.iter().enumerate().all(|(i, &x)| x.is_finite() && problem.bounds.contain(i, x)) {
            return None;
        }
        problem.count_value();
        let (log_likelihood, statistics) = self.steps.e_step(&x);
        if !log_likelihood.is_finite() {
            return None;
        }
        let gradient = -self.steps.q_gradient(&x, &statistics);
        Some((Point { x, value: -log_likelihood, gradient }, statistics))
    }

    fn m_step(&self, (point, statistics): (Point, S::Statistics)) -> Mapped {
        Mapped { point, next: self.steps.m_step(&statistics) }
    }

    /// The map from `at`, unless it leads down or to an impossible point.
    fn map(&self, problem: &Problem<'_>, at: &Mapped) -> Option<Mapped> {
        let expected = self.e_step(problem, at.next.clone())?;
        is_no_higher(expected.0.value, at.point.value).then(|| self.m_step(expected))
    }

    /// The extrapolated point, where that is no lower than the one before.
    fn extrapolation(&self, problem: &Problem<'_>, at: &Mapped, first: &Mapped) -> Option<Mapped> {
        if !self.em.acceleration {
            return None;
        }
        let r = at.r();
        let v = first.r() - &r;
        let mut alpha = steplength([&-&at.point.gradient, &-&first.point.gradient], &r, &v)?;
        for _ in 0..BACKTRACKS {
            let expected = self.e_step(problem, extrapolate(&at.point.x, &r, &v, alpha));
            if let Some(expected) = expected.filter(|(point, _)| is_no_higher(point.value, at.point.value)) {
                return Some(self.m_step(expected));
            }
            alpha = 0.5 * (alpha - 1.0);
        }
        None
    }
}

impl State {
    fn rate(&self) -> f64 {
        self.rates[0].max(self.rates[1])
    }

    /// `s' r / (1 - rate)`
    fn decrement(&self) -> f64 {
        if self.at.is_fixed() {
            return 0.0;
        }
        let complete = self.at.complete_decrement();
        if complete > 0.0 { complete / (1.0 - self.rate()) } else { f64::INFINITY }
    }
}

impl Mapped {
    fn r(&self) -> DVector<f64> {
        &self.next - &self.point.x
    }

    /// `s' r`, the square of the map's step in standard errors of the complete data.
    fn complete_decrement(&self) -> f64 {
        -self.point.gradient.dot(&self.r())
    }

    /// Whether the map stays where it is, to rounding of the coordinates or to [`STANDSTILL`].
    fn is_fixed(&self) -> bool {
        let rounding = |(to, from): (&f64, &f64)| (to - from).abs() <= 2.0 * f64::EPSILON * from.abs();
        self.next.iter().zip(&self.point.x).all(rounding) || self.complete_decrement().abs() <= STANDSTILL
    }
}

/// `s_1' r_1 / s' r_1` from one map to the next; 1 where that is no rate.
fn rate(from: &Mapped, to: &Mapped) -> f64 {
    let r = to.r();
    let rate = to.point.gradient.dot(&r) / from.point.gradient.dot(&r);
    if (0.0..1.0).contains(&rate) { rate } else { 1.0 }
}

/// Whether the objective is no higher, to the rounding of a long sum, `1e-12 max(|f|, 1)`.
pub(crate) fn is_no_higher(to: f64, from: f64) -> bool {
    to <= from + 1e-12 * from.abs().max(1.0)
}
