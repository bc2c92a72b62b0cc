"""Reference values of log-densities, distribution functions and moments.

Made with Python 3.11.7 and mpmath 1.3.0. Usage, in this folder:

    python3 make_densities.py            writes densities.csv and censored.csv
    python3 make_densities.py check      prints, per distribution, how far the density is from integrating to 1, the
                                         distribution function and the moments from integrals of the density

An input is the double nearest to the decimal that is written. Every logarithm is computed at 80 digits and at 160 (then
320, ... where a difference has cancelled) until two precisions in succession agree to 30 digits, and printed to 20.
compare_sources.py holds the result against R's (densities_r.csv).
"""
import itertools
import sys

import mpmath as mp
from mpmath import cos, erfc, exp, expm1, gamma, inf, log, log1p, loggamma, mpf, nan, pi, sqrt

mp.mp.dps = 40
DISTRIBUTIONS = {}


class Distribution:
    """density(x, *parameters): the logarithm; tails(x, *parameters): P(X <= x) and P(X > x), each without cancellation
    or to be had from more digits; moments(*parameters): mean and variance, None where a row is to be left out.
    points: lines "parameters | x x x"; check: parameters and the points between which the density is integrated,
    for counts the point where the distribution function is checked and the last term of the sum."""

    def __init__(self, name, kind, density, points, moments=None, moment_points="", tails=None, tail_points="", check=None):
        self.kind, self.density, self.moments, self.tails, self.check = kind, density, moments, tails, check
        self.points = list(read_points(points))
        self.tail_points = self.points + [p for p in read_points(tail_points) if p not in self.points]
        self.moment_points = moment_points.split()
        DISTRIBUTIONS[name] = self


def read_points(lines):
    for line in lines.strip().splitlines():
        parameters, xs = line.split("|")
        for x in xs.split():
            yield x, parameters.strip()


def numbers(text):
    return [mpf(float(s)) for s in text.split(";")]


def settle(f):
    """The value on which two precisions in succession agree; None if 2560 digits do not settle it."""
    last = None
    for digits in (80, 160, 320, 640, 1280, 2560):
        with mp.workdps(digits):
            try:
                value = f()
            except (ValueError, ZeroDivisionError):
                value = None
            if isinstance(value, mp.mpc):
                value = None
            if value is not None and mp.isfinite(value) and value != 0 and last is not None:
                if abs(value - last) <= mpf(10) ** -30 * abs(value):
                    return value
            last = value
    return None


def show(v):
    v = mpf(v)
    if mp.isnan(v):
        return "nan"
    if mp.isinf(v):
        return "inf" if v > 0 else "-inf"
    return "0" if v == 0 else mp.nstr(v, 20, min_fixed=0, max_fixed=0)


# Special functions, by series of positive terms


def ln_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def ln_choose(n, k):
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def xlogy(x, y):
    return mpf(0) if x == 0 else x * log(y)


def normal_tails(z):
    return erfc(-z / sqrt(mpf(2))) / 2, erfc(z / sqrt(mpf(2))) / 2


def ln_phi(z):
    return -z * z / 2 - log(2 * pi) / 2


def incomplete_gamma(a, x):
    """P(a, x) and Q(a, x): DLMF 8.7.1 (the series with positive terms) or, far to the right, Legendre's continued
    fraction, DLMF 8.9.2, for Q."""
    front = exp(a * log(x) - x - loggamma(a))
    if x > 2 * a + 50:
        b = x + 1 - a
        c, d = mpf(10) ** (10 * mp.mp.dps), 1 / b
        h = d
        for i in itertools.count(1):
            an = -i * (i - a)
            b += 2
            d, c = 1 / (an * d + b), b + an / c
            h *= c * d
            if abs(c * d - 1) < mp.eps:
                break
        q = front * h
        return 1 - q, q
    term = total = 1 / a
    n = a
    while term > mp.eps * total or n < x:
        n += 1
        term *= x / n
        total += term
    p = front * total
    return p, 1 - p


def incomplete_beta(x, y, a, b):
    """I_x(a, b) and I_y(b, a), where y = 1 - x: DLMF 8.17.8, whose terms are positive."""

    def series(x, y, a, b):
        term = total = mpf(1)
        n = mpf(0)
        while True:
            ratio = x * (a + b + n) / (a + 1 + n)
            term *= ratio
            total += term
            n += 1
            if ratio < 1 and term < mp.eps * total * (1 - ratio):
                break
        return exp(a * log(x) + b * log(y) - ln_beta(a, b)) / a * total

    if x > 0.95:
        upper = series(y, x, b, a)
        return 1 - upper, upper
    if y > 0.95:
        lower = series(x, y, a, b)
        return lower, 1 - lower
    return series(x, y, a, b), series(y, x, b, a)


def swap(pair):
    return pair[1], pair[0]


# Counts


def bernoulli(k, p):
    return log(p) if k == 1 else log1p(-p)


Distribution("bernoulli", "count", bernoulli, """
    0.3 | 0 1
    1e-10 | 0 1
    0.5 | 0 1
    0.999999 | 0 1
    0.05 | 0 1
    1e-300 | 0 1
    0.9999999999999999 | 0 1
    """, lambda p: (p, p * (1 - p)), "0.3 1e-10 0.875", check=("0.3", 0, 1))


def binomial(k, n, p):
    return ln_choose(n, k) + xlogy(k, p) + xlogy(n - k, 1 - p)


Distribution("binomial", "count", binomial, """
    10;0.3 | 0 3 7 10
    1;0.2 | 0 1
    1000;0.02 | 0 1 20 60 400 999
    50;0.999 | 10 45 49
    40;1e-9 | 0 1 5 40
    100000;0.5 | 10000 49000 50000 51500
    1000000;1e-6 | 0 1 3 30
    """, lambda n, p: (n * p, n * p * (1 - p)), "10;0.3 1000;0.02 40;1e-9",
    lambda k, n, p: incomplete_beta(1 - p, p, n - k, k + 1), """
    1000;0.02 | 70 120 200
    20;0.7 | 0 1 14 18 19
    """, check=("10;0.3", 3, 10))


