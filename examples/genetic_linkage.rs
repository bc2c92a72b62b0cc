//! EM with your own E-step and M-step: the genetic linkage of Dempster, Laird & Rubin (1977). 197 animals in four classes of
//! probabilities 1/2 + theta/4, (1 - theta)/4, (1 - theta)/4, theta/4; missing is which of the first are of the part theta/4.
use maxlik::prelude::*;
use nalgebra::{DVector, dvector};

const ANIMALS: [f64; 4] = [125.0, 18.0, 20.0, 34.0];

struct Linkage;

impl ExpectationMaximization for Linkage {
    /// Of the first class, the animals expected in the part `theta/4`.
    type Statistics = f64;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, f64) {
        let t = theta[0];
        let probabilities = [0.5 + t / 4.0, (1.0 - t) / 4.0, (1.0 - t) / 4.0, t / 4.0];
        let log_likelihood = ANIMALS.iter().zip(probabilities).map(|(n, p)| n * p.ln()).sum();
        (log_likelihood, ANIMALS[0] * t / (2.0 + t))
    }

    /// `Q = (x + 34) ln theta + (18 + 20) ln (1 - theta)`
    fn m_step(&self, x: &f64) -> DVector<f64> {
        let successes = x + ANIMALS[3];
        dvector![successes / (successes + ANIMALS[1] + ANIMALS[2])]
    }

    fn q_gradient(&self, theta: &DVector<f64>, x: &f64) -> DVector<f64> {
        dvector![(x + ANIMALS[3]) / theta[0] - (ANIMALS[1] + ANIMALS[2]) / (1.0 - theta[0])]
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::new(&[0, 1, 2, 3], [probability("theta")], |[theta], class| match class {
        0 => (0.5 + theta / 4.0).ln(),
        1 | 2 => ((1.0 - theta) / 4.0).ln(),
        _ => (theta / 4.0).ln(),
    })
    .weights(&ANIMALS);

    let fit = model.fit_em(Em::default(), &Linkage)?;
    println!("{fit}");

    // The positive root of 197 theta^2 - 15 theta - 68.
    let theta = (15.0 + f64::sqrt(53_809.0)) / 394.0;
    assert!((fit.estimate("theta")? - theta).abs() < 1e-12);
    let information = 125.0 / (2.0 + theta).powi(2) + 38.0 / (1.0 - theta).powi(2) + 34.0 / theta.powi(2);
    assert!((fit.std_error("theta")? * information.sqrt() - 1.0).abs() < 1e-11);
    Ok(())
}
