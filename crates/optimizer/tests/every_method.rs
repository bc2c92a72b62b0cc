//! Bad input and faults, the same for every method.
use std::panic::{AssertUnwindSafe, catch_unwind};

use insta::assert_snapshot;
use maxlik_optimizer::{
    Bounds, FisherScoring, GradientAscent, InvalidProblem, L1, Lbfgs, Method, Newton, Objective, ProximalNewton,
    Report, Termination, minimize,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

type Derivatives = (f64, DVector<f64>, DMatrix<f64>);

/// A function with all derivatives; its Hessian without negative eigenvalues serves as the expected one.
struct Function {
    dimension: usize,
    f: fn(&DVector<f64>) -> Derivatives,
}

impl Objective for Function {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> Derivatives {
        (self.f)(x)
    }

    fn expected_hessian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        let (_, _, hessian) = (self.f)(x);
        if x.is_empty() {
            return Some(hessian);
        }
        let finite = hessian.iter().all(|h| h.is_finite());
        finite.then(|| {
            let mut eigen = hessian.symmetric_eigen();
            eigen.eigenvalues.apply(|l| *l = l.abs());
            eigen.recompose()
        })
    }
}

type Run = fn(&dyn Objective, &Bounds, &DVector<f64>) -> Result<Report, InvalidProblem>;

/// Every method for smooth problems with its default settings.
const METHODS: [(&str, Run); 5] = [
    ("Newton", |f, bounds, start| minimize(&Newton::default(), f, bounds, start)),
    ("Fisher scoring", |f, bounds, start| minimize(&FisherScoring::default(), f, bounds, start)),
    ("gradient ascent", |f, bounds, start| minimize(&GradientAscent::default(), f, bounds, start)),
    ("L-BFGS", |f, bounds, start| minimize(&Lbfgs::default(), f, bounds, start)),
    ("proximal Newton with next to no penalty", |f, bounds, start| {
        let n = f.dimension();
        minimize(
            &ProximalNewton::new(L1 { weights: DVector::from_fn(n, |i, _| if i + 1 == n { 1e-200 } else { 0.0 }) }),
            f,
            bounds,
            start,
        )
    }),
];

/// Runs every method and hands over its report with its name.
fn for_each_method(
    f: fn(&DVector<f64>) -> Derivatives,
    bounds: &Bounds,
    start: &DVector<f64>,
    mut check: impl FnMut(&str, Report),
) {
    for (name, run) in METHODS {
        check(name, run(&Function { dimension: start.len(), f }, bounds, start).unwrap());
    }
}

fn assert_converged_at(name: &str, report: &Report, x: &DVector<f64>, tolerance: f64) {
    assert!(report.termination.is_converged(), "{name}: {}", report.termination);
    assert!((&report.x - x).amax() <= tolerance, "{name}: {}", report.x);
}

/// `(x - 3)^2 / 2 + 2 (y + 1)^2`
fn bowl(x: &DVector<f64>) -> Derivatives {
    let (u, v) = (x[0] - 3.0, x[1] + 1.0);
    (0.5 * u * u + 2.0 * v * v, dvector![u, 4.0 * v], dmatrix![1.0, 0.0; 0.0, 4.0])
}

/// `(x^2 - 1)^2 / 4 + y^2`: a saddle at 0 between minima at (-1, 0) and (1, 0).
fn two_wells(x: &DVector<f64>) -> Derivatives {
    let (x, y) = (x[0], x[1]);
    let u = x * x - 1.0;
    (0.25 * u * u + y * y, dvector![x * u, 2.0 * y], dmatrix![3.0 * x * x - 1.0, 0.0; 0.0, 2.0])
}

/// `x - ln x`, not a number from `x < 0` on: steps lead there.
fn undefined_below_zero(x: &DVector<f64>) -> Derivatives {
    let x = x[0];
    (x - x.ln(), dvector![1.0 - 1.0 / x], dmatrix![1.0 / (x * x)])
}

/// The bowl, infinite beyond a wall.
fn walled(x: &DVector<f64>) -> Derivatives {
    let (value, gradient, hessian) = bowl(x);
    (if x[0] > 3.5 { f64::INFINITY } else { value }, gradient, hessian)
}

#[test]
fn regions_without_values_are_avoided() {
    for start in [1e-3, 0.5, 30.0] {
        for_each_method(undefined_below_zero, &Bounds::none(1), &dvector![start], |name, report| {
            assert_converged_at(name, &report, &dvector![1.0], 1e-6);
        });
    }
    for_each_method(walled, &Bounds::none(2), &dvector![-70.0, 5.0], |name, report| {
        assert_converged_at(name, &report, &dvector![3.0, -1.0], 1e-6);
    });
}

