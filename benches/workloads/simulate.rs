//! Data sets of the same shapes as those in files, for machines that do not have these: other numbers, the same work.
use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal, StudentT, Weibull};

use crate::data::Array;

/// The arrays of a data set.
///
/// # Panics
/// For a name that is none.
pub(crate) fn arrays(name: &str) -> BTreeMap<String, Array> {
    let mut draw = Draw(StdRng::seed_from_u64(name.bytes().map(u64::from).sum()));
    let arrays = match name {
        "w1_linear" => draw.linear(1_000_000, 20),
        "w2_1e6x20" => draw.logistic(1_000_000, 20),
        "w2_1e5x100" => draw.logistic(100_000, 100),
        "w2_1e4x5" => draw.logistic(10_000, 5),
        "w2_100x3" => draw.logistic(100, 3),
        "w3_negbin" => draw.negative_binomial(1_000_000, 10),
        "w4_weibull" => draw.sample(1_000_000, &Weibull::new(2.5, 1.7).expect("a distribution"), |y| y),
        "w5_zip" => draw.zero_inflated(200_000),
        "w6_student" => draw.sample(1_000_000, &StudentT::new(4.5).expect("a distribution"), |t| 1.2 + 0.8 * t),
        "w7_1e5x10k8" => draw.mixture(100_000, 10, 8),
        "w8_hmm" => draw.hidden_markov(100_000),
        "w9_factor" => draw.factors(10_000, 50, 5),
        other => panic!("`{other}` is no data set"),
    };
    arrays.into_iter().map(|(name, array)| (name.to_owned(), array)).collect()
}

