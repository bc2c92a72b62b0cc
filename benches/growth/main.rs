//! How the cost of a pass over the rows grows: with rows `n`, covariates `p` and parameters of the density `P`.
//!
//! ```sh
//! cargo bench --bench growth        # prints tables with slopes, and draws docs/growth.svg
//! ```
//!
//! A slope is that of the least-squares line through the logarithms of size and seconds: 1 is growth in proportion. `growth.svg` is drawn where
//! the program is run in the repository; otherwise nothing is drawn.
mod models;
mod plot;
mod series;
#[path = "../timing/mod.rs"]
mod timing;

use std::path::Path;
use std::{fs, process::ExitCode};

use self::series::Series;

fn main() -> ExitCode {
    let series = [
        Series::measure("rows n", "negative binomial, 10 covariates", &ROWS, models::negative_binomial),
        Series::measure("covariates p", "logistic, 50 000 rows", &COVARIATES, models::logistic),
        Series::measure("parameters P", "sum of P decays, 100 000 rows", &PARAMETERS, models::decays),
    ];
    for series in &series {
        println!("{series}");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/growth.svg");
    match fs::write(&page, plot::svg(&series)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", page.display());
            ExitCode::FAILURE
        }
    }
}

/// Three decades.
const ROWS: [usize; 7] = [1000, 3162, 10_000, 31_623, 100_000, 316_228, 1_000_000];
const COVARIATES: [usize; 8] = [1, 2, 5, 10, 20, 50, 100, 200];
const PARAMETERS: [usize; 6] = [1, 2, 3, 4, 6, 8];
