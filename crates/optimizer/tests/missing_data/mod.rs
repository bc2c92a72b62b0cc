//! Models with missing data: their likelihoods with exact derivatives, and their steps of EM.
use maxlik_optimizer::{Bounds, ExpectationMaximization, Objective};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

/// Deaths of women over 80 per day, The Times 1910-1912; Hasselblad, "Estimation of finite mixtures of distributions from the
/// exponential family" (1969). Days with 0 to 9 deaths.
pub(crate) const DEATHS: [f64; 10] = [162., 267., 271., 185., 111., 61., 27., 8., 3., 1.];

/// A mixture of two Poisson distributions, `theta = (weight of the first, its mean, mean of the second)`, of days by their number
/// of deaths. The means are counted in `units`: `theta = (w, units m_1, units m_2)`.
pub(crate) struct PoissonMixture {
    pub(crate) days: Vec<f64>,
    pub(crate) units: f64,
}

impl PoissonMixture {
    pub(crate) fn deaths() -> Self {
        Self { days: DEATHS.to_vec(), units: 1.0 }
    }

    pub(crate) fn bounds() -> Bounds {
        Bounds { lower: dvector![0.0, 0.0, 0.0], upper: dvector![1.0, f64::INFINITY, f64::INFINITY] }
    }

    fn each(&self) -> impl Iterator<Item = (u32, f64)> {
        (0..).zip(self.days.iter().copied())
    }
}

/// `ln p(k)`
fn poisson(k: u32, mean: f64) -> f64 {
    let ln_factorial: f64 = (1..=k).map(|i| f64::from(i).ln()).sum();
    f64::from(k) * mean.ln() - mean - ln_factorial
}

impl Objective for PoissonMixture {
    fn dimension(&self) -> usize {
        3
    }

    fn value_gradient_hessian(&self, theta: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (w, means) = (theta[0], [theta[1] / self.units, theta[2] / self.units]);
        let (mut value, mut gradient, mut hessian) = (0.0, DVector::zeros(3), DMatrix::zeros(3, 3));
        for (k, days) in self.each() {
            let [(a, a1, a2), (b, b1, b2)] = means.map(|m| {
                let (p, slope) = (poisson(k, m).exp(), f64::from(k) / m - 1.0);
                (p, p * slope, p * (slope * slope - f64::from(k) / (m * m)))
            });
            let h = w * a + (1.0 - w) * b;
            let first = dvector![a - b, w * a1, (1.0 - w) * b1] / h;
            let second = dmatrix![0.0, a1, -b1; a1, w * a2, 0.0; -b1, 0.0, (1.0 - w) * b2] / h;
            value -= days * h.ln();
            gradient -= &first * days;
            hessian -= (second - &first * first.transpose()) * days;
        }
        let units = dvector![1.0, self.units, self.units];
        gradient.component_div_assign(&units);
        (value, gradient, DMatrix::from_fn(3, 3, |i, j| hessian[(i, j)] / units[i] / units[j]))
    }
}

impl ExpectationMaximization for PoissonMixture {
    /// Days and deaths of the first component, days and deaths of the second.
    type Statistics = [f64; 4];

    fn e_step(&self, theta: &DVector<f64>) -> (f64, [f64; 4]) {
        let (w, means) = (theta[0], [theta[1] / self.units, theta[2] / self.units]);
        let (mut log_likelihood, mut t) = (0.0, [0.0; 4]);
        for (k, days) in self.each() {
            let parts = [w * poisson(k, means[0]).exp(), (1.0 - w) * poisson(k, means[1]).exp()];
            let h = parts[0] + parts[1];
            log_likelihood += days * h.ln();
            for j in 0..2 {
                t[2 * j] += days * parts[j] / h;
                t[2 * j + 1] += days * parts[j] / h * f64::from(k);
            }
        }
        (log_likelihood, t)
    }

    fn m_step(&self, &[n_1, k_1, n_2, k_2]: &[f64; 4]) -> DVector<f64> {
        dvector![n_1 / (n_1 + n_2), self.units * k_1 / n_1, self.units * k_2 / n_2]
    }

    fn q_gradient(&self, theta: &DVector<f64>, &[n_1, k_1, n_2, k_2]: &[f64; 4]) -> DVector<f64> {
        let w = theta[0];
        dvector![n_1 / w - n_2 / (1.0 - w), k_1 / theta[1] - n_1 / self.units, k_2 / theta[2] - n_2 / self.units]
    }
}

/// The genetic linkage of Rao in the form of Dempster, Laird & Rubin (1977), section 1: counts of four cells with
/// probabilities `1/2 + theta/4, (1 - theta)/4, (1 - theta)/4, theta/4`. The constant of the multinomial is left out.
pub(crate) struct Linkage;

const CELLS: [f64; 4] = [125.0, 18.0, 20.0, 34.0];

impl Objective for Linkage {
    fn dimension(&self) -> usize {
        1
    }

