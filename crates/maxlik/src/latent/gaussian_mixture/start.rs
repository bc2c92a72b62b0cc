//! Where the searches begin.
use nalgebra::{Cholesky, DMatrix, DVector};
use rand::rngs::StdRng;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};

use super::StartingPoints;
use super::components::Components;
use super::points::Points;
use super::prior::covariance;

/// Rounds of k-means at most.
const ROUNDS: usize = 50;

/// The mixing weight of noise at the start.
const NOISE: f64 = 0.1;

/// Rows in coordinates of comparable size, one column each, for distances.
pub(crate) struct Cloud {
    rows: Vec<usize>,
    /// `d x rows`; a missing value is the mean.
    centred: DMatrix<f64>,
    total: DMatrix<f64>,
}

impl Cloud {
    pub(crate) fn new(points: &Points<'_>) -> Self {
        let rows: Vec<usize> = points.rows().collect();
        let centred = DMatrix::from_fn(points.d(), rows.len(), |a, i| {
            let x = points.x[(rows[i], a)];
            if x.is_nan() { 0.0 } else { x - points.center[a] }
        });
        Self { rows, centred, total: covariance(points) }
    }

    /// The rows in other units.
    fn scaled(&self, units: Units) -> DMatrix<f64> {
        let sd = match units {
            Units::Own => return self.centred.clone(),
            Units::Whitened => match Cholesky::new(self.total.clone()) {
                Some(factor) => return factor.l().solve_lower_triangular(&self.centred).expect("bug: a zero pivot"),
                None => self.total.diagonal().map(f64::sqrt),
            },
            Units::StandardDeviations => self.total.diagonal().map(f64::sqrt),
        };
        DMatrix::from_fn(self.centred.nrows(), self.rows.len(), |a, i| self.centred[(a, i)] / sd[a])
    }
}

/// The units in which rows are near each other.
#[derive(Clone, Copy)]
enum Units {
    /// Those of the columns, as a spherical covariance sees them.
    Own,
    StandardDeviations,
    /// Such that the covariance of all rows is the identity.
    Whitened,
}

/// The components of start number `number`. By default of four starts one is k-means++ in units of the standard deviations, one in
/// coordinates without correlation, and two are random.
pub(crate) fn start(
    points: &Points<'_>,
    cloud: &Cloud,
    kind: StartingPoints,
    (k, noise, spherical): (usize, bool, bool),
    (seed, number): (u64, usize),
) -> Components {
    let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number as u64));
    let random = kind == StartingPoints::Random || (kind == StartingPoints::Mixed && number % 2 == 1);
    let (d, n) = cloud.centred.shape();
    let mean = |columns: &[usize], weights: &dyn Fn(usize) -> f64| {
        let total: f64 = columns.iter().map(|&i| weights(i)).sum();
        columns.iter().fold(DVector::zeros(d), |sum, &i| sum + cloud.centred.column(i) * (weights(i) / total))
    };
    let weight = |i: usize| points.weight(cloud.rows[i]);
    let (weights, centres, within) = if random {
        // Random rows as means, and a share of the covariance of all.
        let centres: Vec<DVector<f64>> =
            sample(&mut rng, n, k).iter().map(|i| cloud.centred.column(i).into_owned()).collect();
        (vec![1.0 / k as f64; k], centres, &cloud.total / (k as f64).powf(2.0 / d as f64))
    } else {
        let scaled = cloud.scaled(if spherical {
            Units::Own
        } else if number % 4 == 2 {
            Units::Whitened
        } else {
            Units::StandardDeviations
        });
        let groups = k_means(&scaled, &weight, k, &mut rng);
        let mut members = vec![Vec::new(); k];
        for (i, &group) in groups.iter().enumerate() {
            members[group].push(i);
        }
        let centres: Vec<DVector<f64>> = members.iter().map(|members| mean(members, &weight)).collect();
        let mut within = DMatrix::zeros(d, d);
        for (i, &group) in groups.iter().enumerate() {
            let difference = cloud.centred.column(i) - &centres[group];
            within.ger(weight(i) / points.total, &difference, &difference, 1.0);
        }
        // Where every group is on a plane the spread of all rows does for a start.
        if Cholesky::new(within.clone()).is_none() {
            within += &cloud.total / (k as f64).powf(2.0 / d as f64);
        }
        let share = |members: &Vec<usize>| members.iter().map(|&i| weight(i)).sum::<f64>() / points.total;
        (members.iter().map(share).collect(), centres, within)
    };
    let left = if noise { 1.0 - NOISE } else { 1.0 };
    let mut all: Vec<f64> = weights.iter().map(|weight| left * weight).collect();
    if noise {
        all.push(NOISE);
    }
    let factor = Cholesky::new(within)
        .map_or_else(|| DMatrix::from_diagonal(&cloud.total.diagonal().map(f64::sqrt)), Cholesky::unpack);
    Components { weights: all, means: centres, factors: vec![factor; k] }
}

