//! The table of problems: dimensions, standard starts and published minima.
//!
//! # References
//! Moré, Garbow & Hillstrom, "Testing unconstrained optimization software", ACM Transactions on Mathematical Software 7(1),
//! 1981, pp. 17-41, section 3, problems (1) to (35). Where a dimension is free, the paper's choice among several is the one
//! for which it prints a minimum, otherwise `n = 10` (12 for problem 22).

/// A test problem: minimise the sum of squares of [`residuals`](crate::residuals::residuals).
pub(crate) struct Problem {
    /// The number in the paper.
    pub(crate) number: usize,
    /// The name in the paper.
    pub(crate) name: &'static str,
    /// The number of variables.
    pub(crate) n: usize,
    /// The number of residuals.
    pub(crate) m: usize,
    /// The standard start, `n`.
    pub(crate) start: Vec<f64>,
    /// The published minima.
    pub(crate) minima: Vec<Minimum>,
}

/// A local minimum as published: six digits or fewer, cut off.
pub(crate) struct Minimum {
    /// The value.
    pub(crate) f: f64,
    /// Where it is published to be, `n`; may have infinite coordinates.
    pub(crate) x: Option<Vec<f64>>,
}

/// A minimum of zero, where it is not published.
fn zero() -> Minimum {
    value(0.0)
}

/// A minimum of zero.
fn zero_at(x: impl Into<Vec<f64>>) -> Minimum {
    value_at(0.0, x)
}

/// A minimum whose place is not published.
fn value(f: f64) -> Minimum {
    Minimum { f, x: None }
}

fn value_at(f: f64, x: impl Into<Vec<f64>>) -> Minimum {
    Minimum { f, x: Some(x.into()) }
}

