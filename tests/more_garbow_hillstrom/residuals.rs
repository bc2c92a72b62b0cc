//! The residuals of the 35 problems, each as the paper writes it.
//!
//! Notation: `x: n` the point, `m` the number of residuals; indices in comments count from 1 as in the paper. Where the paper
//! gives two cases for odd and even indices, one loop makes a residual of each kind.
use std::f64::consts::PI;

use maxlik_dual::Real;

use crate::data::{BARD, GAUSSIAN, KOWALIK_OSBORNE, MEYER, OSBORNE_1, OSBORNE_2};

/// `r(x): m` of the problem with this number in the paper.
///
/// # Panics
/// If there is no such problem.
pub(crate) fn residuals<T: Real>(number: usize, x: &[T], m: usize) -> Vec<T> {
    match number {
        1 | 21 => rosenbrock(x),
        2 => freudenstein_roth(x),
        3 => powell_badly_scaled(x),
        4 => brown_badly_scaled(x),
        5 => beale(x),
        6 => jennrich_sampson(x, m),
        7 => helical_valley(x),
        8 => bard(x),
        9 => gaussian(x),
        10 => meyer(x),
        11 => gulf(x, m),
        12 => box_three_dimensional(x, m),
        13 | 22 => powell_singular(x),
        14 => wood(x),
        15 => kowalik_osborne(x),
        16 => brown_dennis(x, m),
        17 => osborne_1(x),
        18 => biggs(x, m),
        19 => osborne_2(x),
        20 => watson(x),
        23 => penalty_1(x),
        24 => penalty_2(x),
        25 => variably_dimensioned(x),
        26 => trigonometric(x),
        27 => brown_almost_linear(x),
        28 => boundary_value(x),
        29 => integral_equation(x),
        30 => broyden_tridiagonal(x),
        31 => broyden_banded(x),
        32 => linear_full_rank(x, m),
        33 => linear_rank_1(x, m),
        34 => linear_rank_1_zero(x, m),
        35 => chebyquad(x, m),
        _ => panic!("there is no problem {number}"),
    }
}

fn sum<T: Real>(x: &[T]) -> T {
    x.iter().copied().sum()
}

/// `x_1, ..., x_n` between two zeros: the boundary conditions of problems 28 and 30.
fn padded<T: Real>(x: &[T]) -> Vec<T> {
    [&[T::from(0.0)], x, &[T::from(0.0)]].concat()
}

/// (1), and (21) of `n / 2` such pairs.
fn rosenbrock<T: Real>(x: &[T]) -> Vec<T> {
    x.chunks(2).flat_map(|x| [(x[1] - x[0].powi(2)) * 10.0, -x[0] + 1.0]).collect()
}

/// (2)
fn freudenstein_roth<T: Real>(x: &[T]) -> Vec<T> {
    vec![x[0] + ((-x[1] + 5.0) * x[1] - 2.0) * x[1] - 13.0, x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1] - 29.0]
}

/// (3)
fn powell_badly_scaled<T: Real>(x: &[T]) -> Vec<T> {
    vec![x[0] * x[1] * 1e4 - 1.0, (-x[0]).exp() + (-x[1]).exp() - 1.0001]
}

/// (4)
fn brown_badly_scaled<T: Real>(x: &[T]) -> Vec<T> {
    vec![x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0]
}

/// (5)
fn beale<T: Real>(x: &[T]) -> Vec<T> {
    [(1, 1.5), (2, 2.25), (3, 2.625)].map(|(i, y)| -(x[0] * (-x[1].powi(i) + 1.0)) + y).to_vec()
}

/// (6)
fn jennrich_sampson<T: Real>(x: &[T], m: usize) -> Vec<T> {
    (1..=m).map(|i| i as f64).map(|i| -((x[0] * i).exp() + (x[1] * i).exp()) + 2.0 + 2.0 * i).collect()
}

/// (7), with the angle as a part of the full turn, from -1/4 to 3/4.
fn helical_valley<T: Real>(x: &[T]) -> Vec<T> {
    let half_turn = if x[0] < 0.0 { 0.5 } else { 0.0 };
    let theta = (x[1] / x[0]).atan() / (2.0 * PI) + half_turn;
    vec![(x[2] - theta * 10.0) * 10.0, ((x[0].powi(2) + x[1].powi(2)).sqrt() - 1.0) * 10.0, x[2]]
}

/// (8)
fn bard<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(i, y)| {
        let u = (i + 1) as f64;
        let v = 16.0 - u;
        let w = u.min(v);
        -(x[0] + T::from(u) / (x[1] * v + x[2] * w)) + y
    };
    BARD.into_iter().enumerate().map(residual).collect()
}

/// (9)
fn gaussian<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(i, y)| {
        let t = (7.0 - i as f64) / 2.0; // (8 - i) / 2 for i from 1
        x[0] * (-x[1] * (-x[2] + t).powi(2) / 2.0).exp() - y
    };
    GAUSSIAN.into_iter().enumerate().map(residual).collect()
}