def poisson(k, mean):
    return xlogy(k, mean) - mean - loggamma(k + 1)


Distribution("poisson", "count", poisson, """
    2.5 | 0 1 2 6 30 400
    0.001 | 0 1 3 200
    1e-300 | 1 2
    40 | 0 10 40 100
    5000 | 0 4000 5000 6000 30000
    1000000 | 990000 1000000 1010000
    """, lambda m: (m, m), "2.5 0.001 5000",
    lambda k, m: swap(incomplete_gamma(k + 1, m)), """
    2.5 | 15 25 100
    700 | 0 100 350 700 1500
    """, check=("2.5", 3, 90))


def geometric(k, p):
    return log(p) + xlogy(k, 1 - p)


Distribution("geometric", "count", geometric, """
    0.3 | 0 1 5 40 30000
    1e-6 | 0 10 1000000 50000000
    0.5 | 0 2 100
    0.999 | 1 4 2000
    1e-300 | 0 3
    """, lambda p: ((1 - p) / p, (1 - p) / p**2), "0.3 1e-6 0.999",
    lambda k, p: (-expm1((k + 1) * log1p(-p)), exp((k + 1) * log1p(-p))), """
    0.3 | 20 130 1000 1900
    """, check=("0.3", 4, 500))


def negative_binomial(k, mean, size):
    return (loggamma(k + size) - loggamma(size) - loggamma(k + 1) + size * log(size / (size + mean))
            + xlogy(k, mean / (size + mean)))


Distribution("negative_binomial", "count", negative_binomial, """
    4;1.5 | 0 1 4 20 300 50000
    2.5;0.01 | 0 1 3 1000
    2.5;1e10 | 0 2 8 60
    0.001;2 | 0 1 7
    1000;30 | 0 400 1000 3000 100000
    30;1e6 | 0 30 80
    1e6;0.5 | 1 1000000
    """, lambda m, s: (m, m + m**2 / s), "4;1.5 2.5;0.01 1000;30",
    lambda k, m, s: incomplete_beta(s / (s + m), m / (s + m), s, k + 1), """
    4;1.5 | 50 100 150 2000
    1000;30 | 50 200 2000 5000
    """, check=("4;1.5", 4, 800))


def beta_binomial(k, n, alpha, beta):
    return ln_choose(n, k) + ln_beta(k + alpha, n - k + beta) - ln_beta(alpha, beta)


Distribution("beta_binomial", "count", beta_binomial, """
    10;2;3.5 | 0 4 10
    10;0.001;0.002 | 0 5 10
    50;1e8;3e8 | 0 12 25 50
    100000;0.7;1.8 | 0 3 40000 100000
    3000;400;200 | 0 1000 2000 2900
    1;0.3;0.4 | 0 1
    """, lambda n, a, b: (n * a / (a + b), n * a * b * (a + b + n) / ((a + b) ** 2 * (a + b + 1))),
    "10;2;3.5 10;0.001;0.002 50;1e8;3e8", check=("10;2;3.5", 4, 10))

Distribution("categorical", "count", lambda k, *p: log(p[int(k)]), """
    0.2;0.3;0.5 | 0 1 2
    0.25;0.75 | 0 1
    1e-300;0.4;0.6 | 0 1 2
    0.1;0.2;0.05;0.65 | 0 1 2 3
    1e-9;0.999999999 | 0 1
    """, lambda *p: (sum(k * q for k, q in enumerate(p)),
                     sum(k * k * q for k, q in enumerate(p)) - sum(k * q for k, q in enumerate(p)) ** 2),
    "0.25;0.75 0.125;0.25;0.625 0.125;0.25;0.0625;0.5625", check=("0.125;0.25;0.625", 0, 2))


def multinomial(ks, *p):
    return loggamma(sum(ks) + 1) + sum(xlogy(k, q) - loggamma(k + 1) for k, q in zip(ks, p))


Distribution("multinomial", "count vector", multinomial, """
    0.2;0.3;0.5 | 2;3;5 10;0;0 0;0;4 1;1;0 3000;1000;1000
    0.25;0.75 | 1;3 400;0 300000;900000 20;10
    1e-300;0.4;0.6 | 0;3;4 1;3;4 5;1;1
    0.1;0.2;0.05;0.65 | 1;2;0;6 0;0;3;0 100;200;50;650
    """, lambda n, *p: ([n * q for q in p], [n * q * (1 - q) for q in p]),
    "10;0.25;0.75 4;0.125;0.25;0.625 1000;0.5;0.25;0.125;0.125")


def zero_inflated_poisson(k, zero, mean):
    return log(zero + (1 - zero) * exp(-mean)) if k == 0 else log1p(-zero) + poisson(k, mean)


Distribution("zero_inflated_poisson", "count", zero_inflated_poisson, """
    0.3;2.5 | 0 1 2 12 2000
    1e-12;40 | 0 1 40 100
    0.95;0.001 | 1 3
    0.02;0.7 | 0 1 5
    0.6;900 | 0 800 900 3000
    1e-300;800 | 0 700
    """, lambda z, m: ((1 - z) * m, (1 - z) * m * (1 + z * m)), "0.3;2.5 1e-12;40 0.95;0.001", check=("0.3;2.5", 0, 90))


def hurdle_poisson(k, zero, mean):
    return log(zero) if k == 0 else log1p(-zero) + poisson(k, mean) - log(-expm1(-mean))


Distribution("hurdle_poisson", "count", hurdle_poisson, """
    0.3;2.5 | 0 1 2 12 2000
    1e-12;40 | 0 1 40 100
    0.95;0.001 | 0 1 3
    0.02;1e-12 | 1 2
    0.6;900 | 0 1 900 3000
    1e-300;0.5 | 0 1 4
    """, lambda z, m: ((1 - z) * m / -expm1(-m), (1 - z) * m * (1 + m) / -expm1(-m) - ((1 - z) * m / -expm1(-m)) ** 2),
    "0.3;2.5 1e-12;40 0.95;0.001", check=("0.3;2.5", 0, 90))

