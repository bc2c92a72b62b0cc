//! Which distribution do survival times follow? 227 patients with advanced lung cancer, 63 of them alive at the end of the
//! study; Loprinzi et al., "Prospective evaluation of prognostic variables" (1994).
use maxlik::prelude::*;
use maxlik::prelude::{
    censored::Observation, gamma::Gamma, log_logistic::LogLogistic, log_normal::LogNormal, weibull::Weibull,
};

/// Fits a distribution to censored times from the closed-form estimate that takes all times for exact.
macro_rules! fit {
    ($times:expr, $density:ident, $names:expr, $start:expr) => {{
        let [a, b] = $start?.parameters();
        let [first, second] = $names;
        Model::new($times, [first.start(a), second.start(b)], |[a, b], time| {
            censored::ln_density(
                time,
                |x| $density::ln_pdf(x, a, b),
                |x| $density::ln_cdf(x, a, b),
                |x| $density::ln_sf(x, a, b),
            )
        })
        .fit()?
    }};
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/lung.csv")?;
    let (days, status) = (table.numbers("time")?, table.numbers("status")?);
    let times: Vec<Observation> = std::iter::zip(&days, &status)
        .map(|(&days, &status)| if status == 2.0 { Observation::Exact(days) } else { Observation::Above(days) })
        .collect();

    let shape_and_scale = || [positive("shape"), positive("scale")];
    let fits = [
        ("Weibull", fit!(&times, weibull, shape_and_scale(), Weibull::method_of_log_moments(&days))),
        ("gamma", fit!(&times, gamma, [positive("shape"), positive("rate")], Gamma::method_of_moments(&days))),
        ("log-normal", fit!(&times, log_normal, [real("mu"), positive("sigma")], LogNormal::maximum_likelihood(&days))),
        (
            "log-logistic",
            fit!(
                &times,
                log_logistic,
                [positive("scale"), positive("shape")],
                LogLogistic::method_of_log_moments(&days)
            ),
        ),
    ];
    for (name, fit) in &fits {
        println!("{name:13} log-likelihood {:10.4}   AIC {:9.3}", fit.log_likelihood(), fit.aic());
    }
    let (name, best) = fits.iter().min_by(|a, b| a.1.aic().total_cmp(&b.1.aic())).expect("four fits");
    println!("\n{name}\n{best}");
    Ok(())
}
