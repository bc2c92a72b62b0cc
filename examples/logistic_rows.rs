//! Logistic regression as maximum likelihood, on rows of the user's own type.
use maxlik::prelude::*;

struct Launch {
    temperature: f64,
    distress: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // O-ring distress by launch temperature (Fahrenheit); Dalal, Fowlkes & Hoadley (1989), 23 launches.
    let temperature = [
        66., 70., 69., 68., 67., 72., 73., 70., 57., 63., 70., 78., 67., 53., 67., 75., 70., 81., 76., 79., 75., 76.,
        58.,
    ];
    let distress = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1];
    let launches: Vec<Launch> = temperature
        .into_iter()
        .zip(distress)
        .map(|(temperature, distress)| Launch { temperature, distress: distress == 1 })
        .collect();

    let design = Design::from_rows(&launches, ["(intercept)", "temperature"], |launch| [1.0, launch.temperature])?;
    let model =
        Model::new(&launches, [linear("eta", design)], |[eta], launch| bernoulli::ln_pmf_logit(launch.distress, eta));
    let fit = model.fit()?;
    println!("{fit}");
    // R 4.2.2: glm(distress ~ temperature, binomial), epsilon = 1e-15
    assert!((fit.estimate("eta.(intercept)")? - 15.042_901_647_702_426).abs() < 1e-9);
    assert!((fit.estimate("eta.temperature")? + 0.232_162_744_218_596_26).abs() < 1e-11);
    assert!((fit.std_error("eta.temperature")? - 0.108_236_521_649_285_59).abs() < 1e-9);
    Ok(())
}