# The real line

Distribution("normal", "real", lambda x, mu, sigma: ln_phi((x - mu) / sigma) - log(sigma), """
    0.3;1.7 | -300 -12 -1.4 0.3 2 9 250
    -5;0.01 | -7.5 -5.02 -5 -4.97 -4
    1e6;1e3 | 0 998000 1000000 1003000 1200000
    0.2;1e-150 | 0.2
    0;1e150 | 3e150 -1e152
    """, lambda mu, sigma: (mu, sigma**2), "0.3;1.7 -5;0.01 1e6;1e3",
    lambda x, mu, sigma: normal_tails((x - mu) / sigma), """
    0;1 | -40 -37.5 -20 -9.3 -1e-10 1e-10 0.5 5.5 8.3 9.3 20 37 39
    """, check=("0.3;1.7", [-inf, -2, 1.2, 4, inf]))

Distribution("log_normal", "real", lambda x, mu, sigma: ln_phi((log(x) - mu) / sigma) - log(sigma * x), """
    0.3;1.7 | 1e-300 1e-8 0.2 1.5 9 1e5 1e200
    -5;0.01 | 0.004 0.0066 0.00673 0.0068 0.02
    3;12 | 1e-300 0.1 1.2 3 1e12
    """, lambda mu, s: (exp(mu + s**2 / 2), expm1(s**2) * exp(2 * mu + s**2)), "0.3;1.7 -5;0.01 2;1e-9",
    lambda x, mu, sigma: normal_tails((log(x) - mu) / sigma), """
    0.3;1.7 | 1e-7 1e9 1e25 1e-25
    """, check=("0.3;0.7", [0, 0.4, 1.3, 3, 10, 100, inf]))


def student_t(x, mu, sigma, nu):
    z = (x - mu) / sigma
    return (loggamma((nu + 1) / 2) - loggamma(nu / 2) - log(nu * pi) / 2 - log(sigma) - (nu + 1) / 2 * log1p(z * z / nu))


def student_t_tails(x, mu, sigma, nu):
    z = (x - mu) / sigma
    if z == 0:
        return mpf(1) / 2, mpf(1) / 2
    tail = incomplete_beta(nu / (nu + z * z), z * z / (nu + z * z), nu / 2, mpf(1) / 2)[0] / 2
    return (tail, 1 - tail) if z < 0 else (1 - tail, tail)


Distribution("student_t", "real", student_t, """
    0.3;1.7;4 | -1e100 -50 -1.4 0.3 2 9 1e8
    -5;0.01;0.3 | -1e30 -5.02 -5 -4.97 1e250
    2;3;1e10 | -90 -1 2 4.5 100
    2;3;200 | -1e9 -1 2 7.5 100
    1;0.5;1 | -3 1.1 1e12
    0;2;1e-3 | 1.5 1e5
    """, lambda mu, s, nu: (mu if nu > 1 else nan,
                            nan if nu <= 1 else inf if nu <= 2 else s**2 * nu / (nu - 2)),
    "0.3;1.7;4 2;3;200 1;0.5;1.5 1;0.5;1",
    student_t_tails, """
    0;1;5 | -1e60 -1e5 -1e-9 0 0.2 3 1e4
    0;1;40 | -1e7 -20 20 3000
    """, check=("0.3;1.7;4.5", [-inf, -40, -2, 1.2, 4, 40, inf]))


def laplace_tails(x, mu, scale):
    tail = exp(-abs(x - mu) / scale) / 2
    return (tail, 1 - tail) if x < mu else (1 - tail, tail)


Distribution("laplace", "real", lambda x, mu, scale: -log(2 * scale) - abs(x - mu) / scale, """
    0.3;1.7 | -20000 -50 -1.4 0.3 2 9 1000
    -5;0.01 | -105 -5.02 -5 -4.97 -4
    1e6;1e3 | 0 1000000 1200000
    0;1e-200 | 1e-199 0
    """, lambda mu, s: (mu, 2 * s**2), "0.3;1.7 -5;0.01 1e6;1e3",
    laplace_tails, """
    0;1 | -690 -46 -1e-10 1e-10 0.3 46 690
    """, check=("0.3;1.7", [-inf, 0.3, 1.2, inf]))


def logistic(x, mu, scale):
    z = abs(x - mu) / scale
    return -z - 2 * log1p(exp(-z)) - log(scale)


def logistic_tails(z):
    return 1 / (1 + exp(-z)), 1 / (1 + exp(z))


Distribution("logistic", "real", logistic, """
    0.3;1.7 | -20000 -50 -1.4 0.3 2 9 1000
    -5;0.01 | -105 -5.02 -5 -4.97 -4
    1e6;1e3 | 0 1000000 1200000
    0;1e-200 | 1e-199 0
    """, lambda mu, s: (mu, (pi * s) ** 2 / 3), "0.3;1.7 -5;0.01 1e6;1e3",
    lambda x, mu, scale: logistic_tails((x - mu) / scale), """
    0;1 | -690 -46 -1e-10 1e-10 0.3 46 690
    """, check=("0.3;1.7", [-inf, 0.3, 1.2, inf]))


def log_logistic(x, scale, shape):
    z = shape * log(x / scale)
    return logistic(z, 0, 1) + log(shape / x)


Distribution("log_logistic", "real", log_logistic, """
    1.7;2.5 | 1e-300 1e-5 0.4 1.7 3 40 1e200
    300;0.2 | 1e-300 2 300 1000 1e250
    0.01;40 | 1e-200 0.003 0.01 0.011 1e120
    5;1 | 1e-12 2 30
    """, lambda s, c: (s * (pi / c) / mp.sin(pi / c) if c > 1 else inf,
                       s**2 * (2 * pi / c / mp.sin(2 * pi / c) - (pi / c / mp.sin(pi / c)) ** 2) if c > 2
                       else inf if c > 1 else None),
    "1.7;2.5 0.01;40 3;1.5 5;0.8",
    lambda x, scale, shape: logistic_tails(shape * log(x / scale)), """
    1.7;2.5 | 1e-100 1e-10 1e10 1e100
    """, check=("1.7;5.5", [0, 1, 2, 5, inf]))


