use maxlik::prelude::*;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls = [1, 0, 2, 1, 1, 7, 9, 6, 8, 1, 0, 0, 2, 1, 6, 9, 11, 8, 7, 2_u64];
    let model = HiddenMarkov::new(&calls)
        .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
        .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    println!("{}", model.fit()?);
    let quakes = [
        13, 14, 8, 10, 16, 26, 32, 27, 18, 32, 36, 24, 22, 23, 22, 18, 25, 21, 21, 14, 8, 11, 14, 23, 18, 17, 19, 20,
        22, 19, 13, 26, 13, 14, 22, 24, 21, 22, 26, 21, 23, 24, 27, 41, 31, 27, 35, 26, 28, 36, 39, 21, 17, 22, 17, 19,
        15, 34, 10, 15, 22, 18, 15, 20, 15, 22, 19, 16, 30, 27, 29, 23, 20, 16, 21, 21, 25, 16, 18, 15, 18, 14, 10, 15,
        8, 15, 6, 11, 8, 7, 18, 16, 13, 12, 13, 20, 15, 16, 12, 18, 15, 16, 13, 15, 16, 11, 11_u64,
    ];
    for initial in [Initial::Stationary, Initial::Free] {
        let two = HiddenMarkov::new(&quakes)
            .state([positive("low").start(15.0)], |[mean], &k| poisson::ln_pmf(k, mean))
            .state([positive("high").start(25.0)], |[mean], &k| poisson::ln_pmf(k, mean))
            .initial(initial.clone());
        println!("{}", two.fit()?);
        let three = HiddenMarkov::new(&quakes)
            .state([positive("low").start(12.0)], |[mean], &k| poisson::ln_pmf(k, mean))
            .state([positive("middle").start(20.0)], |[mean], &k| poisson::ln_pmf(k, mean))
            .state([positive("high").start(30.0)], |[mean], &k| poisson::ln_pmf(k, mean))
            .initial(initial);
        match three.fit() {
            Ok(f) => println!("{f}"),
            Err(e) => {
                println!("{e}");
                if let FitError::NotConverged(f) = e {
                    println!("{f}")
                }
            }
        }
        println!("{}", three.fit_with(Newton::default())?.log_likelihood());
    }
    Ok(())
}
