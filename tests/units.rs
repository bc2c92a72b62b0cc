//! A model and the same model with a covariate in other units take the same steps.
use maxlik::optimizer::{GradientAscent, Method, Progress, StochasticGradient};
use maxlik::prelude::*;

struct Birth {
    low: bool,
    age: f64,
    weight: f64,
}

fn births() -> Vec<Birth> {
    let born = |i: u32| {
        let (age, weight) = (f64::from(14 + (7 * i) % 27), f64::from(90 + (37 * i) % 113));
        Birth { low: (age + 0.3 * weight + f64::from((29 * i) % 41)) < 65.0, age, weight }
    };
    (0..180).map(born).collect()
}

/// The trace of a logistic regression with the weight times `factor`, and its estimates.
fn trace<M: Method>(method: M, factor: f64) -> (Vec<Progress>, Vec<f64>) {
    let births = births();
    let columns = ["(intercept)", "age", "weight"];
    let design = Design::from_rows(&births, columns, |birth| [1.0, birth.age, birth.weight * factor]).unwrap();
    let model = Model::new(&births, [linear("logit", &design)], |[eta], birth| bernoulli::ln_pmf_logit(birth.low, eta))
        .with_expected_information(|[eta], _| bernoulli::expected_information_logit(eta));
    let fit = match model.fit_with(method) {
        Ok(fit) => fit,
        Err(FitError::NotConverged(fit)) => *fit,
        Err(error) => panic!("{error}"),
    };
    (fit.trace().to_vec(), fit.coefficients().iter().copied().collect())
}

/// A power of two changes no rounding: the traces must be equal bit by bit, and the coefficient divided by it.
fn assert_same_steps<M: Method + Clone>(method: &M) {
    let (in_pounds, estimates) = trace(method.clone(), 1.0);
    assert!(in_pounds.len() > 3, "{}: {} iterations", method.name(), in_pounds.len());
    for factor in [1024.0, 1.0 / 65536.0] {
        let (in_other_units, others) = trace(method.clone(), factor);
        assert_eq!(in_pounds, in_other_units, "{}, times {factor}", method.name());
        assert_eq!(others, [estimates[0], estimates[1], estimates[2] / factor], "{}, times {factor}", method.name());
    }
}

#[test]
fn every_method_takes_the_same_steps_in_other_units() {
    assert_same_steps(&Newton::default());
    assert_same_steps(&FisherScoring::default());
    assert_same_steps(&Lbfgs::default());
    assert_same_steps(&GradientAscent::default().with_steps(40));
    assert_same_steps(&StochasticGradient::default().with_epochs(5));
}
