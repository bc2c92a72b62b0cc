"""Log-probabilities of large counts with their first derivatives in the real parameters, and of extreme parameters.

Made with Python 3.11 and mpmath 1.3.0: python3 make_large_counts.py > large_counts.csv

Parameters are the doubles nearest to what is written. 800 digits: at size 1e300 differences of gamma functions lose 300,
and a difference quotient with step 1e-120 x another 240 (its own error is of order 1e-240).
"""
import mpmath as mp
from mpmath import log, log1p, loggamma, mpf

mp.mp.dps = 800


def xlogy(x, y):
    return mpf(0) if x == 0 else x * log(y)


def ln_choose(n, k):
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def binomial(k, n, p):
    return ln_choose(n, k) + xlogy(k, p) + (mpf(0) if k == n else (n - k) * log1p(-p))


def binomial_logit(k, n, eta):
    return ln_choose(n, k) + k * eta - n * log1p(mp.exp(eta))


def poisson(k, mean):
    return xlogy(k, mean) - mean - loggamma(k + 1)


def negative_binomial(k, mean, size):
    return (loggamma(k + size) - loggamma(size) - loggamma(k + 1) - size * log1p(mean / size)
            + xlogy(k, mean / (size + mean)))


def beta_binomial(k, n, a, b):
    return (ln_choose(n, k) + loggamma(k + a) - loggamma(a) + loggamma(n - k + b) - loggamma(b)
            - loggamma(n + a + b) + loggamma(a + b))


# function, number of whole-number parameters, rows
TABLE = [
    (binomial, 1, """
        300000400000 1000000000000 0.3
        300000000000 1000000000000 0.3
        299995000000 1000000000000 0.3
        20 1000000000000 2e-11
        7 1000000000000 2e-11
        999999999985 1000000000000 0.99999999998
        999999999970 1000000000000 0.99999999998
        40 1000000000000 0.3
        100 1000000000000 1e-300
        1000 100000 0.012
        500000000000500 1000000000000000 0.5
        17 40 0.45
        15 1000000 1.5e-5
        """),
    (binomial_logit, 1, """
        300000400000 1000000000000 -0.8473
        300000 1000000 -0.85
        980 100000 -4.6
        99020 100000 4.6
        17 40 -0.3
        55 152 -0.602264588157233
        131 308 -0.2916145309505218
        455 903 0.010525175028890832
        40 1000000000000 -25
        1000000 100000000 -800
        """),
    (poisson, 0, """
        1000000700000 1e12
        999999000000 1e12
        10100 10000
        50 1e-300
        20 1e300
        """),
    (negative_binomial, 0, """
        1000000700000 1e12 1e13
        1000000700000 1e12 1e9
        1000000700000 1e12 0.3
        2500000000000 1e12 7.5
        1100000 1000000 30
        250 240 25
        30 35 1e9
        1000000 1e6 1e300
        40 1e-300 1e300
        40 1e-300 1e-300
        5 1e-300 1e-300
        0 1e300 1e-300
        40 1e300 20
        200 3 1e-5
        """),
    (beta_binomial, 1, """
        300000400000 1000000000000 3e12 7e12
        300000400000 1000000000000 3e9 7e9
        280000000000 1000000000000 3.5 7.25
        40 1000000000000 3.5 7.25
        0 1000000 0.7 1.8
        1000000 1000000 0.7 1.8
        300 1000 3e14 7e14
        9 25 30 40
        5 10 1e300 3e300
        8 10 1e-300 1e300
        980 1000 1e-300 1e300
        20 50 1e-5 1e-5
        """),
]

print("function,counts,parameters,value,gradient")
for f, whole, rows in TABLE:
    for row in rows.split("\n"):
        if not row.strip():
            continue
        fields = row.split()
        counts = [mpf(int(c)) for c in fields[:1 + whole]]
        real = [mpf(float(x)) for x in fields[1 + whole:]]
        value = f(*counts, *real)
        gradient = []
        for i, x in enumerate(real):
            h = x * mpf(10) ** -120
            shifted = lambda s: f(*counts, *real[:i], x + s * h, *real[i + 1:])
            gradient.append((shifted(1) - shifted(-1)) / (2 * h))
        show = lambda v: mp.nstr(v, 20, min_fixed=0, max_fixed=0)
        print(f.__name__, " ".join(fields[:1 + whole]), " ".join(fields[1 + whole:]), show(value),
              " ".join(map(show, gradient)), sep=",")
