//! The log-likelihood of the factor model and its exact derivatives, rotation included.
//!
//! Notation: `d` variables, `m` factors; `mu: d`, `L: d x m` the loadings, `psi: d`, `Sigma = L L' + diag(psi)`. For each pattern of
//! missing values, over the variables observed: `S` the second moments about `mu`, `K = Sigma^-1`, `M = K S K`,
//! `g = K (mean - mu)`, and
//!
//! ```text
//! l   = -w/2 [o ln 2 pi + ln |Sigma| + tr K S]          G = K - M,  N = 2 M - K
//! dl  =  w g' dmu - w/2 tr G dSigma
//! d2l = -w dmu' K dmu - 2 w dmu' K dSigma g - w/2 tr K dSigma N dSigma - w/2 tr G d2Sigma
//! ```
//!
//! Variables that were not observed have zeros in `K`, `M` and `g`: then one set of formulas in `d` variables does for all.
use maxlik_dual::special::HALF_LN_2_PI;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::sample::Pattern;

/// A point of the factor model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Structure {
    /// `mu: d`
    pub(super) mean: DVector<f64>,
    /// `L: d x m`
    pub(super) loadings: DMatrix<f64>,
    /// `psi: d`
    pub(super) uniquenesses: DVector<f64>,
}

/// Log-likelihood, score and observed information; the order of the numbers is `mu`, `L` by columns, `psi`.
pub(super) struct Expansion {
    pub(super) log_likelihood: f64,
    pub(super) score: DVector<f64>,
    pub(super) information: DMatrix<f64>,
}

/// What the log-likelihood of one pattern is made of, in the variables observed.
struct Kernel {
    log_likelihood: f64,
    /// `Sigma: o x o`, factored
    root: Cholesky<f64, Dyn>,
    /// `g: o`
    g: DVector<f64>,
    /// `K C: o x o` with the covariance `C` about the mean; of few rows `B`, with `C = B'B`, `K B': o x n`
    solved: DMatrix<f64>,
}

/// What is the same for all derivatives of one pattern, in all variables.
struct Terms {
    log_likelihood: f64,
    /// `K: d x d`
    k: DMatrix<f64>,
    /// `M: d x d`
    m: DMatrix<f64>,
    /// `g: d`
    g: DVector<f64>,
}

impl Structure {
    pub(super) fn variables(&self) -> usize {
        self.loadings.nrows()
    }

    pub(super) fn factors(&self) -> usize {
        self.loadings.ncols()
    }

    /// The number of all parameters, rotation included.
    pub(super) fn len(&self) -> usize {
        self.variables() * (self.factors() + 2)
    }

    /// The place of a loading among all parameters.
    pub(super) fn loading(&self, variable: usize, factor: usize) -> usize {
        self.variables() * (1 + factor) + variable
    }

    /// The place of a uniqueness among all parameters.
    pub(super) fn uniqueness(&self, variable: usize) -> usize {
        self.variables() * (1 + self.factors()) + variable
    }

    /// `Sigma: d x d`
    pub(super) fn covariance(&self) -> DMatrix<f64> {
        &self.loadings * self.loadings.transpose() + DMatrix::from_diagonal(&self.uniquenesses)
    }

    /// `Sigma` of some variables, factored; none where that is not positive definite.
    pub(super) fn factored(&self, observed: &[usize]) -> Option<Cholesky<f64, Dyn>> {
        let loadings = self.loadings.select_rows(observed);
        let mut sigma = &loadings * loadings.transpose();
        for (k, &j) in observed.iter().enumerate() {
            sigma[(k, k)] += self.uniquenesses[j];
        }
        Cholesky::new(sigma)
    }

    /// The log-likelihood; minus infinity where a covariance matrix is not positive definite.
    pub(super) fn log_likelihood(&self, patterns: &[Pattern]) -> f64 {
        let by_sigma = |pattern| self.kernel(pattern).map_or(f64::NEG_INFINITY, |kernel| kernel.log_likelihood);
        let of_pattern = |pattern| self.log_likelihood_of_rows(pattern).unwrap_or_else(|| by_sigma(pattern));
        patterns.iter().map(of_pattern).sum()
    }