/// All problems in the paper's order.
pub(crate) fn problems() -> Vec<Problem> {
    let mut table = Vec::new();
    let mut row = |number, name, m, start: &[f64], minima: Vec<Minimum>| {
        table.push(Problem { number, name, n: start.len(), m, start: start.to_vec(), minima });
    };
    let inf = f64::INFINITY;
    let over = |d: f64| (1..=10).map(|j| f64::from(j) / d).collect::<Vec<_>>();
    // (28) and (29): t (t - 1) at the grid points.
    let parabola: Vec<f64> = over(11.0).iter().map(|t| t * (t - 1.0)).collect();

    row(1, "Rosenbrock", 2, &[-1.2, 1.0], vec![zero_at([1.0, 1.0])]);
    row(2, "Freudenstein and Roth", 2, &[0.5, -2.0], vec![zero_at([5.0, 4.0]), value_at(48.9842, [11.41, -0.8968])]);
    row(3, "Powell badly scaled", 2, &[0.0, 1.0], vec![zero_at([1.098e-5, 9.106])]);
    row(4, "Brown badly scaled", 3, &[1.0, 1.0], vec![zero_at([1e6, 2e-6])]);
    row(5, "Beale", 3, &[1.0, 1.0], vec![zero_at([3.0, 0.5])]);
    row(6, "Jennrich and Sampson", 10, &[0.3, 0.4], vec![value_at(124.362, [0.2578, 0.2578])]);
    row(7, "Helical valley", 3, &[-1.0, 0.0, 0.0], vec![zero_at([1.0, 0.0, 0.0])]);
    row(8, "Bard", 15, &[1.0; 3], vec![value(8.21487e-3), value_at(17.4286, [0.8406, -inf, -inf])]);
    row(9, "Gaussian", 15, &[0.4, 1.0, 0.0], vec![value(1.12793e-8)]);
    row(10, "Meyer", 16, &[0.02, 4000.0, 250.0], vec![value(87.9458)]);
    // Any m up to 100; the hundredth residual has its kink |y - x_2| = 0 at the solution.
    row(11, "Gulf research and development", 99, &[5.0, 2.5, 0.15], vec![zero_at([50.0, 25.0, 1.5])]);
    // Zero also wherever x_1 = x_2 and x_3 = 0.
    let boxes = vec![zero_at([1.0, 10.0, 1.0]), zero_at([10.0, 1.0, -1.0]), zero_at([7.0, 7.0, 0.0])];
    row(12, "Box three-dimensional", 10, &[0.0, 10.0, 20.0], boxes);
    row(13, "Powell singular", 4, &[3.0, -1.0, 0.0, 1.0], vec![zero_at([0.0; 4])]);
    row(14, "Wood", 6, &[-3.0, -1.0, -3.0, -1.0], vec![zero_at([1.0; 4])]);
    let kowalik = vec![value(3.07505e-4), value_at(1.02734e-3, [inf, -14.07, -inf, -inf])];
    row(15, "Kowalik and Osborne", 11, &[0.25, 0.39, 0.415, 0.39], kowalik);
    row(16, "Brown and Dennis", 20, &[25.0, 5.0, -5.0, -1.0], vec![value(85822.2)]);
    row(17, "Osborne 1", 33, &[0.5, 1.5, -1.0, 0.01, 0.02], vec![value(5.46489e-5)]);
    // The first is the minimum with two exponentials, on the line x_1 = x_5 of which a part is a saddle.
    let biggs = vec![value(5.65565e-3), zero_at([1.0, 10.0, 1.0, 5.0, 4.0, 3.0])];
    row(18, "Biggs EXP6", 13, &[1.0, 2.0, 1.0, 1.0, 1.0, 1.0], biggs);
    let osborne = [1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5];
    row(19, "Osborne 2", 65, &osborne, vec![value(4.01377e-2)]);
    for (n, f) in [(6, 2.28767e-3), (9, 1.39976e-6), (12, 4.72238e-10)] {
        row(20, "Watson", 31, &vec![0.0; n], vec![value(f)]);
    }
    row(21, "Extended Rosenbrock", 10, &[-1.2, 1.0].repeat(5), vec![zero_at([1.0; 10])]);
    row(22, "Extended Powell singular", 12, &[3.0, -1.0, 0.0, 1.0].repeat(3), vec![zero_at([0.0; 12])]);
    row(23, "Penalty I", 5, &over(1.0)[..4], vec![value(2.24997e-5)]);
    row(23, "Penalty I", 11, &over(1.0), vec![value(7.08765e-5)]);
    row(24, "Penalty II", 8, &[0.5; 4], vec![value(9.37629e-6)]);
    row(24, "Penalty II", 20, &[0.5; 10], vec![value(2.93660e-4)]);
    let descending: Vec<f64> = over(10.0).iter().map(|t| 1.0 - t).collect();
    row(25, "Variably dimensioned", 12, &descending, vec![zero_at([1.0; 10])]);
    row(26, "Trigonometric", 10, &[0.1; 10], vec![zero()]);
    let mut corner = [0.0; 10];
    corner[9] = 11.0;
    // The second: n a^n - (n + 1) a^(n - 1) + 1 = 0 for all coordinates but the last, which is a^(1 - n).
    row(27, "Brown almost-linear", 10, &[0.5; 10], vec![zero_at([1.0; 10]), zero(), value_at(1.0, corner)]);
    row(28, "Discrete boundary value", 10, &parabola, vec![zero()]);
    row(29, "Discrete integral equation", 10, &parabola, vec![zero()]);
    row(30, "Broyden tridiagonal", 10, &[-1.0; 10], vec![zero()]);
    row(31, "Broyden banded", 10, &[-1.0; 10], vec![zero()]);
    // Linear functions, m = 20: m - n, m (m - 1) / (2 (2 m + 1)) and (m^2 + 3 m - 6) / (2 (2 m - 3)).
    row(32, "Linear, full rank", 20, &[1.0; 10], vec![value_at(10.0, [-1.0; 10])]);
    row(33, "Linear, rank 1", 20, &[1.0; 10], vec![value(20.0 * 19.0 / (2.0 * 41.0))]);
    row(34, "Linear, rank 1 with zero columns and rows", 20, &[1.0; 10], vec![value(454.0 / (2.0 * 37.0))]);
    row(35, "Chebyquad", 8, &over(9.0)[..8], vec![value(3.51687e-3)]);
    row(35, "Chebyquad", 10, &over(11.0), vec![value(6.50395e-3)]);
    table
}
