//! EM for a mixture of any densities written as closures, with exact observed information afterwards.
use maxlik::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Deaths of women over 80 per day, The Times 1910-1912; Hasselblad (1969).
    let deaths: Vec<u64> = (0..10).collect();
    let days = [162., 267., 271., 185., 111., 61., 27., 8., 3., 1.];
    let fit = Mixture::new(&deaths)
        .weights(&days)
        .component([positive("winter").start(2.5)], |[mean], &k| poisson::ln_pmf(k, mean))
        .component([positive("summer").start(1.0)], |[mean], &k| poisson::ln_pmf(k, mean))
        .fit()?;
    println!("{fit}");
    for (name, estimate, std_error) in [
        ("weight[summer]", 0.359_885_396_984_934_8, 0.194_684_298_687_775_76),
        ("summer", 1.256_095_101_224_338, 0.350_029_711_396_917_38),
        ("winter", 2.663_404_356_632_472_6, 0.250_478_270_308_696_9),
    ] {
        assert!((fit.estimate(name)? / estimate - 1.0).abs() < 1e-11, "{name}");
        assert!((fit.std_error(name)? / std_error - 1.0).abs() < 1e-9, "{name}");
    }
    assert!((fit.log_likelihood() + 1_989.945_859_882_964_2).abs() < 1e-9);
    Ok(())
}
