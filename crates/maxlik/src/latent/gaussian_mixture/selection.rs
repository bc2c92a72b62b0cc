//! The number of components and the family of covariances by an information criterion.
use std::fmt;

use nalgebra::DMatrix;

use super::{Covariance, GaussianMixture, GaussianMixtureError, GaussianMixtureFit};

/// What is to be smallest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Criterion {
    /// Schwarz's criterion. The default.
    #[default]
    Bic,
    /// The integrated completed likelihood, which counts overlapping components against a mixture.
    Icl,
}

/// Mixtures of several numbers of components and families of covariances.
#[derive(Clone, Debug)]
pub struct Selection {
    criterion: Criterion,
    /// The best first; then those without a fit.
    candidates: Vec<(usize, Covariance, Result<GaussianMixtureFit, GaussianMixtureError>)>,
}

impl GaussianMixture {
    /// Fits mixtures of each number of components and family, with the other settings of this one. The best is the first of
    /// [`candidates`](Selection::candidates).
    ///
    /// # Errors
    /// If none could be fitted: the error of the first.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// use nalgebra::DMatrix;
    /// let widths = DMatrix::from_column_slice(10, 1, &[4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4]);
    /// let selection = GaussianMixture::new(1).select(&widths, 1..=2, &[Covariance::TiedSpherical], Criterion::Bic)?;
    /// assert_eq!(selection.best().weights().len(), 2);
    /// println!("{selection}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(
        &self,
        points: &DMatrix<f64>,
        components: impl IntoIterator<Item = usize>,
        families: &[Covariance],
        criterion: Criterion,
    ) -> Result<Selection, GaussianMixtureError> {
        let mut candidates = Vec::new();
        for k in components {
            for &family in families {
                let settings = Self { k, covariance: family, ..self.clone() };
                candidates.push((k, family, settings.fit(points)));
            }
        }
        if candidates.iter().all(|(_, _, fit)| fit.is_err()) {
            return match candidates.into_iter().next() {
                Some((_, _, Err(error))) => Err(error),
                _ => Err(GaussianMixtureError::NoComponents),
            };
        }
        candidates.sort_by(|a, b| criterion.of(a.2.as_ref().ok()).total_cmp(&criterion.of(b.2.as_ref().ok())));
        Ok(Selection { criterion, candidates })
    }
}

impl Criterion {
    /// Infinite without a fit.
    fn of(self, fit: Option<&GaussianMixtureFit>) -> f64 {
        fit.map_or(f64::INFINITY, |fit| match self {
            Self::Bic => fit.bic(),
            Self::Icl => fit.icl(),
        })
    }
}

impl Selection {
    /// The fit with the smallest criterion.
    ///
    /// # Panics
    /// Never: a selection has at least one fit.
    pub fn best(&self) -> &GaussianMixtureFit {
        self.candidates[0].2.as_ref().expect("bug: a selection whose best is no fit")
    }

    /// All candidates, the best first: the number of components, the family, and the fit or why there is none.
    pub fn candidates(&self) -> &[(usize, Covariance, Result<GaussianMixtureFit, GaussianMixtureError>)] {
        &self.candidates
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "components  covariance            coefficients  log-likelihood          BIC          ICL")?;
        for (k, family, fit) in &self.candidates {
            let family = family.to_string();
            match fit {
                Ok(fit) => writeln!(
                    f,
                    "{k:<10}  {family:<30}  {:>2}  {:>14.4}  {:>11.4}  {:>11.4}",
                    fit.dof(),
                    fit.log_likelihood(),
                    fit.bic(),
                    fit.icl()
                )?,
                Err(error) => writeln!(f, "{k:<10}  {family:<30}  {error}")?,
            }
        }
        write!(f, "\nsmallest {:?}:\n\n{}", self.criterion, self.best())
    }
}
