//! The generalised Cauchy point: the first minimiser of the quadratic model along the path of steepest descent that is bent
//! where it meets the bounds.
//!
//! Notation of Byrd, Lu, Nocedal & Zhu: `g` the gradient, `B = theta I - W M W'`, `d` the direction of the current segment,
//! `t_i` the breakpoints, `p = W'd`, `c = W'(x^c - x)`, `f'` and `f''` the derivatives of the model along the segment. All
//! positions are measured from `x`.
use nalgebra::DVector;

use crate::Bounds;
use crate::inverse_hessian::CompactHessian;

/// Where the model has its first minimum along the projected path of steepest descent.
#[derive(Clone, Debug)]
pub(crate) struct CauchyPoint {
    /// `x^c - x`, `n`.
    pub(crate) step: DVector<f64>,
    /// The coordinates that are not on a bound, in ascending order.
    pub(crate) free: Vec<usize>,
}

/// Finds it for the model `g's + s'Bs/2` within `bounds` on the step `s`.
///
/// # References
/// Byrd, Lu, Nocedal & Zhu, "A limited memory algorithm for bound constrained optimization", SIAM Journal on Scientific
/// Computing 16(5), 1995, algorithm CP in section 4.
pub(crate) fn cauchy_point(gradient: &DVector<f64>, hessian: &CompactHessian, bounds: &Bounds) -> CauchyPoint {
    let n = gradient.len();
    let CompactHessian { theta, w, m } = hessian;

    // Initialize.
    let end = |i: usize| if gradient[i] < 0.0 { bounds.upper[i] } else { bounds.lower[i] };
    let breakpoint = |i: usize| if gradient[i] == 0.0 { f64::INFINITY } else { (end(i) / -gradient[i]).max(0.0) };
    let t: Vec<f64> = (0..n).map(breakpoint).collect();
    let mut d = DVector::from_fn(n, |i, _| if t[i] > 0.0 { -gradient[i] } else { 0.0 });
    let mut order: Vec<usize> = (0..n).filter(|&i| t[i] > 0.0 && t[i].is_finite()).collect();
    order.sort_by(|&i, &j| t[i].total_cmp(&t[j]));
    let mut step = DVector::zeros(n);
    let mut p = w.tr_mul(&d);
    let mut c = DVector::zeros(p.len());
    let mut slope = -d.norm_squared();
    let mut curvature = -theta * slope - p.dot(&(m * &p));
    let least = f64::EPSILON * curvature; // what is left below it is rounding
    let mut t_old = 0.0;

    // Examine the segments.
    for b in order {
        if -slope / curvature < t[b] - t_old {
            break;
        }
        step[b] = end(b);
        d[b] = 0.0;
        c.axpy(t[b] - t_old, &p, 1.0);
        let (g_b, w_b) = (gradient[b], w.row(b).transpose());
        let m_w = m * &w_b;
        slope += (t[b] - t_old) * curvature + g_b * (g_b + theta * step[b] - m_w.dot(&c));
        curvature -= g_b * (theta * g_b + 2.0 * m_w.dot(&p) + g_b * m_w.dot(&w_b));
        curvature = curvature.max(least);
        p.axpy(g_b, &w_b, 1.0);
        t_old = t[b];
    }

    // The minimiser within the last segment.
    let remaining = if d.iter().all(|&d| d == 0.0) { 0.0 } else { (-slope / curvature).max(0.0) };
    step.axpy(t_old + remaining, &d, 1.0);
    let free = (0..n).filter(|&i| bounds.lower[i] < step[i] && step[i] < bounds.upper[i]).collect();
    CauchyPoint { step, free }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse_hessian::InverseHessian;
    use crate::subspace::subspace_step;
    use approx::assert_relative_eq;
    use nalgebra::{DMatrix, dvector};

    const N: usize = 6;

    fn scattered(seed: usize) -> DVector<f64> {
        DVector::from_fn(N, |i, _| (12.9898 * (i + 7 * seed + 1) as f64).sin())
    }

    /// A gradient, a matrix in compact form and as it is, and bounds around 0: some near, some infinite, one at 0, one pair equal.
    fn case(seed: usize) -> (DVector<f64>, CompactHessian, DMatrix<f64>, Bounds) {
        let root = DMatrix::from_fn(N, N, |i, j| if i == j { 1.5 } else { 0.6 * scattered(seed + i)[j] });
        let mut inverse = InverseHessian::new(4, 1.0);
        for k in 0..seed % 4 {
            let s = scattered(20 * seed + k);
            let y = &root * (root.transpose() * &s);
            assert!(inverse.update(s, y));
        }
        let hessian = inverse.hessian(N).unwrap();
        let b = DMatrix::identity(N, N) * hessian.theta - &hessian.w * &hessian.m * hessian.w.transpose();
        let mut bounds = Bounds { lower: scattered(seed + 50).abs() * -0.4, upper: scattered(seed + 60).abs() * 0.3 };
        bounds.lower[0] = f64::NEG_INFINITY;
        bounds.upper[1] = f64::INFINITY;
        bounds.upper[2] = 0.0;
        (bounds.lower[3], bounds.upper[3]) = if seed.is_multiple_of(2) { (0.0, 0.0) } else { (-0.7, 9.0) };
        (scattered(seed + 70), hessian, b, bounds)
    }

    fn model(g: &DVector<f64>, b: &DMatrix<f64>, s: &DVector<f64>) -> f64 {
        g.dot(s) + 0.5 * s.dot(&(b * s))
    }

    #[test]
    fn it_is_the_first_minimum_along_the_bent_path() {
        for seed in 1..40 {
            let (g, hessian, b, bounds) = case(seed);
            let found = cauchy_point(&g, &hessian, &bounds);
            // The path in steps of 1e-4, until the model rises for the first time.
            let at = |t: f64| bounds.project(&(-&g * t));
            let mut t = 0.0;
            while model(&g, &b, &at(t + 1e-4)) < model(&g, &b, &at(t)) {
                t += 1e-4;
            }
            assert!(t > 1e-4, "case {seed}");
            // Two steps of the search on a path of slope |g| < 2.5.
            assert_relative_eq!(found.step, at(t), epsilon = 5e-4);
            assert!(model(&g, &b, &found.step) <= model(&g, &b, &at(t)) + 1e-15);
            let inside = |i: &usize| bounds.lower[*i] < found.step[*i] && found.step[*i] < bounds.upper[*i];
            assert_eq!(found.free, (0..N).filter(inside).collect::<Vec<_>>());
            assert_eq!(bounds.project(&found.step), found.step);
        }
    }

    #[test]
    fn where_nothing_can_move_it_is_the_point_itself() {
        let (g, hessian, ..) = case(3);
        let still = cauchy_point(&g, &hessian, &Bounds { lower: DVector::zeros(N), upper: DVector::zeros(N) });
        assert_eq!((still.step, still.free), (DVector::zeros(N), vec![]));
        let level = cauchy_point(&(g * 0.0), &hessian, &Bounds::none(N));
        assert_eq!((level.step, level.free.len()), (DVector::zeros(N), N));
    }

    #[test]
    fn the_subspace_step_is_the_minimum_over_the_free_coordinates() {
        let mut whole = 0;
        for seed in 1..40 {
            let (g, hessian, b, bounds) = case(seed);
            let cauchy = cauchy_point(&g, &hessian, &bounds);
            let step = subspace_step(&g, &hessian, &cauchy, &bounds).unwrap();
            // The reduced system, solved as it is.
            let free = &cauchy.free;
            let slope = &g + &b * &cauchy.step;
            let r = DVector::from_fn(free.len(), |k, _| slope[free[k]]);
            let reduced = DMatrix::from_fn(free.len(), free.len(), |i, j| b[(free[i], free[j])]);
            let d = if free.is_empty() { r } else { -reduced.lu().solve(&r).unwrap() };
            let mut target = cauchy.step.clone();
            for (&i, d) in free.iter().zip(&d) {
                target[i] += d;
            }
            if bounds.project(&target) == target {
                assert_relative_eq!(step, target, epsilon = 1e-12);
                whole += 1;
            } else {
                assert_relative_eq!(step, bounds.project(&target), epsilon = 1e-12);
            }
            assert!(g.dot(&step) < 0.0);
        }
        assert!((5..35).contains(&whole), "{whole} of 39 within the bounds");
    }

    #[test]
    fn a_projection_that_leads_up_gives_way_to_the_first_bound() {
        // B = 1.9 uu' + (0.1 / 19) vv' for the diagonals u and v of the plane has its minimum at (10, -9).
        let mut inverse = InverseHessian::new(2, 1.0);
        let (u, v) = (dvector![1.0, 1.0], dvector![1.0, -1.0]);
        assert!(inverse.update(v.clone(), v * (0.1 / 19.0)) && inverse.update(u.clone(), u * 1.9));
        let hessian = inverse.hessian(2).unwrap();
        let g = dvector![-1.0, -0.9];
        let at = CauchyPoint { step: dvector![0.0, 0.0], free: vec![0, 1] };
        let free = subspace_step(&g, &hessian, &at, &Bounds::none(2)).unwrap();
        assert_relative_eq!(free, dvector![10.0, -9.0], max_relative = 1e-12);
        // Its projection (0.5, -9) leads up; the way to it meets the bound after a twentieth.
        let bounds = Bounds { lower: dvector![-20.0, -20.0], upper: dvector![0.5, 20.0] };
        assert!(g.dot(&bounds.project(&free)) > 0.0);
        let step = subspace_step(&g, &hessian, &at, &bounds).unwrap();
        assert_relative_eq!(step, dvector![0.5, -0.45], max_relative = 1e-12);
    }
}
