//! The one objective that all methods are given: it keeps a list of what it was asked for, and where.
use std::cell::{Ref, RefCell};
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use maxlik::optimizer::{Bounds, Objective};
use maxlik_dual::{gradient_slice, hessian_slice};
use nalgebra::{DMatrix, DVector};

use crate::problems::Problem;

/// A peer that calls more often than this is given up: some line searches would never end.
const CALLS: usize = 50_000;

/// More than [`CALLS`] calls.
#[derive(Debug)]
pub(crate) struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "more than {CALLS} calls")
    }
}

impl std::error::Error for TooMany {}

/// Whether a call is for the value, the gradient, the Hessian.
type Asked = [bool; 3];

/// One call, and where.
type Call = (Asked, DVector<f64>);

/// Value, gradient and Hessian.
type Answer = (f64, DVector<f64>, DMatrix<f64>);

/// A problem and the calls made to it; clones share them.
#[derive(Clone)]
pub(crate) struct Counted {
    problem: Rc<Problem>,
    /// None, for methods that want bounds.
    pub(crate) bounds: Rc<Bounds>,
    calls: Rc<RefCell<Vec<Call>>>,
}

impl Counted {
    pub(crate) fn new(problem: &Rc<Problem>) -> Self {
        Self { problem: problem.clone(), bounds: Rc::new(Bounds::none(problem.n)), calls: Rc::default() }
    }

    fn evaluate(&self, [_, gradient, hessian]: Asked, x: &[f64]) -> Answer {
        let none = DMatrix::zeros(0, 0);
        if hessian {
            hessian_slice(|x| self.sum_of_squares(x), x)
        } else if gradient {
            let (value, gradient) = gradient_slice(|x| self.sum_of_squares(x), x);
            (value, gradient, none)
        } else {
            (self.sum_of_squares(x), DVector::zeros(0), none)
        }
    }

    fn count(&self, asked: Asked, x: &[f64]) -> Answer {
        self.calls.borrow_mut().push((asked, DVector::from_column_slice(x)));
        self.evaluate(asked, x)
    }

    /// For the peers: what is asked for, the rest empty.
    pub(crate) fn ask(&self, asked: Asked, x: &[f64]) -> Result<Answer, TooMany> {
        if self.is_given_up() { Err(TooMany) } else { Ok(self.count(asked, x)) }
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.calls.borrow().len() >= CALLS
    }

    pub(crate) fn counts(&self) -> Counts {
        let calls: Ref<Vec<_>> = self.calls.borrow();
        let asked = |k: usize| calls.iter().filter(|(asked, _)| asked[k]).count();
        let points: HashSet<Vec<u64>> = calls.iter().map(|(_, x)| x.iter().map(|x| x.to_bits()).collect()).collect();
        Counts { values: asked(0), gradients: asked(1), hessians: asked(2), calls: calls.len(), points: points.len() }
    }

    /// Evaluates the same again, for the time that the objective takes.
    pub(crate) fn replay(&self) {
        for (asked, x) in self.calls.borrow().iter() {
            std::hint::black_box(self.evaluate(*asked, x.as_slice()));
        }
    }
}

impl Deref for Counted {
    type Target = Problem;

    fn deref(&self) -> &Problem {
        &self.problem
    }
}

/// For this library's methods.
impl Objective for Counted {
    fn dimension(&self) -> usize {
        self.n
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.count([true, true, true], x.as_slice())
    }

    fn value_gradient(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        let (value, gradient, _) = self.count([true, true, false], x.as_slice());
        (value, gradient)
    }

    fn value(&self, x: &DVector<f64>) -> f64 {
        self.count([true, false, false], x.as_slice()).0
    }
}

/// How often the objective was asked for what.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) values: usize,
    pub(crate) gradients: usize,
    pub(crate) hessians: usize,
    /// One for value, gradient and Hessian together where the method asks for them in one call.
    pub(crate) calls: usize,
    /// Different arguments, whatever was asked for there and however often.
    pub(crate) points: usize,
}
