//! Where the maximum and its standard errors are known formulas: agreement to 1e-12 relative.
use maxlik::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut worst = 0.0_f64;
    let mut check = |what: &str, found: f64, formula: f64| {
        let error = (found / formula - 1.0).abs();
        println!("{what:32} {found:<20.15} relative error {}", if error < 1e-12 { "<1e-12" } else { "too large" });
        worst = worst.max(error);
    };

    // Bernoulli: p = successes / n, se = sqrt(p (1 - p) / n)
    let outcomes = [true, false, false, true, true, false, false, false, true, false, false];
    let fit = Model::new(&outcomes, [probability("p")], |[p], &success| bernoulli::ln_pmf(success, p)).fit()?;
    let p: f64 = 4.0 / 11.0;
    check("bernoulli p", fit.estimate("p")?, p);
    check("bernoulli std. error", fit.std_error("p")?, (p * (1.0 - p) / 11.0).sqrt());

    // Poisson: mean, se = sqrt(mean / n)
    let counts = [3_u64, 0, 7, 2, 2, 5, 1];
    let fit = Model::new(&counts, [positive("mean")], |[mean], &k| poisson::ln_pmf(k, mean)).fit()?;
    let mean: f64 = 20.0 / 7.0;
    check("poisson mean", fit.estimate("mean")?, mean);
    check("poisson std. error", fit.std_error("mean")?, (mean / 7.0).sqrt());

    // Exponential: rate = 1 / mean, se = rate / sqrt(n)
    let times = [310.5, 12.25, 98.0, 720.75, 44.5];
    let fit = Model::new(&times, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate)).fit()?;
    let rate = 5.0 / times.iter().sum::<f64>();
    check("exponential rate", fit.estimate("rate")?, rate);
    check("exponential std. error", fit.std_error("rate")?, rate / 5.0_f64.sqrt());

    // Normal: mean and root mean squared deviation, se = sigma / sqrt(n) and sigma / sqrt(2 n)
    let x = [1012.4, 998.7, 1005.1, 1021.9, 987.3, 1003.6];
    let fit = Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit()?;
    let mu = x.iter().sum::<f64>() / 6.0;
    let sigma = (x.iter().map(|x| (x - mu).powi(2)).sum::<f64>() / 6.0).sqrt();
    check("normal mu", fit.estimate("mu")?, mu);
    check("normal sigma", fit.estimate("sigma")?, sigma);
    check("normal std. error of mu", fit.std_error("mu")?, sigma / 6.0_f64.sqrt());
    check("normal std. error of sigma", fit.std_error("sigma")?, sigma / 12.0_f64.sqrt());

    assert!(worst < 1e-12, "worst relative error {worst:e}");
    Ok(())
}