def gumbel(x, mu, scale):
    z = (x - mu) / scale
    return -z - exp(-z) - log(scale)


def gumbel_tails(x, mu, scale):
    z = (x - mu) / scale
    return exp(-exp(-z)), -expm1(-exp(-z))


Distribution("gumbel", "real", gumbel, """
    0.3;1.7 | -20 -10 -1.4 0.3 2 9 20000
    -5;0.01 | -5.1 -5.02 -5 -4.97 20
    1e6;1e3 | 985000 1000000 1200000
    0;1e-200 | 1e-199 0
    """, lambda mu, s: (mu + mp.euler * s, (pi * s) ** 2 / 6), "0.3;1.7 -5;0.01 1e6;1e3",
    gumbel_tails, """
    0;1 | -9 -6.54 -3.8 -0.3 0.3 4 46 690
    """, check=("0.3;1.7", [-15, -2, 1.2, 6, 30, inf]))


def cauchy_tails(x, location, scale):
    z = (x - location) / scale
    tail = mp.atan2(1, abs(z)) / pi
    return (tail, 1 - tail) if z < 0 else (1 - tail, tail)


Distribution("cauchy", "real", lambda x, location, scale: -log(pi * scale) - log1p(((x - location) / scale) ** 2), """
    0.3;1.7 | -1e150 -50 -1.4 0.3 2 9 1e8
    -5;0.01 | -1e30 -5.02 -5 -4.97 1e100
    1e6;1e3 | 0 1000000 1200000
    0;1e-100 | 1e-99 3
    """, lambda location, scale: (nan, nan), "0.3;1.7 -5;0.01 1e6;1e3",
    cauchy_tails, """
    0;1 | -1e300 -1e20 -1e-10 1e-10 0.3 1e20 1e299
    """, check=("0.3;1.7", [-inf, -100, -2, 1.2, 6, 100, inf]))


def skew_normal(x, location, scale, shape):
    z = (x - location) / scale
    return log(2 / scale) + ln_phi(z) + log(normal_tails(shape * z)[0])


def skew_normal_moments(location, scale, shape):
    delta = shape / sqrt(1 + shape**2)
    return location + scale * delta * sqrt(2 / pi), scale**2 * (1 - 2 * delta**2 / pi)


Distribution("skew_normal", "real", skew_normal, """
    0.3;1.7;2.5 | -150 -20 -1.4 0.3 2 9 250
    -5;0.01;-40 | -6.5 -5.02 -5 -4.97 -4.8
    2;3;0 | -400 0.5 7
    1e6;1e3;1000 | 999000 1000000 1003000
    1;2;-1e-8 | -3 1 200
    """, skew_normal_moments, "0.3;1.7;2.5 -5;0.01;-40 2;3;0", check=("0.3;1.7;2.5", [-inf, -2, 0.3, 1.2, 4, inf]))

Distribution("uniform", "real", lambda x, lower, upper: -log(upper - lower), """
    -1.5;2.5 | -1.5 -1.25 0 2 2.5
    3;3.0001 | 3.00001 3.00005 3.00009
    -1e300;1e300 | -1e299 0 5
    0;1e-300 | 1e-310 2e-301 9e-301
    """, lambda a, b: ((a + b) / 2, (b - a) ** 2 / 12), "-1.5;2.5 3;3.0001 0;1e-100",
    lambda x, a, b: ((x - a) / (b - a), (b - x) / (b - a)), """
    -1.5;2.5 | -1.4999999999999998 -1 1 2.4999999999999996
    0;3 | 1e-300 1e-20 2.9
    """, check=("-1.5;2.5", [-1.5, 1, 2.5]))

# The positive half line

Distribution("exponential", "real", lambda x, rate: log(rate) - rate * x, """
    0.7 | 0 1e-300 1e-8 0.4 2 9 20000
    3e-5 | 10 2000 4e9
    4e6 | 1e-12 3e-7 3e-3
    1e200 | 1e-201 3e-198
    """, lambda r: (1 / r, 1 / r**2), "0.7 3e-5 4e6",
    lambda x, r: (-expm1(-r * x), exp(-r * x)), """
    0.7 | 1e-20 1 70 900
    """, check=("0.7", [0, 1, inf]))

Distribution("gamma", "real", lambda x, shape, rate: shape * log(rate) + (shape - 1) * log(x) - rate * x - loggamma(shape), """
    2.5;0.7 | 1e-300 1e-8 0.4 3 9 20000
    0.01;3 | 1e-300 1e-20 0.002 2 5000
    1;0.2 | 1e-100 4 900
    400;1e-3 | 1e-20 200000 400000 600000 1e8
    1e6;2 | 490000 500000 501000 506000
    1e-10;5 | 1e-5 0.5
    0.5;1e8 | 1e-9 1e-3
    """, lambda a, r: (a / r, a / r**2), "2.5;0.7 0.01;3 400;1e-3",
    lambda x, a, r: incomplete_gamma(a, r * x), """
    2.5;0.7 | 1e-120 70 1000
    30;1 | 1e-9 1 10 30 90 600
    """, check=("2.5;0.7", [0, 1, 4, 12, inf]))

Distribution("inverse_gamma", "real",
    lambda x, shape, scale: shape * log(scale) - loggamma(shape) - (shape + 1) * log(x) - scale / x, """
    2.5;0.7 | 3e-5 0.02 0.2 0.4 3 1e5 1e300
    0.01;3 | 1e-3 0.6 10 1e30
    400;1000 | 0.05 2 2.5 3.1 1e20
    1e6;2 | 1.9e-6 2e-6 2.003e-6
    30.5;1e-8 | 1e-12 3e-10 1
    """, lambda a, s: (s / (a - 1) if a > 1 else inf, s**2 / ((a - 1) ** 2 * (a - 2)) if a > 2 else inf if a > 1 else None),
    "2.5;0.7 1.5;3 400;1000 0.8;2",
    lambda x, a, s: swap(incomplete_gamma(a, s / x)), """
    2.5;0.7 | 1e-3 0.01 1e20 1e110
    30;1 | 0.01 0.1 1
    """, check=("4.5;0.7", [0, 0.1, 0.3, 1, 10, inf]))


