//! Linear regression as maximum likelihood: stopping distance by speed, 50 cars; Ezekiel, "Methods of Correlation Analysis" (1930).
use maxlik::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/cars.csv")?;
    let (speed, dist) = (table.numbers("speed")?, table.numbers("dist")?);
    let cars: Vec<(f64, f64)> = speed.into_iter().zip(dist).collect();

    let design = Design::from_rows(&cars, ["(intercept)", "speed"], |&(speed, _)| [1.0, speed])?;
    let fit = Model::new(&cars, [linear("mu", design), positive("sigma")], |[mu, sigma], &(_, dist)| {
        normal::ln_pdf(dist, mu, sigma)
    })
    .fit()?;
    println!("{fit}");

    // Least squares divides the squared residuals by n - p, maximum likelihood by n: so do the variances of the coefficients.
    let (n, p) = (cars.len() as f64, 2.0);
    let unbiased = fit.estimate("sigma")? * (n / (n - p)).sqrt();
    println!("sigma with n - p: {unbiased:.6}");
    println!("std. error of the slope with n - p: {:.6}", fit.std_error("mu.speed")? * (n / (n - p)).sqrt());
    Ok(())
}
