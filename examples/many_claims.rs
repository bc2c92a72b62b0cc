//! Many rows: claim counts of 200 000 policies in 40 regions, by the fast path. The log-density is a `LogDensity`, whose rows go side by side in
//! the lanes of vector registers; the regions are a category, whose indicator columns are never multiplied; all cores share the rows.
use maxlik::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, Poisson};

struct Policy {
    age: f64,
    region: usize,
    years: f64,
    claims: u64,
}

/// Claims by the logarithm of their mean.
struct Claims;

impl LogDensity<Policy, 1> for Claims {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta]: [T; 1], policy: &Policy) -> T {
        poisson::ln_pmf(policy.claims, eta.exp())
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut random = StdRng::seed_from_u64(1);
    let policies: Vec<Policy> = (0..200_000)
        .map(|i| {
            let (age, region, years) = (random.random_range(18.0..80.0), i * 7 % 40, random.random_range(0.1..1.0));
            let mean: f64 = years * f64::exp(-1.5 - 0.01 * (age - 45.0) + 0.02 * region as f64);
            let claims = Poisson::new(mean).map(|poisson| poisson.sample(&mut random));
            claims.map(|claims| Policy { age, region, years, claims: claims as u64 })
        })
        .collect::<Result<_, _>>()?;

    let regions = (0..40).map(|region| format!("region {region}"));
    let design = Design::from_rows(&policies, ["(intercept)", "age"], |policy| [1.0, policy.age - 45.0])?
        .category("region", regions, policies.iter().map(|policy| policy.region))?
        .offset(policies.iter().map(|policy| policy.years.ln()))?;

    // A closure would do as well: `Model::new(&policies, .., |[eta], policy| poisson::ln_pmf(policy.claims, eta.exp()))`.
    let model = Model::from_density(&policies, [linear("eta", design)], Claims);
    let start = std::time::Instant::now();
    let fit = model.fit()?;
    println!("{:.1} ms, {} evaluations", 1e3 * start.elapsed().as_secs_f64(), fit.evaluations().hessians);
    for name in ["eta.(intercept)", "eta.age", "eta.region[region 39]"] {
        println!("{name:<22} {:8.4}  std. error {:.4}", fit.estimate(name)?, fit.std_error(name)?);
    }
    assert!((fit.estimate("eta.age")? + 0.01).abs() < 4.0 * fit.std_error("eta.age")?);
    assert!((fit.estimate("eta.region[region 39]")? - 0.78).abs() < 4.0 * fit.std_error("eta.region[region 39]")?);
    Ok(())
}