def inverse_gaussian_tails(x, mean, shape):
    root = sqrt(shape / x)
    lower, upper = normal_tails(root * (x / mean - 1))
    other = exp(2 * shape / mean) * normal_tails(-root * (x / mean + 1))[0]
    return lower + other, upper - other


Distribution("inverse_gaussian", "real",
    lambda x, m, shape: (log(shape) - log(2 * pi) - 3 * log(x)) / 2 - shape * (x - m) ** 2 / (2 * m**2 * x), """
    1.5;2.5 | 1e-4 0.02 0.5 1.2 3 40 30000
    1.5;1000 | 0.05 1.4 1.5 1.6 90
    200;0.01 | 1e-7 1e-3 1 300 1e9
    1e-5;3e-5 | 1e-9 9e-6 2e-4
    """, lambda m, s: (m, m**3 / s), "1.5;2.5 1.5;1000 200;0.01",
    inverse_gaussian_tails, """
    1.5;2.5 | 0.002 0.01 20 100 1200
    0.7;30 | 0.02 0.3 0.7 1.4 9
    """, check=("1.5;2.5", [0, 0.3, 0.8, 2, 6, 20, inf]))

Distribution("weibull", "real",
    lambda x, shape, scale: log(shape / scale) + (shape - 1) * log(x / scale) - (x / scale) ** shape, """
    2.5;0.7 | 1e-300 1e-8 0.4 0.6 3 30
    0.01;3 | 1e-300 1e-20 0.002 2 1e250
    1;5 | 1e-100 4 90000
    40;300 | 1e-20 250 299 320 380
    0.3;1e-5 | 1e-9 1e-4 4e7
    """, lambda c, s: (s * gamma(1 + 1 / c), s**2 * (gamma(1 + 2 / c) - gamma(1 + 1 / c) ** 2)), "2.5;0.7 0.3;1e-5 40;300",
    lambda x, c, s: (-expm1(-((x / s) ** c)), exp(-((x / s) ** c))), """
    2.5;0.7 | 1e-100 1e-9 2.5 3.2 9
    """, check=("2.5;0.7", [0, 0.5, 1, inf]))

Distribution("rayleigh", "real", lambda x, sigma: log(x) - 2 * log(sigma) - (x / sigma) ** 2 / 2, """
    1.7 | 1e-300 1e-8 0.4 1.7 6 300
    3e-5 | 1e-12 2e-5 1e-4 5e-3
    4e6 | 1e-5 3e6 2e7 8e8
    """, lambda s: (s * sqrt(pi / 2), s**2 * (2 - pi / 2)), "1.7 3e-5 4e6",
    lambda x, s: (-expm1(-((x / s) ** 2) / 2), exp(-((x / s) ** 2) / 2)), """
    1.7 | 1e-100 1e-10 12 16 60
    """, check=("1.7", [0, 1, 3, inf]))

Distribution("pareto", "real", lambda x, minimum, shape: log(shape) + shape * log(minimum) - (shape + 1) * log(x), """
    1.7;2.5 | 1.7 1.7000000001 2 9 1e5 1e300
    3e-5;0.01 | 3e-5 1e-4 20 1e250
    200;4000 | 200.001 201 210 3000
    """, lambda m, a: (a * m / (a - 1) if a > 1 else inf,
                       m**2 * a / ((a - 1) ** 2 * (a - 2)) if a > 2 else inf if a > 1 else None),
    "1.7;2.5 200;4000 3;1.5 3e-5;0.01",
    lambda x, m, a: (-expm1(-a * log(x / m)), exp(-a * log(x / m))), """
    1.7;2.5 | 1.7000000000000002 1.71 1e9 1e100
    """, check=("1.7;5.5", [1.7, 2, 4, inf]))

Distribution("chi_squared", "real", lambda x, nu: (nu / 2 - 1) * log(x) - x / 2 - nu / 2 * log(mpf(2)) - loggamma(nu / 2), """
    5 | 1e-300 1e-8 0.4 3 9 40 20000
    0.02 | 1e-300 1e-20 0.002 2 5000
    1 | 1e-100 0.4 30
    800 | 1e-10 600 800 1000 50000
    """, lambda nu: (nu, 2 * nu), "5 0.02 800",
    lambda x, nu: incomplete_gamma(nu / 2, x / 2), """
    5 | 1e-100 150 1500
    60 | 1e-8 2 20 60 180 1200
    """, check=("5", [0, 1, 4, 12, inf]))


def f(x, a, b):
    return a / 2 * log(a / b) + (a / 2 - 1) * log(x) - (a + b) / 2 * log1p(a * x / b) - ln_beta(a / 2, b / 2)


Distribution("f", "real", f, """
    5;8 | 1e-300 1e-8 0.4 1 9 1e5 1e250
    0.02;3 | 1e-300 1e-20 0.002 2 5000
    1;1 | 1e-100 0.4 30
    300;700 | 1e-30 0.8 1 1.3 1e12
    3;1e8 | 1e-5 0.9 4
    """, lambda a, b: (b / (b - 2) if b > 2 else inf,
                       2 * b**2 * (a + b - 2) / (a * (b - 2) ** 2 * (b - 4)) if b > 4 else inf if b > 2 else None),
    "5;8 300;700 5;3 2;1.5",
    lambda x, a, b: incomplete_beta(a * x / (a * x + b), b / (a * x + b), a / 2, b / 2), """
    5;8 | 1e-100 1e-10 1e20
    60;90 | 1e-7 0.1 0.5 2 20 1e5
    """, check=("5;13", [0, 0.4, 1.2, 3, 10, inf]))


def generalized_pareto_hazard(x, scale, shape):
    z = x / scale
    return z if shape == 0 else log1p(shape * z) / shape


