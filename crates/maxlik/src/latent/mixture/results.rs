//! What a fit says of the rows and the components of a mixture.
use maxlik_model::{Likelihood, MixtureLikelihood, Parameter};
use nalgebra::{DMatrix, DVector};

use super::Mixture;
use super::em::MixtureSteps;
use crate::latent::parts::estimates;
use crate::{Fit, InferenceError, MissingInformation, Status, Warning};

impl<Row: Sync> Mixture<'_, Row> {
    /// The probability of each component given the row, `n x k`, at the estimates of a fit: of this mixture, or of one with
    /// coefficients of the same names. For new rows make a mixture of them.
    ///
    /// A component that the fit left out has probability 0.
    ///
    /// # Formula
    /// `r_ij = pi_ij exp(f_ij) / sum_m pi_im exp(f_im)`; NaN for a row that is impossible under all components.
    ///
    /// # Errors
    /// If the fit lacks a coefficient of the mixture.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// fn mixture(waits: &[f64]) -> Mixture<'_, f64> {
    ///     Mixture::new(waits)
    ///         .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
    ///         .component([positive("slow").start(0.3)], |[rate], &t| exponential::ln_pdf(t, rate))
    /// }
    /// let fit = mixture(&[0.3, 2.5, 0.1, 4.0, 0.2, 0.15, 9.0, 1.1]).fit()?;
    /// let part = |pi: f64, rate: f64, t: f64| pi * rate * (-rate * t).exp();
    /// let pi = fit.estimate("weight[slow]")?;
    /// let slow = part(pi, fit.estimate("slow")?, 1.7);
    /// let density = slow + part(1.0 - pi, fit.estimate("fast")?, 1.7);
    ///
    /// let new = mixture(&[1.7, 0.05]);
    /// assert!((new.responsibilities(&fit)?[(0, 1)] - slow / density).abs() < 1e-14);
    /// assert!((new.ln_densities(&fit)?[0] - density.ln()).abs() < 1e-14);
    /// assert_eq!(new.labels(&fit)?, [Some(1), Some(0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn responsibilities(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        Ok(self.e_step(fit)?.1)
    }

    /// The most probable component of each row, counted from 0, the earlier of two that are equally so; `None` for a row that is
    /// impossible under all.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    pub fn labels(&self, fit: &Fit) -> Result<Vec<Option<usize>>, InferenceError> {
        let responsibilities = self.responsibilities(fit)?;
        let most = |row: usize| {
            let r = responsibilities.row(row);
            if r.iter().any(|r| r.is_nan()) { None } else { (0..r.len()).rev().max_by(|&j, &m| r[j].total_cmp(&r[m])) }
        };
        Ok((0..responsibilities.nrows()).map(most).collect())
    }

    /// The log-density of each row, without its weight, at the estimates of a fit.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    pub fn ln_densities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        Ok(self.e_step(fit)?.0)
    }

    /// The mixing weights of the components at the estimates of a fit: `1 x k`, or `n x k` where they depend on covariates.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// let waits = [0.3, 2.5, 0.1, 4.0, 0.2, 0.15, 9.0, 1.1];
    /// let mixture = Mixture::new(&waits)
    ///     .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow").start(0.3)], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let fit = mixture.fit()?;
    /// let weights = mixture.mixing_weights(&fit)?;
    /// assert_eq!(weights[(0, 1)], fit.estimate("weight[slow]")?);
    /// // At a maximum the weights are the mean responsibilities.
    /// let rows = mixture.effective_rows(&fit)?;
    /// assert!((weights[(0, 0)] - rows[0] / 8.0).abs() < 1e-10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mixing_weights(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        let (fitted, kept) = self.fitted(fit);
        Ok(self.with_zeros(&fitted.mixing_weights(&estimates(&fitted, fit)?), &kept))
    }

    /// How many rows each component holds, `k`: the sum of its responsibilities, each times the weight of its row.
    ///
    /// # Formula
    /// `n_j = sum_i w_i r_ij`
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    pub fn effective_rows(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        let r = self.responsibilities(fit)?;
        let sum = |j: usize| (0..r.nrows()).map(|i| self.times_weight(i, r[(i, j)])).sum();
        Ok(DVector::from_fn(r.ncols(), |j, _| sum(j)))
    }

    /// The integrated completed likelihood as a criterion: smaller is better, as for BIC, from which it differs by what is unsure
    /// about which row comes from which component. It favours components that are apart.
    ///
    /// # Formula
    /// `BIC + 2 E` with the entropy of the responsibilities `E = -sum_i w_i sum_j r_ij ln r_ij`. (Others take each row's most probable
    /// component for the true one, `E = -sum_i w_i ln max_j r_ij`.)
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// let waits = [0.3, 2.5, 0.1, 4.0, 0.2, 0.15, 9.0, 1.1];
    /// let mixture = Mixture::new(&waits)
    ///     .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow").start(0.3)], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let fit = mixture.fit()?;
    /// let entropy: f64 = mixture.responsibilities(&fit)?.iter().map(|r| -r * r.ln()).sum();
    /// let bic = 3.0 * 8_f64.ln() - 2.0 * fit.log_likelihood();
    /// assert!((mixture.icl(&fit)? - (bic + 2.0 * entropy)).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # References
    /// Biernacki, Celeux & Govaert, "Assessing a mixture model for clustering with the integrated completed likelihood" (2000);
    /// `McLachlan` & Peel, "Finite Mixture Models" (2000), section 6.10.
    pub fn icl(&self, fit: &Fit) -> Result<f64, InferenceError> {
        let r = self.responsibilities(fit)?;
        let surprise = |r: f64| if r == 0.0 { 0.0 } else { -r * r.ln() };
        let of_row = |i: usize| self.times_weight(i, r.row(i).iter().map(|&r| surprise(r)).sum());
        Ok(fit.bic() + 2.0 * (0..r.nrows()).map(of_row).sum::<f64>())
    }

    /// How much of the information is missing because the components of the rows are not known, at the estimates of a fit, and with it
    /// the rate of plain EM. It is about the coefficients inside their domains.
    ///
    /// # Formula
    /// The complete-data information is `-sum_i w_i r_ij h_ij` for the coefficients of component `j`, `h_ij` the Hessian of its
    /// log-density; and for the mixing weights that of a multinomial sample of sizes `sum_i w_i r_ij`, or of a multinomial logit with
    /// shares `w_i r_ij`.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`], or if the complete-data information is not positive definite.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// let waits = [0.3, 2.5, 0.1, 4.0, 0.2, 0.15, 9.0, 1.1];
    /// let mixture = Mixture::new(&waits)
    ///     .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow").start(0.3)], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let fit = mixture.fit()?;
    /// let missing = mixture.missing_information(&fit)?;
    /// assert_eq!(missing.fractions().len(), 3);
    /// assert!((missing.rate() - 0.5495).abs() < 1e-4); // plain EM takes four steps for each digit
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing_information(&self, fit: &Fit) -> Result<MissingInformation, InferenceError> {
        let (fitted, _) = self.fitted(fit);
        let prior = fit.warnings().iter().find_map(|warning| match warning {
            Warning::Prior { pseudo_rows } => Some(*pseudo_rows),
            _ => None,
        });
        let fitted = fitted.with_pseudo_rows(prior.unwrap_or(0.0));
        let theta = estimates(&fitted, fit)?;
        let names = fitted.parameters().iter().flat_map(Parameter::coefficient_names);
        let inside = names.enumerate().filter(|(_, name)| fit.status(name) == Ok(Status::Estimated));
        let inside: Vec<usize> = inside.map(|(i, _)| i).collect();
        let of = |a: DMatrix<f64>| a.select_rows(&inside).select_columns(&inside);
        let (_, _, hessian) = fitted.log_likelihood_score_hessian(&theta);
        MissingInformation::new(&of(MixtureSteps(&fitted).complete_information(&theta)), &of(-hessian))
    }

    fn e_step(&self, fit: &Fit) -> Result<(DVector<f64>, DMatrix<f64>), InferenceError> {
        let (fitted, kept) = self.fitted(fit);
        let (ln_p, r) = fitted.responsibilities(&estimates(&fitted, fit)?);
        Ok((ln_p, self.with_zeros(&r, &kept)))
    }

    /// The mixture of the components that a fit has not left out, and which these are.
    fn fitted(&self, fit: &Fit) -> (MixtureLikelihood<'_, Row>, Vec<usize>) {
        let left_out = |j: &usize| {
            let name = &self.component_names()[*j];
            fit.warnings().iter().any(|warning| match warning {
                Warning::Dropped { component, .. } | Warning::WeightZero { component } => component == name,
                _ => false,
            })
        };
        let all = 0..self.component_names().len();
        let out: Vec<usize> = all.clone().filter(left_out).collect();
        let fitted = out.iter().rev().fold(self.likelihood.with_pseudo_rows(0.0), |mixture, &j| mixture.without(j));
        (fitted, all.filter(|j| !out.contains(j)).collect())
    }

    /// Columns of 0 for the components that were not kept.
    fn with_zeros(&self, columns: &DMatrix<f64>, kept: &[usize]) -> DMatrix<f64> {
        let place = |j: usize| kept.iter().position(|&kept| kept == j);
        let entry = |i: usize, j: usize| place(j).map_or(0.0, |j| columns[(i, j)]);
        DMatrix::from_fn(columns.nrows(), self.component_names().len(), entry)
    }

    /// What has weight 0 does not count, be it impossible.
    fn times_weight(&self, row: usize, x: f64) -> f64 {
        match Likelihood::weights(self) {
            Some(weights) if weights[row] == 0.0 => 0.0,
            Some(weights) => weights[row] * x,
            None => x,
        }
    }
}