/// (10)
fn meyer<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(i, y)| {
        let t = 45.0 + 5.0 * (i + 1) as f64;
        x[0] * (x[1] / (x[2] + t)).exp() - y
    };
    MEYER.into_iter().enumerate().map(residual).collect()
}

/// (11), where the paper's `y_i mi x_2` is read as the difference `y_i - x_2`: only so is its minimiser one.
fn gulf<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let residual = |i| {
        let t = i as f64 / 100.0;
        let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
        (-(-x[1] + y).abs().powf(x[2]) / x[0]).exp() - t
    };
    (1..=m).map(residual).collect()
}

/// (12)
fn box_three_dimensional<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let residual = |i| {
        let t = 0.1 * i as f64;
        (-x[0] * t).exp() - (-x[1] * t).exp() - x[2] * ((-t).exp() - (-10.0 * t).exp())
    };
    (1..=m).map(residual).collect()
}

/// (13), and (22) of `n / 4` such quadruples.
fn powell_singular<T: Real>(x: &[T]) -> Vec<T> {
    let four = |x: &[T]| {
        [
            x[0] + x[1] * 10.0,
            (x[2] - x[3]) * 5.0_f64.sqrt(),
            (x[1] - x[2] * 2.0).powi(2),
            (x[0] - x[3]).powi(2) * 10.0_f64.sqrt(),
        ]
    };
    x.chunks(4).flat_map(four).collect()
}

/// (14)
fn wood<T: Real>(x: &[T]) -> Vec<T> {
    vec![
        (x[1] - x[0].powi(2)) * 10.0,
        -x[0] + 1.0,
        (x[3] - x[2].powi(2)) * 90.0_f64.sqrt(),
        -x[2] + 1.0,
        (x[1] + x[3] - 2.0) * 10.0_f64.sqrt(),
        (x[1] - x[3]) / 10.0_f64.sqrt(),
    ]
}

/// (15)
fn kowalik_osborne<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(u, y): (f64, f64)| -(x[0] * (x[1] * u + u * u) / (x[2] * u + x[3] + u * u)) + y;
    KOWALIK_OSBORNE.into_iter().map(residual).collect()
}

/// (16)
fn brown_dennis<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let residual = |i| {
        let t = i as f64 / 5.0;
        (x[0] + x[1] * t - t.exp()).powi(2) + (x[2] + x[3] * t.sin() - t.cos()).powi(2)
    };
    (1..=m).map(residual).collect()
}

/// (17)
fn osborne_1<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(i, y)| {
        let t = 10.0 * i as f64;
        -(x[0] + x[1] * (-x[3] * t).exp() + x[2] * (-x[4] * t).exp()) + y
    };
    OSBORNE_1.into_iter().enumerate().map(residual).collect()
}

/// (18)
fn biggs<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let residual = |i| {
        let t = 0.1 * i as f64;
        let y = (-t).exp() - 5.0 * (-10.0 * t).exp() + 3.0 * (-4.0 * t).exp();
        x[2] * (-x[0] * t).exp() - x[3] * (-x[1] * t).exp() + x[5] * (-x[4] * t).exp() - y
    };
    (1..=m).map(residual).collect()
}

/// (19)
fn osborne_2<T: Real>(x: &[T]) -> Vec<T> {
    let residual = |(i, y)| {
        let t = i as f64 / 10.0;
        let peaks = [1, 2, 3].map(|k| x[k] * (-(-x[k + 7] + t).powi(2) * x[k + 4]).exp());
        -(x[0] * (-x[4] * t).exp() + sum(&peaks)) + y
    };
    OSBORNE_2.into_iter().enumerate().map(residual).collect()
}

/// (20): the polynomial with coefficients `x` as an approximate solution of `y' - y^2 = 1` at 29 points.
fn watson<T: Real>(x: &[T]) -> Vec<T> {
    let equation = |i| {
        let t = f64::from(i) / 29.0;
        let (mut polynomial, mut slope) = (T::from(0.0), T::from(0.0));
        for &coefficient in x.iter().rev() {
            slope = slope * t + polynomial;
            polynomial = polynomial * t + coefficient;
        }
        slope - polynomial.powi(2) - 1.0
    };
    (1..=29).map(equation).chain([x[0], x[1] - x[0].powi(2) - 1.0]).collect()
}

/// (23)
fn penalty_1<T: Real>(x: &[T]) -> Vec<T> {
    let length: T = x.iter().map(|x| x.powi(2)).sum();
    x.iter().map(|&x| (x - 1.0) * 1e-5_f64.sqrt()).chain([length - 0.25]).collect()
}