Distribution("generalized_pareto", "real",
    lambda x, scale, shape: -log(scale) - (1 + shape) * generalized_pareto_hazard(x, scale, shape), """
    1.7;0 | 0 1e-8 0.4 9 20000
    1.7;1e-10 | 1e-8 0.4 9 2000
    1.7;-1e-10 | 1e-8 0.4 9 2000
    1.7;0.3 | 1e-8 0.4 9 1e250
    1.7;-0.3 | 1e-8 0.4 5 5.6666
    0.01;2 | 1e-12 0.005 3 1e300
    300;-0.5 | 1e-3 200 599.9999
    40;-2 | 1e-3 6 19.999999
    1.7;1e-5 | 0.4 30
    1.7;-1e-5 | 0.4 30
    """, lambda s, c: (s / (1 - c) if c < 1 else inf, s**2 / ((1 - c) ** 2 * (1 - 2 * c)) if 2 * c < 1 else inf if c < 1 else None),
    "1.7;0 1.7;0.3 300;-0.5 3;0.7 0.01;2",
    lambda x, s, c: (-expm1(-generalized_pareto_hazard(x, s, c)), exp(-generalized_pareto_hazard(x, s, c))), """
    1.7;0 | 1e-20 80 1100
    1.7;0.3 | 1e-20 1e9 1e80
    """, check=("1.7;0.1", [0, 1, 4, 20, 100, inf]))


def gev_level(x, mu, scale, shape):
    """The Gumbel variable: minus the logarithm of minus the logarithm of the cdf."""
    z = (x - mu) / scale
    return z if shape == 0 else log1p(shape * z) / shape


def gev(x, mu, scale, shape):
    y = gev_level(x, mu, scale, shape)
    return -log(scale) - (1 + shape) * y - exp(-y)


def gev_moments(mu, s, c):
    if c == 0:
        return mu + mp.euler * s, (pi * s) ** 2 / 6
    if c >= 1:
        return inf, None
    g1 = gamma(1 - c)
    return mu + s * (g1 - 1) / c, s**2 * (gamma(1 - 2 * c) - g1**2) / c**2 if 2 * c < 1 else inf


Distribution("gev", "real", gev, """
    0.3;1.7;0 | -15 -1 0.3 4 20000
    0.3;1.7;1e-10 | -15 -1 4 2000
    0.3;1.7;-1e-10 | -15 -1 4 2000
    0.3;1.7;0.3 | -5.1 -3 0.4 9 1e250
    0.3;1.7;-0.3 | -40 -3 0.4 5 5.9666
    -5;0.01;2 | -5.0049 -5.003 -4.99 3 1e300
    1000;300;-0.5 | -30000 900 1200 1599.9999
    10;40;-2 | -1e6 6 20 29.999999
    0.3;1.7;1e-5 | -5 0.4 30
    0.3;1.7;-1e-5 | -5 0.4 30
    """, gev_moments, "0.3;1.7;0 0.3;1.7;0.3 1000;300;-0.5 0;1;0.7 -5;0.01;2",
    lambda x, *p: (exp(-exp(-gev_level(x, *p))), -expm1(-exp(-gev_level(x, *p)))), """
    0.3;1.7;0.3 | -4.5 1e9 1e80
    0.3;1.7;-0.3 | -25 5.96
    """, check=("0.3;1.7;0.1", [-14, -4, -1, 1.2, 6, 30, 100, inf]))

# The unit interval, the circle, and a mass at zero

Distribution("beta", "real", lambda x, a, b: (a - 1) * log(x) + (b - 1) * log1p(-x) - ln_beta(a, b), """
    2.5;3.5 | 1e-300 1e-8 0.1 0.4 0.97 0.9999999999999999
    0.01;0.02 | 1e-300 1e-20 0.3 0.9 0.9999999999999999
    400;900 | 1e-20 0.25 0.3077 0.35 0.999999
    1;3 | 1e-100 0.2 0.999
    1e6;2 | 0.9999 0.999999 0.9999999999999999
    1e-3;50 | 1e-300 1e-5 0.9
    5e7;1e8 | 0.333 0.33333
    """, lambda a, b: (a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))), "2.5;3.5 0.01;0.02 400;900",
    lambda x, a, b: incomplete_beta(x, 1 - x, a, b), """
    2.5;3.5 | 1e-100 1e-9 0.999999
    40;60 | 1e-7 0.01 0.3 0.4 0.8 0.99999
    """, check=("2.5;3.5", [0, 0.4, 1]))


def kumaraswamy_moments(a, b):
    m1, m2 = (b * exp(ln_beta(1 + i / a, b)) for i in (1, 2))
    return m1, m2 - m1**2


Distribution("kumaraswamy", "real", lambda x, a, b: log(a * b) + (a - 1) * log(x) + (b - 1) * log1p(-(x**a)), """
    2.5;3.5 | 1e-300 1e-8 0.1 0.4 0.97 0.9999999999999999
    0.01;0.02 | 1e-300 1e-20 0.3 0.9 0.9999999999999999
    400;900 | 1e-20 0.96 0.983 0.999 0.9999999999999999
    1;3 | 1e-100 0.2 0.999
    1e-3;50 | 1e-300 1e-5 0.9
    """, kumaraswamy_moments, "2.5;3.5 0.01;0.02 400;900",
    lambda x, a, b: (-expm1(b * log1p(-(x**a))), (1 - x**a) ** b), """
    2.5;3.5 | 1e-100 1e-9 0.7 0.999999
    """, check=("2.5;3.5", [0, 0.4, 1]))


def von_mises(x, mu, kappa):
    return kappa * cos(x - mu) - log(2 * pi * mp.besseli(0, kappa))


Distribution("von_mises", "real", von_mises, """
    0.3;2.5 | -2.8 -1.4 0.3 2 3.4
    -1;1e-8 | -4 -1 2
    0.5;40 | -2.5 0.45 0.5 0.8 3
    0.5;1000 | 0.45 0.5 0.6 3
    0;1e6 | -3.141592653589793 -1e-3 0 2e-3 1 3.141592653589793
    3;0.1 | 3.141592653589793 0
    0;700 | 0.01 3.14
    """, lambda mu, k: (mu, 1 - mp.besseli(1, k) / mp.besseli(0, k)), "0.3;2.5 -1;1e-8 0;1e6",
    check=("0.3;2.5", [0.3 - mp.pi, 0.3, 0.3 + mp.pi]))


