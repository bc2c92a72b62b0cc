"""Baum-Welch by hmmlearn: 20 iterations from given starting values, no priors.

Prints the numbers of `crates/maxlik/src/latent/hidden_markov/em.rs`. Made with hmmlearn 0.3.3, numpy 2.4.6.
The data are those of the test: a linear congruential generator (Knuth's MMIX).
"""
import logging

import numpy as np
from hmmlearn.hmm import GaussianHMM

logging.getLogger("hmmlearn").setLevel(logging.ERROR)


class Uniform:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return ((self.state >> 11) + 0.5) / 2**53

    def normal(self):
        radius = np.sqrt(-2 * np.log(self.next()))
        return radius * np.cos(2 * np.pi * self.next())


def series(n):
    random, state, y = Uniform(8), 0, []
    for _ in range(n):
        if random.next() < 0.1:
            state = (state + 1) % 3
        y.append([-2.0, 0.5, 3.0][state] + [0.8, 0.6, 1.2][state] * random.normal())
    return np.array(y)


y = series(240)[:, None]
model = GaussianHMM(3, "diag", n_iter=20, tol=-1e300, init_params="", min_covar=0, covars_prior=0, covars_weight=1)
# With these, the variance's prior is no prior: its M-step divides by the sum of the weights and nothing else.
model.startprob_ = np.full(3, 1 / 3)
model.transmat_ = np.full((3, 3), 0.1) + 0.7 * np.eye(3)
model.means_ = np.array([[-1.0], [0.0], [2.0]])
model.covars_ = np.full((3, 1), 1.5**2)
model.fit(y)
print("log-likelihood", repr(model.score(y)))
print("means", [repr(float(x)) for x in model.means_.ravel()])
print("standard deviations", [repr(float(x)) for x in np.sqrt(model.covars_.ravel())])
print("transitions", [[repr(float(x)) for x in row] for row in model.transmat_])
print("beginning", [repr(float(x)) for x in model.startprob_])
