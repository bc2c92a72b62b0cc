"""Tweedie log-densities with gradient and Hessian in mean, dispersion and power.

Made with Python 3.11 and mpmath 1.3.0: `python3 make_tweedie.py > tweedie.csv`. The series of Dunn and Smyth (2005), term by
term at 70 digits, wherever the library sums differently (few terms, many terms, an integral, the saddle
point); derivatives by central differences with a step of 1e-18 relative, whose error is 1e-36. Inputs are the doubles nearest
to the decimals written.
"""
from mpmath import exp, log, loggamma, mp, mpf, nstr

mp.dps = 70

POINTS = """
1e-6;0.3;2.5;1.4 0.2;0.3;2.5;1.4 9;3;0.5;1.9 1e-5;3;0.5;1.97
7.3;7;0.2;1.02 31;30;0.3;1.05 145;140;1;1.05 220;240;0.9;1.05 2.1;2;0.004;1.5 2.1;2;0.0045;1.5
48;50;0.001;1.5 61;50;0.001;1.5 900;1000;1e-4;1.7 3.5;2;1e-3;1.95 7;7.01;1e-5;1.2 0.04;0.2;0.7;1.999
1.25;2;0.4;1.0003 6.1;5;0.5;1.9999
"""


def ln_density(y, mean, dispersion, power):
    rate = mean ** (2 - power) / (dispersion * (2 - power))
    shape = (2 - power) / (power - 1)
    scale = dispersion * (power - 1) * mean ** (power - 1)

    def term(n):
        return n * log(rate) - loggamma(n + 1) + n * shape * log(y / scale) - loggamma(n * shape)

    peak = max(1, int(y ** (2 - power) / (dispersion * (2 - power))))
    top, total = term(peak), mpf(1)
    for direction in (1, -1):
        n = peak + direction
        while n >= 1:
            e = exp(term(n) - top)
            total += e
            if e < mpf(10) ** -60:
                break
            n += direction
    return top + log(total) - rate - y / scale - log(y)


def derivatives(y, parameters):
    steps = [p * mpf(10) ** -18 for p in parameters]

    def at(*moves):
        moved = list(parameters)
        for i, sign in moves:
            moved[i] += sign * steps[i]
        return ln_density(y, *moved)

    f = at()
    up, down = [at((i, 1)) for i in range(3)], [at((i, -1)) for i in range(3)]
    gradient = [(up[i] - down[i]) / (2 * steps[i]) for i in range(3)]
    hessian = []
    for i in range(3):
        for j in range(i + 1):
            if i == j:
                hessian.append((up[i] - 2 * f + down[i]) / steps[i] ** 2)
            else:
                cross = sum(s * t * at((i, s), (j, t)) for s in (1, -1) for t in (1, -1))
                hessian.append(cross / (4 * steps[i] * steps[j]))
    return [f] + gradient + hessian


print("# y;mean;dispersion;power, log-density, gradient (3), Hessian on and below the diagonal (6)")
for point in POINTS.split():
    y, *parameters = [mpf(float(s)) for s in point.split(";")]
    print(",".join([point] + [nstr(v, 20) for v in derivatives(y, parameters)]), flush=True)
