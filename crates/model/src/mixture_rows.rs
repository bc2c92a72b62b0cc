//! What the components of a mixture say of its rows.
use std::collections::HashSet;

use nalgebra::{DMatrix, DVector};

use crate::design::BLOCK;
use crate::mixing::Share;
use crate::{Likelihood, MixtureLikelihood};

impl<Row: Sync> MixtureLikelihood<'_, Row> {
    /// The log-density of each row (`n`), and the probabilities of the components given the row (`n x k`). The row's part of a
    /// [prior](Self::with_pseudo_rows) counts to its log-density.
    ///
    /// # Formula
    /// `ln p_i = ln sum_j pi_ij exp f_ij` and `r_ij = pi_ij exp(f_ij) / p_i`; NaN for a row that is impossible under all components.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let (ln_p, r) = mixture.responsibilities(&[3.0, 0.4, 0.3]);
    /// let parts = [0.7 * 3.0 * f64::exp(-1.5), 0.3 * 0.4 * f64::exp(-0.2)];
    /// assert!((ln_p[0] - (parts[0] + parts[1]).ln()).abs() < 1e-15);
    /// assert!((r[(0, 1)] - parts[1] / (parts[0] + parts[1])).abs() < 1e-15);
    /// ```
    pub fn responsibilities(&self, coefficients: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        self.pass().responsibilities(coefficients)
    }

    /// The first two components whose log-densities `f`, `g` differ by at most `tolerance max(|f|, 1)` in each row.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5, 1.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// assert_eq!(mixture.equal_components(&[3.0, 0.4, 0.3], 1e-12), None);
    /// assert_eq!(mixture.equal_components(&[3.0, 3.0, 0.3], 1e-12), Some([0, 1]));
    /// ```
    pub fn equal_components(&self, coefficients: &[f64], tolerance: f64) -> Option<[usize; 2]> {
        let k = self.component_names().len();
        let mut pairs: Vec<[usize; 2]> = (1..k).flat_map(|j| (0..j).map(move |m| [m, j])).collect();
        self.for_each_block(coefficients, |_, rows, shares| {
            pairs.retain(|&[m, j]| {
                let mut both = shares[m].f[..rows].iter().zip(&shares[j].f[..rows]);
                both.all(|(f, g)| f == g || (f - g).abs() <= tolerance * f.abs().max(1.0))
            });
        });
        pairs.first().copied()
    }

    /// The greatest ratio of each component's density to that of the mixture over the rows of weight above 0: 0 where it fits no row.
    ///
    /// # Formula
    /// `max_i exp(f_ij) / p_i`
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let (fast, slow) = (3.0 * f64::exp(-1.5), 0.4 * f64::exp(-0.2));
    /// let ratios = mixture.greatest_ratios(&[3.0, 0.4, 0.3]);
    /// assert!((ratios[1] - slow / (0.7 * fast + 0.3 * slow)).abs() < 1e-15);
    /// ```
    pub fn greatest_ratios(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut greatest = vec![0.0_f64; self.component_names().len()];
        let weights = Likelihood::weights(self);
        self.for_each_block(coefficients, |index, rows, shares| {
            let counts = |i: &usize| weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
            for (greatest, share) in greatest.iter_mut().zip(shares) {
                *greatest = (0..rows).filter(counts).map(|i| share.q[i]).fold(*greatest, f64::max);
            }
        });
        greatest
    }

    /// Calls `f` with the index of each block, its number of rows, and what they are under each component.
    fn for_each_block(&self, coefficients: &[f64], mut f: impl FnMut(usize, usize, &[Share])) {
        let pass = self.pass();
        pass.for_each_block(0..pass.blocks(), coefficients, 0, |index, rows, shares, _| f(index, rows, shares));
    }

    /// The mixing weights: `1 x k`, or `n x k` where they depend on covariates.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5, 1.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// assert_eq!(mixture.mixing_weights(&[3.0, 0.4, 0.3]).as_slice(), [0.7, 0.3]);
    /// ```
    pub fn mixing_weights(&self, coefficients: &[f64]) -> DMatrix<f64> {
        let k = self.component_names().len();
        let n = self.concomitant_design().map_or(1, |_| self.rows().len());
        let theta = &coefficients[self.coefficients_of_weights()];
        let mut block = self.mixing().shares(theta, k, n.min(BLOCK));
        let mut pi = DMatrix::zeros(n, k);
        for (index, start) in (0..n).step_by(BLOCK).enumerate() {
            let rows = BLOCK.min(n - start);
            self.mixing().weigh(theta, index, rows, &mut block);
            for (j, share) in block.iter().enumerate() {
                pi.column_mut(j).as_mut_slice()[start..][..rows].copy_from_slice(&share.pi[..rows]);
            }
        }
        pi
    }

    /// The log-densities of the rows under each component, `n x k`.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5, 1.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// assert_eq!(mixture.component_ln_densities(&[3.0, 0.4, 0.3])[(1, 0)], 3_f64.ln() - 4.5);
    /// ```
    pub fn component_ln_densities(&self, coefficients: &[f64]) -> DMatrix<f64> {
        let mut f = DMatrix::zeros(self.rows().len(), self.component_names().len());
        self.for_each_block(coefficients, |index, rows, shares| {
            for (j, share) in shares.iter().enumerate() {
                f.column_mut(j).as_mut_slice()[index * BLOCK..][..rows].copy_from_slice(&share.f[..rows]);
            }
        });
        f
    }

    /// How many rows of weight above 0 differ in their log-density under a component, counted up to `most`.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5, 1.5, 0.5, 0.7])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// assert_eq!(mixture.different_rows(&[3.0, 0.4, 0.3], 9), 3);
    /// assert_eq!(mixture.different_rows(&[3.0, 0.4, 0.3], 2), 2);
    /// ```
    pub fn different_rows(&self, coefficients: &[f64], most: usize) -> usize {
        let mut seen: HashSet<Vec<u64>> = HashSet::new();
        let weights = Likelihood::weights(self);
        self.for_each_block(coefficients, |index, rows, shares| {
            let counts = |i: &usize| weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
            for i in (0..rows).filter(counts) {
                if seen.len() < most {
                    seen.insert(shares.iter().map(|share| share.f[i].to_bits()).collect());
                }
            }
        });
        seen.len()
    }
}