def tweedie(y, mean, dispersion, power):
    """Dunn and Smyth (2005), equations 4 to 6: a Poisson number of gamma variables; the series is summed from its
    largest term outwards."""
    rate = mean ** (2 - power) / (dispersion * (2 - power))
    if y == 0:
        return -rate
    alpha = (2 - power) / (power - 1)
    scale = dispersion * (power - 1) * mean ** (power - 1)

    def term(n):
        return n * log(rate) - loggamma(n + 1) + n * alpha * log(y / scale) - loggamma(n * alpha)

    def rise(n):
        return term(n + 1) - term(n)

    low, high = 1, 2
    while rise(mpf(high)) > 0:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rise(mpf(middle)) > 0 else (low, middle)
    largest, total = term(mpf(high)), mpf(1)
    for steps in (itertools.count(high + 1), range(high - 1, 0, -1)):
        for n in steps:
            t = exp(term(mpf(n)) - largest)
            total += t
            if t < mp.eps:
                break
    return largest + log(total) - rate - log(y) - y / scale


Distribution("tweedie", "real", tweedie, """
    2;0.5;1.5 | 0 1e-8 0.3 2 7 900
    3;0.01;1.1 | 0 0.2 2.7 3.2 5
    0.7;1;1.01 | 0 0.3 1 1.02 4
    0.5;20;1.9 | 0 1e-12 0.2 3 1000
    4;0.3;1.99 | 0 0.01 3 9
    1.5;0.01;1.5 | 0 0.9 1.5 1.9 30
    100;5;1.3 | 0 40 110 5000
    0.02;2;1.7 | 0 0.001 0.05 4
    2;20;1.1 | 0 5 90
    """, lambda m, d, p: (m, d * m**p), "2;0.5;1.5 3;0.01;1.1 4;0.3;1.99", check=("2;0.5;1.5", [0, 1, 2, 5, 12, 40, 90]))

# Vectors