#[test]
fn a_start_without_value_is_named() {
    for_each_method(undefined_below_zero, &Bounds::none(1), &dvector![-2.0], |name, report| {
        assert_eq!(report.termination, Termination::NonFiniteStart, "{name}");
    });
}

#[test]
fn a_panic_of_the_objective_reaches_the_caller_and_leaves_nothing_broken() {
    fn fragile(x: &DVector<f64>) -> Derivatives {
        assert!(x[0] < 2.0, "the objective's own panic");
        bowl(x)
    }
    for (name, run) in METHODS {
        let objective = Function { dimension: 2, f: fragile };
        let bounds = Bounds::none(2);
        let caught = catch_unwind(AssertUnwindSafe(|| run(&objective, &bounds, &dvector![-7.0, 0.5])));
        let message = *caught.expect_err(name).downcast::<&str>().unwrap();
        assert_eq!(message, "the objective's own panic");
        // The same objective between bounds that keep it safe.
        let bounds = Bounds { lower: dvector![-10.0, -10.0], upper: dvector![1.5, 10.0] };
        let report = run(&objective, &bounds, &dvector![-7.0, 0.5]).unwrap();
        assert_converged_at(name, &report, &dvector![1.5, -1.0], 1e-6);
    }
}

#[test]
fn a_saddle_is_no_minimum() {
    for start in [dvector![0.0, 0.0], dvector![0.0, 0.7]] {
        for_each_method(two_wells, &Bounds::none(2), &start, |name, report| {
            assert!(report.termination.is_converged(), "{name}: {}", report.termination);
            assert!((report.x[0].abs() - 1.0).abs() < 1e-6 && report.x[1].abs() < 1e-6, "{name}: {}", report.x);
        });
    }
}

#[test]
fn a_fall_without_end_is_named_with_its_direction() {
    // -x, exp(-x) and -x^3 for y = 0.7.
    let falls: [fn(&DVector<f64>) -> Derivatives; 3] = [
        |x| (-x[0] + 2.0 * (x[1] - 0.7).powi(2), dvector![-1.0, 4.0 * (x[1] - 0.7)], dmatrix![0.0, 0.0; 0.0, 4.0]),
        |x| {
            let e = (-x[0]).exp();
            (e + 2.0 * (x[1] - 0.7).powi(2), dvector![-e, 4.0 * (x[1] - 0.7)], dmatrix![e, 0.0; 0.0, 4.0])
        },
        |x| {
            let (a, v) = (x[0], x[1] - 0.7);
            (-a * a * a + 2.0 * v * v, dvector![-3.0 * a * a, 4.0 * v], dmatrix![-6.0 * a, 0.0; 0.0, 4.0])
        },
    ];
    for (i, f) in falls.into_iter().enumerate() {
        for_each_method(f, &Bounds::none(2), &dvector![1.5, 0.2], |name, report| {
            let Termination::AtInfinity { direction } = report.termination else {
                panic!("{name}, fall {i}: {}", report.termination)
            };
            assert!(direction[0] > 0.0 && direction[1].abs() < 1e-3 * direction[0], "{name}, fall {i}: {direction}");
        });
    }
}