/// (24)
fn penalty_2<T: Real>(x: &[T]) -> Vec<T> {
    let n = x.len();
    let root_a = 1e-5_f64.sqrt();
    let e: Vec<T> = x.iter().map(|&x| (x / 10.0).exp()).collect();
    let mut r = vec![x[0] - 0.2];
    for i in 2..=n {
        let y = (i as f64 / 10.0).exp() + ((i - 1) as f64 / 10.0).exp();
        r.push((e[i - 1] + e[i - 2] - y) * root_a);
    }
    r.extend(e[1..].iter().map(|&e| (e - (-0.1_f64).exp()) * root_a));
    r.push((1..=n).map(|j| x[j - 1].powi(2) * (n - j + 1) as f64).sum::<T>() - 1.0);
    r
}

/// (25)
fn variably_dimensioned<T: Real>(x: &[T]) -> Vec<T> {
    let weighted: T = x.iter().enumerate().map(|(i, &x)| (x - 1.0) * (i + 1) as f64).sum();
    x.iter().map(|&x| x - 1.0).chain([weighted, weighted.powi(2)]).collect()
}

/// (26)
fn trigonometric<T: Real>(x: &[T]) -> Vec<T> {
    let cosines: T = x.iter().map(|x| x.cos()).sum();
    let n = x.len() as f64;
    x.iter().enumerate().map(|(i, x)| -cosines + n + (-x.cos() + 1.0) * (i + 1) as f64 - x.sin()).collect()
}

/// (27)
fn brown_almost_linear<T: Real>(x: &[T]) -> Vec<T> {
    let n = x.len();
    let product = x.iter().fold(T::from(1.0), |product, &x| product * x);
    x[..n - 1].iter().map(|&xi| xi + sum(x) - (n + 1) as f64).chain([product - 1.0]).collect()
}

/// (28)
fn boundary_value<T: Real>(x: &[T]) -> Vec<T> {
    let h = 1.0 / (x.len() + 1) as f64;
    let z = padded(x);
    let residual = |i: usize| z[i] * 2.0 - z[i - 1] - z[i + 1] + (z[i] + i as f64 * h + 1.0).powi(3) * (h * h / 2.0);
    (1..=x.len()).map(residual).collect()
}

/// (29)
fn integral_equation<T: Real>(x: &[T]) -> Vec<T> {
    let n = x.len();
    let h = 1.0 / (n + 1) as f64;
    let t = |i| (i + 1) as f64 * h;
    let cube = |j: usize| (x[j] + t(j) + 1.0).powi(3);
    let residual = |i| {
        let before: T = (0..=i).map(|j| cube(j) * t(j)).sum();
        let after: T = (i + 1..n).map(|j| cube(j) * (1.0 - t(j))).sum();
        x[i] + (before * (1.0 - t(i)) + after * t(i)) * (h / 2.0)
    };
    (0..n).map(residual).collect()
}

/// (30)
fn broyden_tridiagonal<T: Real>(x: &[T]) -> Vec<T> {
    let z = padded(x);
    (1..=x.len()).map(|i| (-z[i] * 2.0 + 3.0) * z[i] - z[i - 1] - z[i + 1] * 2.0 + 1.0).collect()
}

/// (31), with five neighbours below and one above.
fn broyden_banded<T: Real>(x: &[T]) -> Vec<T> {
    let n = x.len();
    let residual = |i: usize| {
        let band = (i.saturating_sub(5)..n.min(i + 2)).filter(|&j| j != i);
        let neighbours: T = band.map(|j| x[j] * (x[j] + 1.0)).sum();
        x[i] * (x[i].powi(2) * 5.0 + 2.0) + 1.0 - neighbours
    };
    (0..n).map(residual).collect()
}

/// (32)
fn linear_full_rank<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let common = -sum(x) * (2.0 / m as f64) - 1.0;
    (0..m).map(|i| x.get(i).map_or(common, |&x| x + common)).collect()
}

/// (33)
fn linear_rank_1<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let weighted: T = x.iter().enumerate().map(|(j, &x)| x * (j + 1) as f64).sum();
    (1..=m).map(|i| weighted * i as f64 - 1.0).collect()
}

/// (34)
fn linear_rank_1_zero<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let weighted: T = (2..x.len()).map(|j| x[j - 1] * j as f64).sum();
    (1..=m).map(|i| if i == 1 || i == m { T::from(-1.0) } else { weighted * (i - 1) as f64 - 1.0 }).collect()
}

/// (35), with the Chebyshev polynomials shifted to `[0, 1]` from their recurrence.
fn chebyquad<T: Real>(x: &[T], m: usize) -> Vec<T> {
    let n = x.len() as f64;
    let mut before: Vec<T> = vec![T::from(1.0); x.len()];
    let mut now: Vec<T> = x.iter().map(|&x| x * 2.0 - 1.0).collect();
    let mut r = Vec::with_capacity(m);
    for i in 1..=m {
        let integral = if i % 2 == 1 { 0.0 } else { -1.0 / ((i * i) as f64 - 1.0) };
        r.push(sum(&now) / n - integral);
        let next = x.iter().zip(&now).zip(&before).map(|((&x, &now), &before)| (x * 2.0 - 1.0) * now * 2.0 - before);
        (before, now) = (now.clone(), next.collect());
    }
    r
}