    fn kernel(&self, pattern: &Pattern) -> Option<Kernel> {
        let observed = &pattern.observed;
        let root = self.factored(observed)?;
        let deviation = self.deviation(pattern);
        let g = root.solve(&deviation);
        let rows = pattern.rows();
        let solved = root.solve(&rows.map_or_else(|| pattern.covariance(), DMatrix::transpose));
        let trace = rows.map_or_else(|| solved.trace(), |rows| solved.transpose().dot(rows));
        let ln_det = 2.0 * root.l_dirty().diagonal().iter().map(|l| l.ln()).sum::<f64>();
        let constant = 2.0 * HALF_LN_2_PI * observed.len() as f64;
        let log_likelihood = -0.5 * pattern.weight * (constant + ln_det + trace + deviation.dot(&g));
        Some(Kernel { log_likelihood, root, g, solved })
    }

    fn terms(&self, pattern: &Pattern) -> Option<Terms> {
        let Kernel { log_likelihood, root, g, solved } = self.kernel(pattern)?;
        let k = root.inverse();
        let mut m = if pattern.rows().is_some() { &solved * solved.transpose() } else { &solved * &k };
        m.ger(1.0, &g, &g, 1.0);
        let d = self.variables();
        let mut terms =
            Terms { log_likelihood, k: DMatrix::zeros(d, d), m: DMatrix::zeros(d, d), g: DVector::zeros(d) };
        for (a, &i) in pattern.observed.iter().enumerate() {
            terms.g[i] = g[a];
            for (b, &j) in pattern.observed.iter().enumerate() {
                terms.k[(i, j)] = k[(a, b)];
                terms.m[(i, j)] = 0.5 * (m[(a, b)] + m[(b, a)]);
            }
        }
        Some(terms)
    }

    /// Log-likelihood and score; none where a covariance matrix is not positive definite.
    pub(super) fn score(&self, patterns: &[Pattern]) -> Option<(f64, DVector<f64>)> {
        let (mut log_likelihood, mut score) = (0.0, DVector::zeros(self.len()));
        for pattern in patterns {
            let terms = self.terms(pattern)?;
            log_likelihood += terms.log_likelihood;
            self.add_score(pattern.weight, &terms, &mut score);
        }
        Some((log_likelihood, score))
    }

    /// Log-likelihood, score and information; none where a covariance matrix is not positive definite.
    pub(super) fn expansion(&self, patterns: &[Pattern]) -> Option<Expansion> {
        let n = self.len();
        let (mut log_likelihood, mut score) = (0.0, DVector::zeros(n));
        let mut information = DMatrix::zeros(n, n);
        for pattern in patterns {
            let terms = self.terms(pattern)?;
            log_likelihood += terms.log_likelihood;
            self.add_score(pattern.weight, &terms, &mut score);
            self.add_information(pattern.weight, &terms, &mut information);
        }
        information.fill_lower_triangle_with_upper_triangle();
        Some(Expansion { log_likelihood, score, information })
    }

    fn add_score(&self, w: f64, terms: &Terms, score: &mut DVector<f64>) {
        let big_g = &terms.k - &terms.m;
        let by_loadings = &big_g * &self.loadings;
        for i in 0..self.variables() {
            score[i] += w * terms.g[i];
            for r in 0..self.factors() {
                score[self.loading(i, r)] -= w * by_loadings[(i, r)];
            }
            score[self.uniqueness(i)] -= 0.5 * w * big_g[(i, i)];
        }
    }

    /// Adds the upper triangle, column by column; what it leaves below the diagonal means nothing.
    fn add_information(&self, w: f64, Terms { k, m, g, .. }: &Terms, information: &mut DMatrix<f64>) {
        let (d, factors, rows) = (self.variables(), self.factors(), self.len());
        let n = 2.0 * m - k;
        let (kl, nl) = (k * &self.loadings, &n * &self.loadings);
        let (lkl, lnl, lg) = (self.loadings.tr_mul(&kl), self.loadings.tr_mul(&nl), self.loadings.tr_mul(g));
        for j in 0..d {
            let (k_j, m_j, n_j) = (column(k, j), column(m, j), column(&n, j));
            // To `mu_j`, from `mu`: w K.
            add(information, j * rows, d, |i| w * k_j[i]);
            // To `psi_j`, from `mu`, `L` (tr K (e_i l_r' + l_r e_i') N e_j e_j') and `psi`.
            let psi_j = self.uniqueness(j) * rows;
            add(information, psi_j, d, |i| w * g[j] * k_j[i]);
            for r in 0..factors {
                let (a, b) = (0.5 * w * nl[(j, r)], 0.5 * w * kl[(j, r)]);
                add(information, psi_j + self.loading(0, r), d, |i| a * k_j[i] + b * n_j[i]);
            }
            add(information, psi_j + self.uniqueness(0), d, |i| 0.5 * w * k_j[i] * n_j[i]);
            // To `l_jr`, from `mu` and from `L` (tr K (e_i l_s' + l_s e_i') N (e_j l_r' + l_r e_j')), and tr G d2Sigma where both belong
            // to one factor.
            for r in 0..factors {
                let (kl_r, nl_r) = (column(&kl, r), column(&nl, r));
                let l_jr = self.loading(j, r) * rows;
                add(information, l_jr, d, |i| w * (lg[r] * k_j[i] + g[j] * kl_r[i]));
                for s in 0..=r {
                    let curved = if r == s { w } else { 0.0 };
                    let (a, b) = (0.5 * w * nl[(j, s)], 0.5 * w * kl[(j, s)]);
                    let (c, e) = (0.5 * w * lnl[(s, r)] + curved, 0.5 * w * lkl[(s, r)]);
                    add(information, l_jr + self.loading(0, s), d, |i| {
                        a * kl_r[i] + b * nl_r[i] + c * k_j[i] + e * n_j[i] - curved * m_j[i]
                    });
                }
            }
        }
    }
}

