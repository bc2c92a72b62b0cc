//! What six tests of ability have in common: two factors, rotated for reading, with standard errors and the test of their number.
//! The numbers are those of R's `factanal`.
use maxlik::prelude::*;
use nalgebra::DMatrix;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Covariances of 112 persons: Smith & Stanley, "Clocking g: relating intelligence and measures of timed performance" (1983).
    let tests = ["general", "picture", "blocks", "maze", "reading", "vocab"];
    #[rustfmt::skip]
    let covariance = DMatrix::from_row_slice(6, 6, &[
        24.641, 5.991, 33.520, 6.023, 20.755, 29.701,
        5.991, 6.700, 18.137, 1.782, 4.936, 7.204,
        33.520, 18.137, 149.831, 19.424, 31.430, 50.753,
        6.023, 1.782, 19.424, 12.711, 4.757, 9.075,
        20.755, 4.936, 31.430, 4.757, 52.604, 66.762,
        29.701, 7.204, 50.753, 9.075, 66.762, 135.292,
    ]);

    // One factor is not enough, two are.
    let one = FactorAnalysis::new(1).names(tests).fit_covariance(&covariance, 112)?;
    let two = FactorAnalysis::new(2).names(tests).fit_covariance(&covariance, 112)?;
    assert!((one.likelihood_ratio_test()?.corrected_statistic - 75.179_591_3).abs() < 1e-6);
    let test = two.likelihood_ratio_test()?;
    assert!((test.corrected_statistic - 6.106_616_498_8).abs() < 1e-6);
    assert!((test.corrected_p_value - 0.191_326_315_6).abs() < 1e-9);
    assert!(two.bic() < one.bic());

    // Rotated by varimax: a verbal and a spatial factor.
    let fit = two.rotated(Rotation::Varimax)?;
    println!("{fit}");
    for (name, estimate) in [
        ("uniqueness[general]", 0.455_224_172),
        ("uniqueness[reading]", 0.052_451_758),
        ("loading[reading,1]", 0.956_801_772),
        ("loading[vocab,1]", 0.785_471_836),
        ("loading[blocks,2]", 0.859_277_604),
        ("loading[picture,2]", 0.621_047_072),
    ] {
        assert!((fit.estimate(name)? - estimate).abs() < 1e-8, "{name}");
    }

    // How well are they known? Little of reading is left unexplained, if anything.
    let (lower, upper) = fit.confint_of("uniqueness[reading]", 0.95)?;
    assert!(lower < 1e-3 && upper > 0.5);
    Ok(())
}
