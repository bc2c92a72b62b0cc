//! Expected informations in closed form: what all of them share.
use maxlik_dual::Dual2;
use maxlik_dual::special::polygamma;

/// The expected information in the arguments that `parameters` were computed from, given that in the parameters themselves
/// (lower triangle); NaN unless the parameters are in their domain and finite.
///
/// `J' I J`, where row `i` of `J` is the gradient of parameter `i`.
pub(super) fn expected_information<const N: usize, const Q: usize>(
    parameters: [Dual2<Q>; N],
    in_domain: bool,
    information: impl FnOnce() -> [[f64; N]; N],
) -> [[f64; Q]; Q] {
    if !(in_domain && parameters.iter().all(|parameter| parameter.value().is_finite())) {
        return [[f64::NAN; Q]; Q];
    }
    let lower = information();
    let jacobian = parameters.map(Dual2::gradient);
    let mut result = [[0.0; Q]; Q];
    for i in 0..N {
        for j in 0..N {
            let entry = lower[i.max(j)][i.min(j)];
            for k in (0..Q).filter(|&k| jacobian[i][k] != 0.0) {
                for l in (0..Q).filter(|&l| jacobian[j][l] != 0.0) {
                    result[k][l] += jacobian[i][k] * entry * jacobian[j][l];
                }
            }
        }
    }
    result
}

/// The second derivative of `ln Gamma`.
pub(super) fn trigamma(x: f64) -> f64 {
    polygamma(x, 2)[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use maxlik_dual::Real;

    #[test]
    fn the_chain_rule_goes_through_both_sides() {
        let [a, b] = Dual2::variables([0.3, 0.7]);
        let result = expected_information([a * b, b.exp()], true, || [[2.0, 0.0], [0.5, 3.0]]);
        let e = 0.7_f64.exp();
        let expected = [[2.0 * 0.49, 0.7 * (0.6 + 0.5 * e)], [0.0, 2.0 * 0.09 + 2.0 * 0.5 * 0.3 * e + 3.0 * e * e]];
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            assert!((result[i][j] - expected[i][j]).abs() < 1e-14 && result[i][j] == result[j][i]);
        }
    }
}
