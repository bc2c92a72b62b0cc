//! A Gaussian mixture with full covariances on the Old Faithful eruptions, and the number of components by BIC.
use maxlik::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Azzalini & Bowman (1990): length of an eruption and the wait before the next, minutes.
    let table = Table::from_csv("examples/data/faithful.csv")?;
    let columns = ["eruptions", "waiting"];
    let points = table.matrix(columns)?; // n x 2
    let fit = GaussianMixture::new(2).covariance(Covariance::Full).names(columns).seed(1).fit(&points)?;
    println!("{fit}");

    assert!((fit.log_likelihood() + 1_130.263_960_184_7).abs() < 1e-8);
    let long = usize::from(fit.means()[(0, 1)] < fit.means()[(1, 1)]); // means are k x d
    assert!((fit.weights()[long] - 0.644_127_142_9).abs() < 1e-8);
    assert!((fit.means()[(long, 1)] - 79.968_115_173_9).abs() < 1e-6);
    assert!((fit.covariances()[long][(1, 1)] - 36.046_211_317_6).abs() < 1e-5);
    assert!(fit.std_errors()?.iter().all(|se| se.is_finite() && *se > 0.0));
    println!("rate of plain EM: {:.3}\n", fit.missing_information()?.rate());

    // A tied covariance with three components has the smallest BIC.
    let families = [Covariance::Full, Covariance::Tied, Covariance::EqualShape];
    let selection = GaussianMixture::new(1).names(columns).select(&points, 1..=4, &families, Criterion::Bic)?;
    println!("{selection}");
    assert_eq!((selection.best().weights().len(), selection.best().covariance_family()), (3, Covariance::Tied));
    Ok(())
}