def multivariate_normal(x, *parameters):
    """The parameters are the mean, then the lower triangle of L row by row: L11; L21; L22; L31; ..."""
    d = len(x)
    mean, entries = parameters[:d], list(parameters[d:])
    z, log_density = [], mpf(0)
    for i in range(d):
        row = entries[i * (i + 1) // 2:(i + 1) * (i + 2) // 2]
        z.append((x[i] - mean[i] - sum(l * e for l, e in zip(row, z))) / row[i])
        log_density += ln_phi(z[i]) - log(row[i])
    return log_density


def multivariate_normal_moments(*parameters):
    d = {2: 1, 5: 2, 9: 3}[len(parameters)]
    entries = parameters[d:]
    rows = [entries[i * (i + 1) // 2:(i + 1) * (i + 2) // 2] for i in range(d)]
    return list(parameters[:d]), [sum(l * l for l in row) for row in rows]


Distribution("multivariate_normal", "vector", multivariate_normal, """
    0.3;1.7 | -300 0.3 2
    1;-2;0.7;-0.4;1.3 | 1;-2 0.2;1.1 150;-100 -3;4
    0;0;1;0.999999;0.001 | 0.5;0.501 0.5;-0.5
    0.5;-1;2;1.5;0.3;0.8;-0.7;0.2;0.4 | 0.5;-1;2 1;0;1 -20;30;-10 2.5;-0.4;1.1
    1e6;0;-5;1e3;0.02;1e-3;0.3;-0.1;2 | 1000000;0;-5 1002000;0.041;-3 990000;-0.3;7
    """, multivariate_normal_moments, "0.3;1.7 1;-2;0.7;-0.4;1.3 0.5;-1;2;1.5;0.3;0.8;-0.7;0.2;0.4")


def dirichlet(x, *alpha):
    return loggamma(sum(alpha)) + sum((a - 1) * log(t) - loggamma(a) for a, t in zip(alpha, x))


Distribution("dirichlet", "vector", dirichlet, """
    2;3.5;1.2 | 0.25;0.5;0.25 0.125;0.8125;0.0625 1e-300;0.5;0.5 0.9375;0.03125;0.03125
    0.01;0.02;0.03 | 0.25;0.5;0.25 1e-20;0.75;0.25 1e-300;1e-300;1
    400;900 | 0.3125;0.6875 0.25;0.75 1e-20;1
    1e6;2e6;3e6;4e6 | 0.125;0.25;0.25;0.375 0.09375;0.203125;0.296875;0.40625
    2.5;2.5 | 0.5;0.5 0.0009765625;0.9990234375
    """, lambda *a: ([v / sum(a) for v in a], [v * (sum(a) - v) / (sum(a) ** 2 * (sum(a) + 1)) for v in a]),
    "2;3.5;1.2 0.01;0.02;0.03 400;900")


# Censoring and truncation: wrapper, distribution, arguments, parameters

CENSORED = """
    left_censored normal 0.3;1.7 | -2.5 1 9 -60 20
    left_censored weibull 2.5;0.7 | 0.2 0.9 1e-100 2.9
    right_censored normal 0.3;1.7 | -2.5 1 9 60 -20
    right_censored weibull 2.5;0.7 | 0.2 0.9 3 1e-6 40
    interval_censored normal 0;1 | 30;31 -31;-30 -1;40 0.2;0.3 -40;-1 1.5;1.500001 -9;9
    interval_censored normal 0.3;1.7 | -2;1 5;6 100;200
    interval_censored weibull 2.5;0.7 | 0.2;0.9 1e-100;1e-99 3;4 0.5;50 20;21 0.4;0.4000001
    interval_censored weibull 0.6;300 | 10;500 1e5;2e5 1e-8;1e4
    truncated normal 0;1 | 30.2;30;31 -30.7;-31;-30 2;-1;40 0.25;0.2;0.3 9;-10;10
    truncated normal 0.3;1.7 | 0.1;-2;1 5.5;5;6 150;100;200
    truncated weibull 2.5;0.7 | 0.3;0.2;0.9 3.1;3;4 0.51;0.5;50 20.5;20;21
    truncated weibull 0.6;300 | 200;10;500 120000;1e5;2e5 30;1e-8;1e4
    """


def interval_probability(tails, a, b, parameters):
    """F(b) - F(a), from the upper tails on the right of the median, where it is the difference of small numbers."""
    (la, ua), (lb, ub) = tails(a, *parameters), tails(b, *parameters)
    if la > 0.5:
        return ua - ub
    return lb - la if lb < 0.5 else 1 - la - ub


def censored_value(wrapper, distribution, arguments, parameters):
    d = DISTRIBUTIONS[distribution]
    if wrapper == "left_censored":
        return log_tail(d, 0, arguments[0], parameters)
    if wrapper == "right_censored":
        return log_tail(d, 1, arguments[0], parameters)
    if wrapper == "truncated":
        x, lower, upper = arguments
        return d.density(x, *parameters) - log(interval_probability(d.tails, lower, upper, parameters))
    # the complement, where the interval holds nearly everything
    lower, upper = arguments
    outside = d.tails(lower, *parameters)[0] + d.tails(upper, *parameters)[1]
    return log1p(-outside) if outside < 0.25 else log(interval_probability(d.tails, lower, upper, parameters))


def log_tail(d, side, x, parameters):
    pair = d.tails(x, *parameters)
    return log(pair[side]) if pair[side] < 0.5 else log1p(-pair[1 - side])


def density_rows():
    for name, d in DISTRIBUTIONS.items():
        density = "ln_pmf" if d.kind.startswith("count") else "ln_pdf"
        for x, parameters in d.points:
            p, t = numbers(parameters), numbers(x)
            value = settle(lambda: d.density(t if d.kind.endswith("vector") else t[0], *p))
            if value is None or (density == "ln_pdf" and abs(value) < 1e-3):
                sys.exit(f"unsuitable point: {name} {x} {parameters}: {value}")
            yield name, density, x, parameters, show(value)
        for side, function in enumerate(("ln_cdf", "ln_sf")) if d.tails else ():
            for x, parameters in d.tail_points:
                p, t = numbers(parameters), numbers(x)
                if name == "binomial" and x == parameters.split(";")[0]:
                    continue
                value = settle(lambda: log_tail(d, side, t[0], p))
                if value is None or abs(value) < 1e-300:
                    if value is None:
                        print(f"left out: {name} {function} {x} {parameters}", file=sys.stderr)
                    continue
                yield name, function, x, parameters, show(value)
        for parameters in d.moment_points:
            with mp.workdps(100):
                moments = d.moments(*numbers(parameters))
            x, rest = parameters.split(";", 1) if name == "multinomial" else ("", parameters)
            for function, value in zip(("mean", "variance"), moments):
                if value is not None:
                    shown = ";".join(map(show, value)) if isinstance(value, list) else show(value)
                    yield name, function, x, rest, shown


def censored_rows():
    for line in CENSORED.strip().splitlines():
        head, arguments = line.split("|")
        wrapper, distribution, parameters = head.split()
        for a in arguments.split():
            value = settle(lambda: censored_value(wrapper, distribution, numbers(a), numbers(parameters)))
            if value is None:
                sys.exit(f"unsuitable arguments: {wrapper} {distribution} {a} {parameters}")
            yield wrapper, distribution, a, parameters, show(value)


def write(path, header, rows):
    with open(path, "w", encoding="ascii") as out:
        out.write(header + "\n")
        for row in rows:
            out.write(",".join(row) + "\n")


# The check: sums and integrals of the density


def check():
    print("how far sums and integrals of exp(density) are from 1, the cdf, the survival function, the mean, the variance")
    mp.mp.dps = 25
    for name, d in DISTRIBUTIONS.items():
        if d.check is None:
            continue
        p, part = numbers(d.check[0]), d.check[1]
        if d.kind == "count":
            middle, last = d.check[1:]
            mass = [exp(d.density(mpf(k), *p)) for k in range(last + 1)]
            below, above = sum(mass[:middle + 1]), sum(mass[middle + 1:])
            raw = [sum(mpf(k) ** r * m for k, m in enumerate(mass)) for r in (1, 2)]
        else:
            def integral(points, r):
                return mp.quad(lambda x: x**r * exp(d.density(x, *p)), points)

            half = len(part) // 2
            middle = part[half]
            below, above = integral(part[:half + 1], 0), integral(part[half:], 0)
            raw = [integral(part, 1), integral(part, 2)]
            if name == "tweedie":
                below += exp(d.density(mpf(0), *p))
        errors = [below + above - 1]
        if d.tails:
            lower, upper = d.tails(mpf(middle), *p)
            errors += [below - lower, above - upper]
        if name not in ("cauchy", "von_mises"):
            mean, variance = d.moments(*p)
            errors += [raw[0] / mean - 1, (raw[1] - raw[0] ** 2) / variance - 1]
        print(name, " ".join(mp.nstr(e, 2) for e in errors))
    mp.mp.dps = 15
    grid = [(i, j, 6 - i - j) for i in range(7) for j in range(7 - i)]
    print("multinomial", sum(exp(multinomial([mpf(k) for k in ks], *numbers("0.125;0.25;0.625"))) for ks in grid) - 1)
    p = numbers("1;-2;0.7;-0.4;1.3")
    print("multivariate_normal", mp.quad(lambda x, y: exp(multivariate_normal([x, y], *p)), [-6, 1, 8], [-16, -2, 12]) - 1)
    p = numbers("3;2.5;4")
    print("dirichlet", mp.quad(lambda s, t: (1 - s) * exp(dirichlet([s, (1 - s) * t, (1 - s) * (1 - t)], *p)),
                               [0, 1], [0, 1]) - 1)


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        check()
    else:
        write("densities.csv", "distribution,function,x,parameters,value", density_rows())
        write("censored.csv", "wrapper,distribution,arguments,parameters,value", censored_rows())
