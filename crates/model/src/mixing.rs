//! The mixing weights of the rows of a block, and the part that they have in the derivatives of a mixture.
//!
//! Notation as in `mixture_pass.rs`; `eta_j` the linear predictor of component `j >= 1` beside the first, whose `eta` is 0.
//!
//! ```text
//! constant                                                with covariates, pi_j = exp(eta_j) / sum_m exp(eta_m)
//! d ln p / d pi_j      = q_j - q_1                         d ln p / d eta_j        = r_j - pi_j
//! d2 ln p / dpi_j dpi_m = -(q_j - q_1) (q_m - q_1)         d2 ln p / deta_j deta_j = r_j (1 - r_j) - pi_j (1 - pi_j)
//!                                                         d2 ln p / deta_j deta_m = pi_j pi_m - r_j r_m
//! d2 ln p / dpi_j dz_j = q_j g_j (1 - r_j + pi_j q_1)      d2 ln p / deta_j dz_j   = r_j (1 - r_j) g_j
//! d2 ln p / dpi_j dz_1 = -q_1 g_1 (1 - r_1 + pi_1 q_j)     d2 ln p / deta_j dz_m   = -r_j r_m g_m
//! d2 ln p / dpi_j dz_m = -r_m g_m (q_j - q_1)
//! ```
//!
//! # References
//! Dayton & Macready, "Concomitant-variable latent-class models" (1988).
use maxlik_dual::ln_sum_exp;

use crate::Design;
use crate::block::{Buffers, lanes};

/// How the mixing weights depend on the row.
#[derive(Clone, Copy)]
pub(crate) enum Mixing<'m> {
    /// The same in all rows.
    Constant,
    /// A multinomial logit of the columns of a design.
    Concomitant(&'m Design),
}

/// A component's part in the rows of a block.
pub(crate) struct Share {
    pub(crate) pi: Vec<f64>,
    pub(crate) ln_pi: Vec<f64>,
    pub(crate) f: Vec<f64>,
    pub(crate) r: Vec<f64>,
    pub(crate) q: Vec<f64>,
    /// `1 - r`
    pub(crate) others: Vec<f64>,
}

