//! Several starts: different maxima are found and told apart.
use maxlik::prelude::*;

/// A Cauchy sample in two clusters: the log-likelihood of the location has a maximum near each.
const CLUSTERS: [f64; 5] = [-10.3, -9.6, 8.8, 9.9, 10.4];

#[test]
fn both_maxima_are_found_the_higher_one_first() -> Result<(), FitError> {
    let model = Model::new(&CLUSTERS, [real("mu").start(-8.0)], |[mu], &x| cauchy::ln_pdf(x, mu, 1.0.into()));
    let optima = model.fit_multistart(Newton::default(), &Multistart::default())?;
    let locations: Vec<f64> = optima.all().iter().map(|optimum| optimum.fit.coefficients()[0]).collect();
    assert_eq!(locations.len(), 2, "{optima}");
    assert!((locations[0] - 9.8).abs() < 0.3 && (locations[1] + 9.9).abs() < 0.3, "{locations:?}");
    assert!(optima.best().log_likelihood() > optima.all()[1].fit.log_likelihood());
    // The own start is the first, and it led to the lower maximum.
    assert_eq!(model.fit()?.coefficients()[0], locations[1]);
    let starts: usize = optima.all().iter().map(|optimum| optimum.starts).sum();
    assert_eq!(starts + optima.failures(), 20);
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_starts_and_another_seed_others() -> Result<(), FitError> {
    let model = Model::new(&CLUSTERS, [real("mu")], |[mu], &x| cauchy::ln_pdf(x, mu, 1.0.into()));
    let counts = |seed: u64| -> Result<Vec<usize>, FitError> {
        let starts = Multistart::default().with_starts(40).with_seed(seed);
        Ok(model.fit_multistart(Newton::default(), &starts)?.all().iter().map(|optimum| optimum.starts).collect())
    };
    assert_eq!(counts(7)?, counts(7)?);
    assert!((2..12).any(|seed| counts(seed).unwrap() != counts(7).unwrap()));
    Ok(())
}

#[test]
fn a_likelihood_with_one_maximum_has_one() -> Result<(), FitError> {
    // Units of one observation: the spread suits data of any size.
    for size in [1e-6, 1.0, 1e9] {
        let times = [17.9, 23.4, 8.2, 12.7, 41.0].map(|t| t * size);
        let parameters = [positive("shape"), positive("scale").start(20.0 * size)];
        let model = Model::new(&times, parameters, |[shape, scale], &t| weibull::ln_pdf(t, shape, scale));
        let optima = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(30))?;
        assert_eq!((optima.all().len(), optima.all()[0].starts + optima.failures()), (1, 30), "{size}: {optima}");
        assert!(optima.failures() <= 3, "{size}: {optima}");
    }
    Ok(())
}

#[test]
fn bounds_hold_for_random_starts() -> Result<(), FitError> {
    // The higher maximum is out of bounds: the bound itself is the best there.
    for mu in [between("mu", -15.0, 9.0), at_most("mu", 9.0).start(-8.0)] {
        let model = Model::new(&CLUSTERS, [mu], |[mu], &x| cauchy::ln_pdf(x, mu, 1.0.into()));
        let optima = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(40))?;
        let locations: Vec<f64> = optima.all().iter().map(|optimum| optimum.fit.coefficients()[0]).collect();
        assert!(locations.len() == 2 && locations[0] == 9.0 && (locations[1] + 9.9).abs() < 0.3, "{optima}");
    }
    Ok(())
}

#[test]
fn without_any_maximum_the_first_start_says_why() {
    let separated = [(-1.5, false), (-0.4, false), (0.7, true), (2.2, true)];
    let design = Design::from_rows(&separated, ["slope"], |row| [row.0]).unwrap();
    let model = Model::new(&separated, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    let error = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(5)).unwrap_err();
    assert_eq!(error.to_string(), model.fit().unwrap_err().to_string());
}

#[test]
fn the_summary_counts_the_maxima() -> Result<(), FitError> {
    let model = Model::new(&CLUSTERS, [real("mu")], |[mu], &x| cauchy::ln_pdf(x, mu, 1.0.into()));
    let optima = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(12))?;
    let summary = optima.to_string();
    let lines: Vec<&str> = summary.lines().collect();
    assert_eq!(lines[0], format!("2 maxima from 12 starts, {} of which led to none", optima.failures()));
    assert!(lines[1].starts_with("  log-likelihood -") && lines[4].starts_with("converged"), "{summary}");
    Ok(())
}