#[test]
fn noise_in_the_value_ends_the_search_with_success_at_the_attainable_accuracy() {
    // A constant of 1e9 leaves 1e-7 of the value, and rounding of its derivatives' arguments is as usual.
    fn high(x: &DVector<f64>) -> Derivatives {
        let (value, gradient, hessian) = bowl(x);
        (value + 1e9, gradient, hessian)
    }
    // Value and gradient with noise that the Hessian knows nothing of.
    fn noisy(x: &DVector<f64>) -> Derivatives {
        let noise = |bits: u64| (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        let bits = x[0].to_bits() ^ x[1].to_bits().rotate_left(17);
        let (value, gradient, hessian) = bowl(x);
        let gradient = gradient.map_with_location(|i, _, g| g + 1e-6 * noise(bits.wrapping_add(i as u64)));
        (value + 1e-9 * noise(bits), gradient, hessian)
    }
    for f in [high as fn(&DVector<f64>) -> Derivatives, noisy] {
        for start in [dvector![-7.0, 2.0], dvector![2.9, -1.1]] {
            for_each_method(f, &Bounds::none(2), &start, |name, report| {
                assert_converged_at(name, &report, &dvector![3.0, -1.0], 1e-4);
            });
        }
    }
}

#[test]
fn nothing_to_vary_is_a_minimum() {
    let f = |_: &DVector<f64>| (2.5, DVector::zeros(0), DMatrix::zeros(0, 0));
    for_each_method(f, &Bounds::none(0), &DVector::zeros(0), |name, report| {
        assert!(report.termination.is_converged(), "{name}: {}", report.termination);
        assert_eq!(report.value, 2.5, "{name}");
    });
    let bounds = Bounds { lower: dvector![0.5, -0.5], upper: dvector![0.5, -0.5] };
    for_each_method(bowl, &bounds, &dvector![9.0, 9.0], |name, report| {
        assert_converged_at(name, &report, &dvector![0.5, -0.5], 0.0);
    });
}

#[test]
fn wrong_lengths_crossed_bounds_and_starts_that_are_no_numbers_are_refused() {
    for (name, run) in METHODS {
        let objective = Function { dimension: 2, f: bowl };
        let refused = |bounds: &Bounds, start: &DVector<f64>| run(&objective, bounds, start).expect_err(name);
        let length = refused(&Bounds::none(2), &dvector![1.0]);
        assert!(matches!(length, InvalidProblem::Length { what: "start", expected: 2, found: 1 }), "{name}");
        let length = refused(&Bounds::none(3), &dvector![1.0, 2.0]);
        assert!(matches!(length, InvalidProblem::Length { what: "lower bounds", expected: 2, found: 3 }), "{name}");
        let crossed = Bounds { lower: dvector![0.0, 2.0], upper: dvector![1.0, 1.5] };
        let crossed = refused(&crossed, &dvector![0.5, 1.7]);
        assert_eq!(crossed, InvalidProblem::Bounds { variable: 1, lower: 2.0, upper: 1.5 }, "{name}");
        let start = refused(&Bounds::none(2), &dvector![0.5, f64::NAN]);
        assert!(matches!(start, InvalidProblem::Start { variable: 1, .. }), "{name}");
    }
}

#[test]
fn bounds_hold_the_minimum_whether_the_search_begins_inside_on_or_outside_of_them() {
    let bounds = Bounds { lower: dvector![0.0, -3.0], upper: dvector![1.0, 2.0] };
    for start in [dvector![0.5, 0.5], dvector![1.0, 2.0], dvector![0.0, -3.0], dvector![1.0, -3.0], dvector![-9.0, 9.0]]
    {
        for_each_method(bowl, &bounds, &start, |name, report| {
            assert_converged_at(name, &report, &dvector![1.0, -1.0], 1e-6);
            assert_eq!(report.x[0], 1.0, "{name}");
        });
    }
}

#[test]
fn the_minimum_as_a_start_needs_no_steps() {
    for_each_method(bowl, &Bounds::none(2), &dvector![3.0, -1.0], |name, report| {
        assert_converged_at(name, &report, &dvector![3.0, -1.0], 0.0);
    });
}

#[test]
fn noise_does_not_make_a_minimum_of_a_slope_to_infinity() {
    fn noise(x: &DVector<f64>) -> f64 {
        (x[0].to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
    fn fall(x: &DVector<f64>, constant: f64, width: f64) -> Derivatives {
        let e = (-x[0]).exp();
        (constant + e + width * noise(x), dvector![-e], dmatrix![e])
    }
    let falls: [fn(&DVector<f64>) -> Derivatives; 4] =
        [|x| fall(x, 0.0, 1e-9), |x| fall(x, 1e3, 1e-9), |x| fall(x, 0.0, 1e-7), |x| fall(x, 1e3, 1e-7)];
    for (i, f) in falls.into_iter().enumerate() {
        for_each_method(f, &Bounds::none(1), &dvector![0.3], |name, report| {
            assert!(!report.termination.is_converged(), "{name}, fall {i}: {} at {}", report.termination, report.x);
        });
    }
}

#[test]
fn settings_out_of_their_range_are_refused() {
    fn refused<M: Method>(method: &M) -> InvalidProblem {
        let objective = Function { dimension: 2, f: bowl };
        minimize(method, &objective, &Bounds::none(2), &dvector![0.3, 0.7]).expect_err("an error")
    }
    assert_snapshot!(refused(&Newton::default().with_tolerance(f64::NAN)), @"tolerance: expected a finite number of at least 0, found NaN");
    assert_snapshot!(refused(&Newton { accept: f64::NAN, ..Newton::default() }), @"accept: expected a number between 0 and 1, found NaN");
    assert_snapshot!(refused(&Lbfgs { flatten: -1.0, ..Lbfgs::default() }), @"flatten: expected a number between `decrease` and 1, found -1");
    assert!(matches!(refused(&Lbfgs { decrease: -5.0, ..Lbfgs::default() }), InvalidProblem::Setting { .. }));
    let fisher = FisherScoring { newton_from: f64::NAN, ..FisherScoring::default() };
    assert!(matches!(refused(&fisher), InvalidProblem::Setting { setting: "newton_from", .. }));
    let tolerance = FisherScoring::default().with_tolerance(f64::INFINITY);
    assert!(matches!(refused(&tolerance), InvalidProblem::Setting { setting: "tolerance", .. }));
}
