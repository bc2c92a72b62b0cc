"""The maximum of a factor analysis to the last digits: uniquenesses and log-likelihood.

Programs for factor analysis stop where uniquenesses still change in the seventh digit. Here the score equations in the uniquenesses, the
loadings being known given these (Lawley & Maxwell 1971), are solved by Newton's method, its Jacobian by central differences: that leaves
an error that shrinks by five digits from step to step. numpy 2.4.6 made the file beside this one.

    python factor_analysis.py FOLDER_OF_THE_DATA_SET > w9_factor.profile_newton.json
"""
import json
import os
import sys

import numpy as np

FACTORS = 5


def implied(psi, s):
    """Sigma(psi) = L L' + diag(psi) with the loadings that are best given psi."""
    root = np.sqrt(psi)
    values, vectors = np.linalg.eigh(s / np.outer(root, root))
    loadings = root[:, None] * vectors[:, -FACTORS:] * np.sqrt(np.maximum(values[-FACTORS:] - 1, 0))
    return loadings @ loadings.T + np.diag(psi)


def score(psi, s):
    """The derivative of (ln |Sigma| + tr Sigma^-1 S) / 2 by ln psi."""
    inverse = np.linalg.inv(implied(psi, s))
    return 0.5 * psi * np.diag(inverse - inverse @ s @ inverse)


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "header.json")) as file:
        head = json.load(file)["arrays"]["X"]
    x = np.fromfile(os.path.join(folder, head["file"]), dtype="<f8").reshape(head["shape"], order=head["order"])
    n, d = x.shape
    x = x - x.mean(axis=0)
    s = x.T @ x / n

    # Joreskog's start.
    log_psi = np.log((1 - 0.5 * FACTORS / d) / np.diag(np.linalg.inv(s)))
    for _ in range(100):
        gradient = score(np.exp(log_psi), s)
        h = 1e-5
        jacobian = np.empty((d, d))
        for j in range(d):
            step = h * (np.arange(d) == j)
            jacobian[:, j] = (score(np.exp(log_psi + step), s) - score(np.exp(log_psi - step), s)) / (2 * h)
        move = np.linalg.solve(0.5 * (jacobian + jacobian.T), gradient)
        log_psi -= move * min(1, 0.5 / np.abs(move).max())
        if np.abs(move).max() < 1e-13:
            break
    psi = np.exp(log_psi)
    sigma = implied(psi, s)
    log_likelihood = -0.5 * n * (d * np.log(2 * np.pi) + np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, s)))
    result = {"data": "w9_factor", "peer": "profile_newton", "versions": {"numpy": np.__version__},
              "last_move": float(np.abs(move).max()), "loglik": float(log_likelihood), "coef": psi.tolist()}
    print(json.dumps(result, indent=1))


main()