    fn value_gradient_hessian(&self, theta: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let ([y_1, y_2, y_3, y_4], theta) = (CELLS, theta[0]);
        let value =
            y_1 * (0.5 + 0.25 * theta).ln() + (y_2 + y_3) * (0.25 - 0.25 * theta).ln() + y_4 * (0.25 * theta).ln();
        let first = y_1 / (2.0 + theta) - (y_2 + y_3) / (1.0 - theta) + y_4 / theta;
        let second = y_1 / (2.0 + theta).powi(2) + (y_2 + y_3) / (1.0 - theta).powi(2) + y_4 / theta.powi(2);
        (-value, dvector![-first], dmatrix![second])
    }
}

impl ExpectationMaximization for Linkage {
    /// The count of the first cell's part of probability `theta/4`.
    type Statistics = f64;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, f64) {
        (-self.value(theta), CELLS[0] * theta[0] / (2.0 + theta[0]))
    }

    fn m_step(&self, &x: &f64) -> DVector<f64> {
        dvector![(x + CELLS[3]) / (x + CELLS[1] + CELLS[2] + CELLS[3])]
    }

    fn q_gradient(&self, theta: &DVector<f64>, &x: &f64) -> DVector<f64> {
        dvector![(x + CELLS[3]) / theta[0] - (CELLS[1] + CELLS[2]) / (1.0 - theta[0])]
    }
}

/// Exponential lifetimes, some of them censored; `theta` is the mean. The maximum is the total time over the number of failures.
pub(crate) struct CensoredExponential {
    pub(crate) failed: Vec<f64>,
    pub(crate) censored: Vec<f64>,
}

impl CensoredExponential {
    fn total(&self) -> f64 {
        self.failed.iter().chain(&self.censored).sum()
    }

    pub(crate) fn maximum(&self) -> f64 {
        self.total() / self.failed.len() as f64
    }
}

impl Objective for CensoredExponential {
    fn dimension(&self) -> usize {
        1
    }

    fn value_gradient_hessian(&self, theta: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (mean, d, total) = (theta[0], self.failed.len() as f64, self.total());
        let second = 2.0 * total / mean.powi(3) - d / (mean * mean);
        (d * mean.ln() + total / mean, dvector![d / mean - total / (mean * mean)], dmatrix![second])
    }
}

impl ExpectationMaximization for CensoredExponential {
    /// The expected total lifetime.
    type Statistics = f64;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, f64) {
        (-self.value(theta), self.total() + self.censored.len() as f64 * theta[0])
    }

    fn m_step(&self, &total: &f64) -> DVector<f64> {
        dvector![total / (self.failed.len() + self.censored.len()) as f64]
    }

    fn q_gradient(&self, theta: &DVector<f64>, &total: &f64) -> DVector<f64> {
        let n = (self.failed.len() + self.censored.len()) as f64;
        dvector![total / theta[0].powi(2) - n / theta[0]]
    }
}

/// Location and scale of a Student t of `nu` degrees of freedom, `theta = (mu, sigma)`: a normal distribution whose precision is
/// missing. The density is taken up to its constant factor.
pub(crate) struct StudentT {
    pub(crate) x: Vec<f64>,
    pub(crate) nu: f64,
}

impl Objective for StudentT {
    fn dimension(&self) -> usize {
        2
    }

    fn value_gradient_hessian(&self, theta: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (mu, sigma, nu) = (theta[0], theta[1], self.nu);
        let (mut value, mut gradient, mut hessian) = (0.0, DVector::zeros(2), DMatrix::zeros(2, 2));
        for x in &self.x {
            let z = (x - mu) / sigma;
            let psi = (nu + 1.0) * z / (nu + z * z);
            let slope = (nu + 1.0) * (nu - z * z) / (nu + z * z).powi(2);
            let mixed = slope * z + psi;
            value += sigma.ln() + 0.5 * (nu + 1.0) * (z * z / nu).ln_1p();
            gradient += dvector![-psi, 1.0 - psi * z] / sigma;
            hessian += dmatrix![slope, mixed; mixed, slope * z * z + 2.0 * psi * z - 1.0] / (sigma * sigma);
        }
        (value, gradient, hessian)
    }
}

impl ExpectationMaximization for StudentT {
    /// The expected precision of each observation, in units of `1 / sigma^2`.
    type Statistics = Vec<f64>;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, Vec<f64>) {
        let (mu, sigma, nu) = (theta[0], theta[1], self.nu);
        (-self.value(theta), self.x.iter().map(|x| (nu + 1.0) / (nu + ((x - mu) / sigma).powi(2))).collect())
    }

    fn m_step(&self, weights: &Vec<f64>) -> DVector<f64> {
        let pairs = || weights.iter().zip(&self.x);
        let mu = pairs().map(|(w, x)| w * x).sum::<f64>() / weights.iter().sum::<f64>();
        let variance = pairs().map(|(w, x)| w * (x - mu).powi(2)).sum::<f64>() / self.x.len() as f64;
        dvector![mu, variance.sqrt()]
    }

    fn q_gradient(&self, theta: &DVector<f64>, weights: &Vec<f64>) -> DVector<f64> {
        let (mu, sigma) = (theta[0], theta[1]);
        let terms = weights.iter().zip(&self.x).map(|(w, x)| {
            let z = (x - mu) / sigma;
            dvector![w * z, w * z * z - 1.0] / sigma
        });
        terms.fold(DVector::zeros(2), |sum, term| sum + term)
    }
}
