//! Steps of EM, which speak the coefficients of the model, on the scale where the optimizer moves.
use maxlik_optimizer::{EmError, ExpectationMaximization};
use nalgebra::DVector;

use crate::FitError;
use crate::free_scale::FreeScale;

/// The steps of a model's EM; held coefficients stay where they are, whatever the M-step says of them.
pub(crate) struct FreeSteps<'a, S> {
    pub(crate) scale: &'a FreeScale<'a>,
    pub(crate) steps: &'a S,
}

impl<S: ExpectationMaximization> FreeSteps<'_, S> {
    /// Makes one round of the steps at the start, to see that they speak all coefficients of the model.
    pub(crate) fn check_lengths(&self) -> Result<(), FitError> {
        let theta: DVector<f64> = self.scale.natural(&self.scale.start()).into();
        let (_, statistics) = self.steps.e_step(&theta);
        let lengths = [
            ("M-step", self.steps.m_step(&statistics).len()),
            ("gradient of Q", self.steps.q_gradient(&theta, &statistics).len()),
        ];
        match lengths.into_iter().find(|&(_, found)| found != theta.len()) {
            None => Ok(()),
            Some((step, found)) => {
                let error = EmError::Length { step, expected: theta.len(), found };
                Err(FitError::Em { error, coefficient: None })
            }
        }
    }
}

impl<S: ExpectationMaximization> ExpectationMaximization for FreeSteps<'_, S> {
    type Statistics = S::Statistics;

    fn e_step(&self, phi: &DVector<f64>) -> (f64, S::Statistics) {
        self.steps.e_step(&self.scale.natural(phi).into())
    }

    fn m_step(&self, statistics: &S::Statistics) -> DVector<f64> {
        let theta = self.steps.m_step(statistics);
        self.scale.to_free(|i| theta.get(i).copied().unwrap_or(f64::NAN))
    }

    fn q_gradient(&self, phi: &DVector<f64>, statistics: &S::Statistics) -> DVector<f64> {
        let gradient = self.steps.q_gradient(&self.scale.natural(phi).into(), statistics);
        self.scale.gradient_to_free(phi, |i| gradient.get(i).copied().unwrap_or(f64::NAN))
    }
}
