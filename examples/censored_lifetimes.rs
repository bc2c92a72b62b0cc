//! A custom likelihood on rows of the user's own type: Weibull lifetimes, some of them right-censored.
use maxlik::prelude::*;

struct Lifetime {
    hours: f64,
    failed: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lifetimes: Vec<Lifetime> = [
        (17.9, true),
        (23.4, true),
        (31.0, false),
        (8.2, true),
        (40.0, false),
        (40.0, false),
        (12.7, true),
        (35.1, true),
        (29.9, true),
        (40.0, false),
        (3.1, true),
        (19.6, true),
        (26.3, true),
        (40.0, false),
    ]
    .map(|(hours, failed)| Lifetime { hours, failed })
    .into();

    // Written out by hand, with numbers on either side of the operators, an `if`, and a captured variable.
    let unit = 1.0;
    let by_hand = Model::new(&lifetimes, [positive("shape"), positive("scale")], |[shape, scale], life| {
        let z = life.hours * unit / scale;
        let ln_survival = -z.powf(shape);
        if life.failed { shape.ln() - scale.ln() + (shape - 1.0) * z.ln() + ln_survival } else { ln_survival }
    })
    .fit()?;

    // The same from the library's densities.
    let from_library = Model::new(&lifetimes, [positive("shape"), positive("scale")], |[shape, scale], life| {
        if life.failed { weibull::ln_pdf(life.hours, shape, scale) } else { weibull::ln_sf(life.hours, shape, scale) }
    })
    .fit()?;

    println!("{by_hand}");
    for name in ["shape", "scale"] {
        let (a, b) = (by_hand.estimate(name)?, from_library.estimate(name)?);
        assert!((a / b - 1.0).abs() < 1e-12, "{name}: {a} {b}");
        let (a, b) = (by_hand.std_error(name)?, from_library.std_error(name)?);
        assert!((a / b - 1.0).abs() < 1e-10, "{name}: {a} {b}");
    }
    Ok(())
}