/// Lloyd's algorithm from k-means++ seeds: the group of each column of `x`, none of them empty.
///
/// # References
/// Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding" (2007); Lloyd, "Least squares quantization in PCM" (1982).
fn k_means(x: &DMatrix<f64>, weight: &dyn Fn(usize) -> f64, k: usize, rng: &mut StdRng) -> Vec<usize> {
    let n = x.ncols();
    let distance = |i: usize, centre: &DVector<f64>| (x.column(i) - centre).norm_squared();
    // Seeds: each row with a probability proportional to its squared distance from those that there are.
    let mut centres = vec![x.column(rng.random_range(0..n)).into_owned()];
    let mut nearest = vec![f64::INFINITY; n];
    while centres.len() < k {
        let last = &centres[centres.len() - 1];
        for i in 0..n {
            nearest[i] = nearest[i].min(distance(i, last));
        }
        let total: f64 = (0..n).map(|i| weight(i) * nearest[i]).sum();
        let mut left = rng.random::<f64>() * total;
        let mut chosen = None;
        for i in (0..n).filter(|&i| nearest[i] > 0.0) {
            chosen = Some(i);
            left -= weight(i) * nearest[i];
            if left <= 0.0 {
                break;
            }
        }
        // Where all rows are among the centres there is nothing left to choose from.
        centres.push(x.column(chosen.unwrap_or(0)).into_owned());
    }
    let mut groups = vec![usize::MAX; n];
    for _ in 0..ROUNDS {
        let mut moved = false;
        for i in 0..n {
            let closest = (0..k).map(|j| (j, distance(i, &centres[j]))).min_by(|a, b| a.1.total_cmp(&b.1));
            let group = closest.expect("bug: k-means without centres").0;
            moved |= groups[i] != group;
            groups[i] = group;
        }
        let mut sizes = vec![0_usize; k];
        for &group in &groups {
            sizes[group] += 1;
        }
        // An empty group takes the row that is furthest from its centre, out of a group that keeps others.
        for j in 0..k {
            if sizes[j] == 0 {
                let far = (0..n)
                    .filter(|&i| sizes[groups[i]] > 1)
                    .max_by(|&a, &b| distance(a, &centres[groups[a]]).total_cmp(&distance(b, &centres[groups[b]])));
                let far = far.expect("bug: fewer rows than groups");
                sizes[groups[far]] -= 1;
                groups[far] = j;
                sizes[j] = 1;
                moved = true;
            }
        }
        for j in 0..k {
            let members = || (0..n).filter(|&i| groups[i] == j);
            let total: f64 = members().map(weight).sum();
            centres[j] = members().fold(DVector::zeros(x.nrows()), |sum, i| sum + x.column(i) * (weight(i) / total));
        }
        if !moved {
            break;
        }
    }
    groups
}
