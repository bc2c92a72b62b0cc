"""Log-likelihoods of W3 and W6 in 80-bit numbers, at the coefficients that other programs report.

Of the results for these data sets TMB's log-likelihoods are higher than the maximum that Newton's method finds, by 5e-11 of themselves. Here
they are computed again at each program's own coefficients: what a program reports beyond that is rounding in its log-density.
Needs numpy with an 80-bit `longdouble` (x86).

    python extended_precision.py FOLDER_OF_DATA_SETS FOLDER_OF_RESULTS
"""
import glob
import json
import math
import os
import sys

import numpy as np

LONG = np.longdouble


def read(folder, name):
    with open(os.path.join(folder, "header.json")) as file:
        head = json.load(file)["arrays"][name]
    raw = np.fromfile(os.path.join(folder, head["file"]), dtype="<f8")
    return raw.reshape(head["shape"], order=head["order"]).astype(LONG)


def negative_binomial(folder):
    """Variance mean + alpha mean^2; ln Gamma(y + r) - ln Gamma(r) - ln y! as a sum over 0 .. y - 1."""
    y, x = read(folder, "y"), read(folder, "X")
    counts = y.astype(int)

    def log_likelihood(coefficients):
        c = np.asarray(coefficients, dtype=LONG)
        r, eta = 1 / c[-1], c[0] + x @ c[1:-1]
        k = np.arange(counts.max(), dtype=LONG)
        rising = np.concatenate([np.zeros(1, LONG), np.cumsum(np.log((r + k) / (k + 1)))])
        return np.sum(rising[counts] + y * eta + r * np.log(r) - (y + r) * np.log(r + np.exp(eta)))
    return log_likelihood


def student_t(folder):
    y = read(folder, "y")

    def log_likelihood(coefficients):
        mu, sigma, nu = np.asarray(coefficients, dtype=LONG)
        z = (y - mu) / sigma
        constant = LONG(math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2)) - np.log(nu * LONG(math.pi)) / 2 - np.log(sigma)
        return len(y) * constant - (nu + 1) / 2 * np.sum(np.log1p(z * z / nu))
    return log_likelihood


def main():
    data, results = sys.argv[1:]
    for name, make in [("w3_negbin", negative_binomial), ("w6_student", student_t)]:
        log_likelihood = make(os.path.join(data, name))
        print(f"{name}\n{'program':<22}{'80 bits, at its estimate':>28}{'reported':>28}{'difference':>14}")
        for file in sorted(glob.glob(os.path.join(results, name + ".*.json"))):
            with open(file) as opened:
                result = json.load(opened)
            exact = log_likelihood(result["coef"])
            print(f"{result['peer']:<22}{float(exact):>28.9f}{result['loglik']:>28.9f}{float(result['loglik'] - exact):>14.1e}")


main()
