//! The logarithm of the beta function with its first two derivatives, without branches.
//!
//! With `p <= q` the smaller and the larger argument and `n = p + q`: three logarithms of gamma functions where `q` is below 8; from there on
//! the Stirling formulas of `q` and `n`, and from 8 on that of `p`, are subtracted term by term, as in the scalar function.
use crate::instructions::Instructions;
use crate::lanes::ln::{ln, ln_1p};
use crate::lanes::ln_gamma::{STIRLING, ln_gamma, remainder};
use crate::rules::Derivatives2;
use crate::special::HALF_LN_2_PI;

/// `ln B(a, b)` for moderate `a` and `b`, its derivatives up to `order`, at most the second.
///
/// Where both are below 8 the derivatives `psi(q) - psi(n)` and `psi'(q) - psi'(n)` have the roundings of their terms: `p` is to be at least
/// 0.02.
#[inline(always)]
pub(super) fn ln_beta<I: Instructions>(a: f64, b: f64, order: usize) -> Derivatives2 {
    let n = a + b;
    let exchanged = a > b;
    let (p, q) = if exchanged { (b, a) } else { (a, b) };
    let (of_a, of_b, of_n) = (ln_gamma::<I>(a, order), ln_gamma::<I>(b, order), ln_gamma::<I>(n, order));
    let of_p = |k: usize| if exchanged { of_b[k] } else { of_a[k] };
    let of_q = |k: usize| if exchanged { of_a[k] } else { of_b[k] };
    let (large, both_large) = (q >= STIRLING, p >= STIRLING);
    let (rp, rq, rn) = (1.0 / p, 1.0 / q, 1.0 / n);
    let (rest_p, rest_q, rest_n) = (remainder::<I>(rp), remainder::<I>(rq), remainder::<I>(rn));

    // ln(n / q), and ln Gamma(n) - ln Gamma(q) but for p ln n - p
    let log = ln_1p::<I>(p * rq);
    let increase = (q - 0.5) * log + (rest_n[0] - rest_q[0]);
    let ln_share = ln::<I>(p * rn);
    let of_smaller = if both_large {
        p * ln_share - 0.5 * ln::<I>(p) + HALF_LN_2_PI + rest_p[0]
    } else {
        of_p(0) - p * (ln::<I>(n) - 1.0)
    };
    let mut f = [0.0; 10];
    f[0] = if large { of_smaller - increase } else { of_a[0] + of_b[0] - of_n[0] };
    if order > 0 {
        // 1/p - 1/n and 1/q - 1/n
        let (wide, narrow) = (q * rp * rn, p * rq * rn);
        let by_p = if both_large { ln_share - 0.5 * wide + (rest_p[1] - rest_n[1]) } else { of_p(1) - of_n[1] };
        let by_q = if large { (rest_q[1] - rest_n[1]) - log - 0.5 * narrow } else { of_q(1) - of_n[1] };
        let by_q2 = if large { narrow * (1.0 + 0.5 * (rq + rn)) + (rest_q[2] - rest_n[2]) } else { of_q(2) - of_n[2] };
        let by_p2 = of_p(2) - of_n[2];
        f[1] = if exchanged { by_q } else { by_p };
        f[2] = if exchanged { by_p } else { by_q };
        f[3] = if exchanged { by_q2 } else { by_p2 };
        f[4] = -of_n[2];
        f[5] = if exchanged { by_p2 } else { by_q2 };
    }
    f
}
