//! Quiet and unquiet years: yearly counts of major earthquakes (magnitude 7 and above) 1900-2006 as a hidden Markov model of two and of
//! three Poisson states. The counts, of the U.S. Geological Survey, and the published fits: Zucchini et al., "Hidden Markov Models for
//! Time Series" (2016).
use maxlik::prelude::*;

fn states<'a>(counts: &'a [u64], starts: &[(&str, f64)]) -> HiddenMarkov<'a, u64> {
    starts.iter().fold(HiddenMarkov::new(counts), |model, &(name, mean)| {
        model.state([positive(name).start(mean)], |[mean], &count| poisson::ln_pmf(count, mean))
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/earthquakes.csv")?;
    let (years, counts) = (table.counts("year")?, table.counts("count")?);

    let two = states(&counts, &[("quiet", 15.0), ("unquiet", 25.0)]).fit()?;
    let model = states(&counts, &[("quiet", 10.0), ("middling", 20.0), ("unquiet", 30.0)]);
    let three = model.fit()?;
    println!("{three}");
    println!("AIC of two states {:.2}, of three {:.2}", two.aic(), three.aic());
    assert!((two.log_likelihood() + 342.3183).abs() < 5e-5);
    assert!((three.log_likelihood() + 329.4603).abs() < 5e-5);
    // No unquiet year is followed by a quiet one: that probability is 0, at its limit, and has no standard error.
    assert_eq!(three.estimate("transition[unquiet,quiet]")?, 0.0);

    let share = model.stationary_distribution(&three)?;
    println!("in the long run {:.0} % of the years are unquiet", 100.0 * share[2]);
    println!("rate of Baum-Welch {:.3}", model.missing_information(&three)?.rate());

    // The most probable path of the states, in spells.
    let path = model.viterbi(&three)?;
    let mut first = 0;
    println!("spells:");
    for year in 1..=path.len() {
        if year == path.len() || path[year] != path[first] {
            let state = path[first].map_or("impossible", |state| &*model.state_names()[state]);
            println!("  {}-{} {state}", years[first], years[year - 1]);
            first = year;
        }
    }
    assert_eq!((counts[43], path[43]), (41, Some(2))); // 1943
    Ok(())
}