type Arrays = Vec<(&'static str, Array)>;

/// `n` equally spaced numbers from `first` to `last`.
fn spaced(first: f64, last: f64, n: usize) -> DVector<f64> {
    DVector::from_fn(n, |i, _| first + (last - first) * i as f64 / (n - 1) as f64)
}

struct Draw(StdRng);

impl Draw {
    fn normal(&mut self) -> f64 {
        self.0.sample(StandardNormal)
    }

    fn normals(&mut self, rows: usize, columns: usize) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |_, _| self.normal())
    }

    /// Normal columns, each correlated with the one before by 0.3; every fourth is cut to 0 and 1.
    fn design(&mut self, n: usize, p: usize) -> DMatrix<f64> {
        let mut x = self.normals(n, p);
        for j in 1..p {
            for i in 0..n {
                x[(i, j)] = 0.3 * x[(i, j - 1)] + 0.91_f64.sqrt() * x[(i, j)];
            }
        }
        for j in (3..p).step_by(4) {
            x.column_mut(j).apply(|x| *x = f64::from(*x > 0.5));
        }
        x
    }

    fn sample(&mut self, n: usize, distribution: &impl Distribution<f64>, map: impl Fn(f64) -> f64) -> Arrays {
        vec![("y", Array::vector((0..n).map(|_| map(distribution.sample(&mut self.0))).collect()))]
    }

    fn linear(&mut self, n: usize, p: usize) -> Arrays {
        let x = self.design(n, p);
        let mean = &x * spaced(-1.0, 1.0, p);
        let y = mean.iter().map(|mean| 0.5 + mean + 1.5 * self.normal()).collect();
        vec![("y", Array::vector(y)), ("X", Array::matrix(&x))]
    }

    fn logistic(&mut self, n: usize, p: usize) -> Arrays {
        let x = self.design(n, p);
        let eta = &x * spaced(-1.0, 1.0, p) * (3.0 / p as f64).sqrt();
        let y = eta.iter().map(|eta| f64::from(self.0.random::<f64>() < 1.0 / (1.0 + (0.5 - eta).exp()))).collect();
        vec![("y", Array::vector(y)), ("X", Array::matrix(&x))]
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        // A mean that underflows has no distribution of its own.
        Poisson::new(mean).map_or(0.0, |poisson| poisson.sample(&mut self.0))
    }

    fn negative_binomial(&mut self, n: usize, p: usize) -> Arrays {
        let x = self.design(n, p);
        let eta = &x * spaced(-0.4, 0.4, p);
        let frailty = Gamma::new(1.0 / 0.7, 0.7).expect("a distribution");
        let count = |&eta: &f64| {
            let mean = (1.0 + eta).exp() * frailty.sample(&mut self.0);
            self.poisson(mean)
        };
        vec![("y", Array::vector(eta.iter().map(count).collect())), ("X", Array::matrix(&x))]
    }

    fn zero_inflated(&mut self, n: usize) -> Arrays {
        let (x, z) = (self.design(n, 5), self.design(n, 3));
        let eta = &x * DVector::from_column_slice(&[0.4, -0.3, 0.2, 0.3, -0.2]);
        let zeta = &z * DVector::from_column_slice(&[0.8, -0.5, 0.4]);
        let count = |(eta, zeta): (&f64, &f64)| {
            let is_zero = self.0.random::<f64>() < 1.0 / (1.0 + (0.7 - zeta).exp());
            if is_zero { 0.0 } else { self.poisson((0.6 + eta).exp()) }
        };
        let y = eta.iter().zip(&zeta).map(count).collect();
        vec![("y", Array::vector(y)), ("X", Array::matrix(&x)), ("Z", Array::matrix(&z))]
    }

    fn mixture(&mut self, n: usize, d: usize, k: usize) -> Arrays {
        let means = self.normals(k, d) * 1.5;
        let factors: Vec<DMatrix<f64>> = (0..k)
            .map(|_| {
                let a = self.normals(d, d) / (d as f64).sqrt();
                let covariance = &a * a.transpose() + DMatrix::identity(d, d) * 0.5;
                covariance.cholesky().expect("a positive definite matrix").l()
            })
            .collect();
        let mut x = DMatrix::zeros(n, d);
        for i in 0..n {
            let j = self.0.random_range(0..k);
            let z = DVector::from_fn(d, |_, _| self.normal());
            x.set_row(i, &(means.row(j) + (&factors[j] * z).transpose()));
        }
        let start = &means + self.normals(k, d) * 0.5;
        let wide = DMatrix::<f64>::identity(d, d) * 2.0;
        let covariances = (0..k).flat_map(|_| wide.iter().copied()).collect();
        vec![
            ("X", Array::matrix(&x)),
            ("w0", Array::vector(vec![1.0 / k as f64; k])),
            ("mu0", Array::matrix(&start)),
            ("cov0", Array { shape: vec![k, d, d], by_columns: false, values: covariances }),
        ]
    }

    fn hidden_markov(&mut self, n: usize) -> Arrays {
        let (means, sds) = ([-3.0, -0.5, 1.5, 4.0], [1.0, 0.7, 0.9, 1.3]);
        let mut state = 0;
        let row = |_| {
            // Staying has probability 0.88, each other state 0.04.
            let u: f64 = self.0.random();
            if u < 0.16 {
                state = if u < 0.04 {
                    0
                } else if u < 0.08 {
                    1
                } else if u < 0.12 {
                    2
                } else {
                    3
                };
            }
            means[state] + sds[state] * self.normal()
        };
        let y = (0..n).map(row).collect();
        let transitions = DMatrix::from_fn(4, 4, |a, b| if a == b { 0.7 } else { 0.1 });
        vec![
            ("y", Array::vector(y)),
            ("pi0", Array::vector(vec![0.25; 4])),
            ("A0", Array::matrix(&transitions)),
            ("mu0", Array::vector(vec![-4.0, -1.0, 1.0, 5.0])),
            ("var0", Array::vector(vec![2.0; 4])),
        ]
    }

    fn factors(&mut self, n: usize, d: usize, m: usize) -> Arrays {
        let loadings = self.normals(d, m) * 0.7;
        let sds: Vec<f64> = (0..d).map(|_| (0.3 + 0.7 * self.0.random::<f64>()).sqrt()).collect();
        let mut x = self.normals(n, m) * loadings.transpose();
        for j in 0..d {
            for i in 0..n {
                x[(i, j)] += sds[j] * self.normal();
            }
        }
        vec![("X", Array::matrix(&x))]
    }
}
