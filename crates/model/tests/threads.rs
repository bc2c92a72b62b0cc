//! Results do not depend on the number of threads, nor on whether the calling thread is one of a pool.
use std::panic::{AssertUnwindSafe, catch_unwind};

use maxlik_dual::Real;
use maxlik_model::{Design, Likelihood, LogDensity, Model, Parameter, linear, positive, real};
use nalgebra::{DMatrix, DVector};

/// Many parts of the pass (2048 rows and more), the last block not full; long enough to be shared.
const N: usize = 40_123;

struct Student;
impl LogDensity<f64, 3> for Student {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [mu, log_sigma, nu]: [T; 3], &y: &f64) -> T {
        let r = (-mu + y) / log_sigma.exp();
        -log_sigma - (nu + 1.5) * (r * r / nu).ln_1p() + nu.ln()
    }
}

fn uniform(i: usize, k: usize) -> f64 {
    (((i + 1) * (2 * k + 3)) as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0
}

fn designs() -> [Parameter; 3] {
    let x = DMatrix::from_fn(N, 7, |i, j| if j == 0 { 1.0 } else { uniform(i, j) });
    let z = DMatrix::from_fn(N, 2, |i, j| uniform(i, 7 + j));
    let location = Design::from_matrix(&x, ('a'..='g').map(String::from)).unwrap();
    let scale = Design::from_matrix(&z, ["a", "b"]).unwrap();
    [linear("mu", location.offset((0..N).map(|i| uniform(i, 9))).unwrap()), linear("log_sigma", scale), positive("nu")]
}

type All = (f64, (f64, DVector<f64>), (f64, DVector<f64>, DMatrix<f64>));

fn all(model: &dyn Likelihood, at: &[f64]) -> All {
    (model.log_likelihood(at), model.log_likelihood_score(at), model.log_likelihood_score_hessian(at))
}

#[test]
fn results_have_the_same_bits_for_any_number_of_threads() {
    let y: Vec<f64> = (0..N).map(|i| 2.0 + 3.0 * uniform(i, 10)).collect();
    let weights: Vec<f64> = (0..N).map(|i| if i % 5 == 3 { 0.0 } else { 0.5 + (i % 7) as f64 * 0.25 }).collect();
    let scalars = || [real("mu"), real("log_sigma"), positive("nu")];
    let results = || {
        let (of_scalars, of_designs) = ([1.3, 0.4, 3.5], [1.8, -0.3, 0.15, 0.4, -0.25, 0.7, 0.2, 0.4, -0.6, 3.5]);
        let closure = |parameters| Model::new(&y, parameters, |z, row| Student.ln_density(z, row));
        [
            all(&closure(scalars()), &of_scalars),
            all(&closure(designs()).weights(&weights), &of_designs),
            all(&Model::from_density(&y, scalars(), Student).weights(&weights), &of_scalars),
            all(&Model::from_density(&y, designs(), Student), &of_designs),
        ]
    };
    let outside = results();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(results), outside, "{threads} threads");
    }
}

#[test]
fn a_panic_in_a_density_comes_through() {
    let rows: Vec<usize> = (0..N).collect();
    let model = Model::new(&rows, [real("mu")], |[mu], &i| {
        assert!(i != N - 1, "the last row");
        -(mu - i as f64).powi(2)
    });
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| pool.install(|| model.log_likelihood_score_hessian(&[0.3]))));
        assert_eq!(result.unwrap_err().downcast_ref::<&str>(), Some(&"the last row"));
    }
}