impl Mixing<'_> {
    /// The number of coefficients for each component but the first.
    pub(crate) fn coefficients(self) -> usize {
        match self {
            Self::Constant => 1,
            Self::Concomitant(design) => design.names().len(),
        }
    }

    /// Room for the shares of `k` components in so many rows; weights that are the same in all rows are stored.
    pub(crate) fn shares(self, theta: &[f64], k: usize, rows: usize) -> Vec<Share> {
        let none = || vec![0.0; lanes(rows)];
        let new = || Share { pi: none(), ln_pi: none(), f: none(), r: none(), q: none(), others: none() };
        let mut shares: Vec<Share> = (0..k).map(|_| new()).collect();
        if let Self::Constant = self {
            let rest = 1.0 - theta.iter().sum::<f64>();
            // Three weights and more that leave nothing may leave less than that by rounding.
            let rounding = f64::EPSILON * theta.len() as f64;
            let first = if -rounding <= rest && rest < 0.0 { 0.0 } else { rest };
            for (share, pi) in shares.iter_mut().zip(std::iter::once(first).chain(theta.iter().copied())) {
                share.pi.fill(pi);
                share.ln_pi.fill(pi.ln());
            }
        }
        shares
    }

    /// Stores the weights of a block; `theta` are their coefficients.
    pub(crate) fn weigh(self, theta: &[f64], index: usize, rows: usize, shares: &mut [Share]) {
        let Self::Concomitant(design) = self else { return };
        shares[0].ln_pi[..rows].fill(0.0);
        for (share, beta) in shares[1..].iter_mut().zip(theta.chunks_exact(design.names().len())) {
            design.predict(index, beta, lanes(rows), &mut share.ln_pi);
        }
        let mut eta = vec![0.0; shares.len()];
        for i in 0..rows {
            for (eta, share) in eta.iter_mut().zip(&*shares) {
                *eta = share.ln_pi[i];
            }
            let ln_sum = ln_sum_exp(&eta);
            for (share, eta) in shares.iter_mut().zip(&eta) {
                share.ln_pi[i] = eta - ln_sum;
                share.pi[i] = share.ln_pi[i].exp();
            }
        }
    }

    /// Stores the derivatives by the weights' arguments, of which the first stands at `first`.
    pub(crate) fn gradients(self, rows: usize, shares: &[Share], first: usize, out: &mut Buffers) {
        for (j, share) in shares.iter().enumerate().skip(1) {
            let to = out.gradient_mut(first + j - 1);
            for i in 0..rows {
                to[i] = match self {
                    Self::Constant => share.q[i] - shares[0].q[i],
                    Self::Concomitant(_) => share.r[i] - share.pi[i],
                };
            }
        }
    }

    /// Stores the second derivatives by the weights' arguments alone.
    pub(crate) fn hessians(self, rows: usize, shares: &[Share], first: usize, out: &mut Buffers) {
        for v in 1..shares.len() {
            for w in 1..=v {
                let (one, other) = (&shares[v], &shares[w]);
                let to = out.hessian_mut(first + v - 1, first + w - 1);
                for i in 0..rows {
                    to[i] = match self {
                        Self::Constant => -(one.q[i] - shares[0].q[i]) * (other.q[i] - shares[0].q[i]),
                        Self::Concomitant(_) if v == w => {
                            let other_pi: f64 = (0..shares.len()).filter(|&m| m != v).map(|m| shares[m].pi[i]).sum();
                            one.r[i] * one.others[i] - one.pi[i] * other_pi
                        }
                        Self::Concomitant(_) => one.pi[i] * other.pi[i] - one.r[i] * other.r[i],
                    };
                }
            }
        }
    }

    /// Stores the second derivatives by an argument of component `j` at `row`, by which its gradient is `g`, and each of the weights'.
    pub(crate) fn mixed_hessians(
        self,
        rows: usize,
        shares: &[Share],
        first: usize,
        (j, row, g): (usize, usize, &[f64]),
        out: &mut Buffers,
    ) {
        let (own, reference) = (&shares[j], &shares[0]);
        for v in 1..shares.len() {
            let (other, to) = (&shares[v], out.hessian_mut(first + v - 1, row));
            for i in 0..rows {
                to[i] = match self {
                    Self::Constant if j == v => times(own.q[i], g[i] * (own.others[i] + own.pi[i] * reference.q[i])),
                    Self::Constant if j == 0 => -times(own.q[i], g[i] * (own.others[i] + own.pi[i] * other.q[i])),
                    Self::Constant => -times(own.r[i], g[i]) * (other.q[i] - reference.q[i]),
                    Self::Concomitant(_) if j == v => times(own.r[i], g[i] * own.others[i]),
                    Self::Concomitant(_) => -times(own.r[i], g[i]) * other.r[i],
                };
            }
        }
    }
}

/// Stores the log-densities of the rows, and the shares of the components in them.
pub(crate) fn share_out(parts: &[Buffers], rows: usize, shares: &mut [Share], out: &mut Buffers) {
    let mut ln_parts = vec![0.0; parts.len()];
    for i in 0..rows {
        for ((to, part), share) in ln_parts.iter_mut().zip(parts).zip(&*shares) {
            // A component of weight 0 does not count, whatever its log-density.
            *to = if share.pi[i] == 0.0 { f64::NEG_INFINITY } else { share.ln_pi[i] + part.value()[i] };
        }
        let ln_p = ln_sum_exp(&ln_parts);
        out.store_value(i, ln_p);
        for ((share, part), &ln_part) in shares.iter_mut().zip(parts).zip(&ln_parts) {
            share.f[i] = part.value()[i];
            share.r[i] = (ln_part - ln_p).exp();
            share.q[i] = if share.pi[i] == 0.0 { (share.f[i] - ln_p).exp() } else { share.r[i] / share.pi[i] };
        }
        for j in 0..shares.len() {
            shares[j].others[i] = (0..shares.len()).filter(|&m| m != j).map(|m| shares[m].r[i]).sum();
        }
    }
}

/// What a component has no share in does not count, be it infinite or undefined there.
pub(crate) fn times(share: f64, x: f64) -> f64 {
    if share == 0.0 { 0.0 } else { share * x }
}
