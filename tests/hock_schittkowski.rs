//! Problems of Hock & Schittkowski with bounds alone, by every method that minimises between bounds.
//!
//! # References
//! Hock & Schittkowski, "Test examples for nonlinear programming codes", Lecture Notes in Economics and Mathematical Systems
//! 187, 1981: problems 1 to 5, 38, 45 and 110.
use std::f64::consts::FRAC_PI_3;

use approx::assert_relative_eq;
use maxlik::optimizer::{Bounds, Lbfgs, Newton, Objective, minimize};
use maxlik_dual::{Real, gradient_slice, hessian_slice};
use nalgebra::{DMatrix, DVector};

struct Problem {
    number: usize,
    start: Vec<f64>,
    bounds: Vec<(f64, f64)>,
    minimum: Vec<f64>,
}

impl Problem {
    fn f<T: Real>(&self, x: &[T]) -> T {
        let rosenbrock = |x: T, y: T, a: f64| (y - x.powi(2)).powi(2) * a + (-x + 1.0).powi(2);
        match self.number {
            1 | 2 => rosenbrock(x[0], x[1], 100.0),
            3 => x[1] + (x[1] - x[0]).powi(2) * 1e-5,
            4 => (x[0] + 1.0).powi(3) / 3.0 + x[1],
            5 => (x[0] + x[1]).sin() + (x[0] - x[1]).powi(2) - x[0] * 1.5 + x[1] * 2.5 + 1.0,
            38 => {
                let (u, v) = (x[1] - 1.0, x[3] - 1.0);
                let valleys = rosenbrock(x[0], x[1], 100.0) + rosenbrock(x[2], x[3], 90.0);
                valleys + (u.powi(2) + v.powi(2)) * 10.1 + u * v * 19.8
            }
            45 => -x.iter().fold(T::from(1.0), |product, &x| product * x) / 120.0 + 2.0,
            110 => {
                let logs: T = x.iter().map(|&x| (x - 2.0).ln().powi(2) + (-x + 10.0).ln().powi(2)).sum();
                logs - x.iter().fold(T::from(1.0), |product, &x| product * x).powf(0.2)
            }
            number => panic!("there is no problem {number}"),
        }
    }
}

impl Objective for Problem {
    fn dimension(&self) -> usize {
        self.start.len()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        hessian_slice(|x| self.f(x), x.as_slice())
    }

    fn value_gradient(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        gradient_slice(|x| self.f(x), x.as_slice())
    }

    fn value(&self, x: &DVector<f64>) -> f64 {
        self.f(x.as_slice())
    }
}

/// The problems with their published starts, bounds and minima, and the value there.
fn problems() -> Vec<(Problem, f64)> {
    let inf = f64::INFINITY;
    let free = (-inf, inf);
    let mut table = Vec::new();
    let mut row = |number, start: &[f64], bounds: &[(f64, f64)], minimum: &[f64], f| {
        let problem = Problem { number, start: start.to_vec(), bounds: bounds.to_vec(), minimum: minimum.to_vec() };
        table.push((problem, f));
    };
    row(1, &[-2.0, 1.0], &[free, (-1.5, inf)], &[1.0, 1.0], 0.0);
    // x = 2 a cos(arccos(1 / b) / 3) with a = sqrt(598 / 1200) and b = 400 a^3
    let a = (598.0_f64 / 1200.0).sqrt();
    let x = 2.0 * a * ((1.0 / (400.0 * a.powi(3))).acos() / 3.0).cos();
    // From the published start (-2, 1) searches end at the other local minimum, -1.2210, where the value is 4.9412.
    row(2, &[2.0, 1.0], &[free, (1.5, inf)], &[x, 1.5], 0.050_426_187_9);
    row(3, &[10.0, 1.0], &[free, (0.0, inf)], &[0.0, 0.0], 0.0);
    row(4, &[1.125, 0.125], &[(1.0, inf), (0.0, inf)], &[1.0, 0.0], 8.0 / 3.0);
    let minimum = [0.5 - FRAC_PI_3, -0.5 - FRAC_PI_3];
    row(5, &[0.0, 0.0], &[(-1.5, 4.0), (-3.0, 3.0)], &minimum, -(0.75_f64.sqrt()) - FRAC_PI_3);
    row(38, &[-3.0, -1.0, -3.0, -1.0], &[(-10.0, 10.0); 4], &[1.0; 4], 0.0);
    let bounds: Vec<_> = (1..=5).map(|i| (0.0, f64::from(i))).collect();
    row(45, &[2.0; 5], &bounds, &[1.0, 2.0, 3.0, 4.0, 5.0], 1.0);
    row(110, &[9.0; 10], &[(2.001, 9.999); 10], &[9.350_265_83; 10], -45.778_469_71);
    table
}

#[test]
fn the_published_minima_are_found() {
    for (problem, f) in problems() {
        let start = DVector::from_vec(problem.start.clone());
        let bounds = Bounds {
            lower: DVector::from_iterator(start.len(), problem.bounds.iter().map(|b| b.0)),
            upper: DVector::from_iterator(start.len(), problem.bounds.iter().map(|b| b.1)),
        };
        let lbfgs = minimize(&Lbfgs::default(), &problem, &bounds, &start).unwrap();
        let newton = minimize(&Newton::default(), &problem, &bounds, &start).unwrap();
        for report in [lbfgs, newton] {
            let name = format!("{} on problem {}", report.method, problem.number);
            assert!(report.termination.is_converged(), "{name}: {}", report.termination);
            assert_relative_eq!(report.value, f, max_relative = 1e-9, epsilon = 1e-12);
            // Some are published to nine digits.
            let minimum = DVector::from_vec(problem.minimum.clone());
            assert_relative_eq!(report.x, minimum, max_relative = 2e-8, epsilon = 1e-8);
        }
    }
}