/// A column as a slice.
fn column(matrix: &DMatrix<f64>, j: usize) -> &[f64] {
    let rows = matrix.nrows();
    &matrix.as_slice()[j * rows..(j + 1) * rows]
}

/// Adds to so many entries of a matrix, stored by columns, from a place on.
fn add(matrix: &mut DMatrix<f64>, from: usize, length: usize, entry: impl Fn(usize) -> f64) {
    for (i, sum) in matrix.as_mut_slice()[from..from + length].iter_mut().enumerate() {
        *sum += entry(i);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::latent::factor_analysis::sample::Sample;
    use approx::assert_relative_eq;

    /// Nineteen rows of five variables with gaps.
    pub(in crate::latent::factor_analysis) fn gaps() -> Sample {
        let points = DMatrix::from_fn(19, 5, |i, j| {
            let u = ((i * 37 + j * 101 + i * i * 13) % 97) as f64 / 97.0;
            if (i + 3 * j) % 7 == 0 {
                f64::NAN
            } else {
                u + 0.3 * f64::from(u8::from(i % 4 == 3)) * f64::from(u8::from(j % 2 == 1))
            }
        });
        let weights: Vec<f64> = (0..19).map(|i| 0.5 + f64::from(i % 3)).collect();
        Sample::with_missing(&points, (1..=5).map(|j| format!("x{j}")).collect(), Some(&weights)).unwrap()
    }

    pub(in crate::latent::factor_analysis) fn structure() -> Structure {
        Structure {
            mean: DVector::from_vec(vec![0.1, -0.2, 0.05, 0.3, -0.15]),
            loadings: DMatrix::from_row_slice(5, 2, &[0.7, 0.3, -0.4, 0.5, 0.6, -0.2, 0.2, 0.8, 0.5, 0.35]),
            uniquenesses: DVector::from_vec(vec![0.4, 0.6, 0.7, 0.3, 0.5]),
        }
    }

    /// Central differences with one step of Richardson's extrapolation.
    pub(in crate::latent::factor_analysis) fn derivative(h: f64, f: &dyn Fn(f64) -> DVector<f64>) -> DVector<f64> {
        let central = |h: f64| (f(h) - f(-h)) / (2.0 * h);
        (central(0.5 * h) * 4.0 - central(h)) / 3.0
    }

    #[test]
    fn score_and_information_are_derivatives_of_the_log_likelihood() {
        let (sample, at) = (gaps(), structure());
        assert!(sample.patterns.len() > 3);
        let moved = |place: usize, h: f64| {
            let mut moved = at.clone();
            match place {
                0..5 => moved.mean[place] += h,
                5..15 => moved.loadings.as_mut_slice()[place - 5] += h,
                _ => moved.uniquenesses[place - 15] += h,
            }
            moved
        };
        let Expansion { log_likelihood, score, information } = at.expansion(&sample.patterns).unwrap();
        assert_eq!(at.score(&sample.patterns).unwrap(), (log_likelihood, score.clone()));
        assert_relative_eq!(log_likelihood, at.log_likelihood(&sample.patterns), max_relative = 1e-14);
        for place in 0..at.len() {
            let value = |h: f64| DVector::repeat(1, moved(place, h).log_likelihood(&sample.patterns));
            assert_relative_eq!(score[place], derivative(4e-3, &value)[0], epsilon = 1e-8); // h^4, and rounding / h
            let slope = |h: f64| moved(place, h).score(&sample.patterns).unwrap().1;
            let column = -derivative(4e-3, &slope);
            assert_relative_eq!(information.column(place).into_owned(), column, epsilon = 1e-7); // as above
        }
    }
}
