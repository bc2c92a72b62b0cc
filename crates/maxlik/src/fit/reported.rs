//! The fit of a model whose coefficients are not those that the optimizer moves.
use maxlik_model::{Domain, ExpectationError};
use maxlik_optimizer::Report;
use nalgebra::{DMatrix, DVector};

use super::{Fit, Status, Summary};
use crate::information::invert;
use crate::{InferenceError, Warning};

/// What a model that has a scale of its own says of its coefficients.
pub(crate) struct Reported {
    /// The coefficients on their natural scale, `M`.
    pub(crate) coefficients: Vec<ReportedCoefficient>,
    /// The number of free coefficients.
    pub(crate) dof: usize,
    /// The derivatives of the one by the other, `M x m`; none where the Hessian was not evaluated.
    pub(crate) jacobian: Option<DMatrix<f64>>,
    /// Which of the `m` stand on a bound: the others are inferred given these.
    pub(crate) on_bound: Vec<usize>,
    /// Of a free coefficient's information, what is not small; 0 if that is a question of units.
    pub(crate) least_information: f64,
    /// Description of each parameter for the summary's head.
    pub(crate) parameters: Vec<String>,
    pub(crate) n_obs: usize,
    /// Notes of the model's own, those on coefficients that are not inside their domains included.
    pub(crate) warnings: Vec<Warning>,
}

/// One of them.
pub(crate) struct ReportedCoefficient {
    pub(crate) name: String,
    pub(crate) estimate: f64,
    pub(crate) domain: Domain,
    pub(crate) status: Status,
}

impl Fit {
    /// The fit of a model that has a scale of its own: `report` speaks the free coefficients, `m` of them.
    ///
    /// Where there are more reported coefficients than free ones, `M > m`, score and information are those along the `m` dimensions in
    /// which the reported ones can vary: with the Jacobian `J` of the one by the other, `(J^+)' g` and `(J^+)' I J^+`.
    pub(crate) fn reported(report: Report, reported: Reported) -> Self {
        let Reported { coefficients, dof, jacobian, on_bound, least_information, parameters, n_obs, mut warnings } =
            reported;
        let mut inside = 0;
        let mut all = Vec::with_capacity(coefficients.len());
        for ReportedCoefficient { name, estimate, domain, status } in coefficients {
            let interior = (status == Status::Estimated).then_some(inside);
            inside += usize::from(interior.is_some());
            all.push(Summary { name, estimate, status, domain, interior });
        }
        let rows = |wanted: &dyn Fn(&Summary) -> bool| (0..all.len()).filter(|&i| wanted(&all[i])).collect::<Vec<_>>();
        let estimated = rows(&|summary| summary.status != Status::Fixed);
        let interior = rows(&|summary| summary.interior.is_some());
        let names: Vec<&str> = interior.iter().map(|&i| all[i].name.as_str()).collect();
        let interior = match &jacobian {
            Some(jacobian) => {
                let free: Vec<usize> = (0..jacobian.ncols()).filter(|j| !on_bound.contains(j)).collect();
                let hessian = report.hessian.select_rows(&free).select_columns(&free);
                invert(&hessian, &jacobian.select_rows(&interior).select_columns(&free), &names, least_information)
            }
            None => Err(InferenceError::InformationNotEvaluated { coefficients: dof }),
        };
        if let Err(InferenceError::SingularInformation { combination }) = &interior {
            warnings.push(Warning::SingularInformation { combination: combination.clone() });
        }
        let (score, information) = match &jacobian {
            Some(jacobian) => {
                let status: Vec<Status> = estimated.iter().map(|&i| all[i].status).collect();
                on_natural_scale(&report, &jacobian.select_rows(&estimated), &status)
            }
            None => (DVector::repeat(estimated.len(), f64::NAN), DMatrix::zeros(0, 0)),
        };
        Self {
            names: estimated.iter().map(|&i| all[i].name.clone()).collect(),
            dof,
            coefficients: DVector::from_iterator(estimated.len(), estimated.iter().map(|&i| all[i].estimate)),
            parameters,
            all,
            log_likelihood: -report.value,
            score,
            information,
            expected_information: Err(ExpectationError::Unknown),
            interior,
            n_obs: Some(n_obs),
            termination: report.termination,
            trace: report.trace,
            evaluations: report.evaluations,
            stages: Vec::new(),
            method: report.method,
            warnings,
        }
    }
}

/// Score and information of the coefficients whose derivatives by the free ones these are, `k x m`: NaN in the rows of those at an open
/// end, and everywhere if some of them are not determined, for then neither is how they vary.
fn on_natural_scale(report: &Report, jacobian: &DMatrix<f64>, status: &[Status]) -> (DVector<f64>, DMatrix<f64>) {
    let k = status.len();
    let varying: Vec<usize> = (0..k).filter(|&i| status[i] != Status::AtLimit).collect();
    let own = jacobian.select_rows(&varying);
    let inverse = (own.transpose() * &own).try_inverse().map(|squares| squares * own.transpose());
    let Some(inverse) = inverse.filter(|_| !status.contains(&Status::Undetermined)) else {
        return (DVector::repeat(k, f64::NAN), DMatrix::repeat(k, k, f64::NAN));
    };
    let own_score = inverse.transpose() * -&report.gradient;
    let own_information = inverse.transpose() * &report.hessian * &inverse;
    let (mut score, mut information) = (DVector::repeat(k, f64::NAN), DMatrix::repeat(k, k, f64::NAN));
    for (a, &i) in varying.iter().enumerate() {
        score[i] = own_score[a];
        for (b, &j) in varying.iter().enumerate() {
            information[(i, j)] = own_information[(a, b)];
        }
    }
    (score, information)
}
