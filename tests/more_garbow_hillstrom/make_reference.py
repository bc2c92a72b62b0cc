"""Values at the standard starts and minimisers of the 35 problems of Moré, Garbow & Hillstrom (1981), to 20 digits.

The formulas are written here a second time, from the paper, independently of residuals.rs; decimal numbers are exact. A minimiser
that the paper gives in closed form stands here as it is. The others are found from a point nearby (the standard start where
none is given) by Levenberg's damped Gauss-Newton steps and then by Newton's method on the full Hessian; both differentiate the
residuals by central differences with steps of 1e-20 in 70-digit arithmetic, so that first derivatives are good to 40 digits. That
the Hessian is positive definite there is checked by its Cholesky factorization. For minima at infinity, or on a line, the
reduced problem in fewer unknowns is solved instead. Minima that the paper does not list are marked.
Usage: python3 make_reference.py > reference.json        (mpmath; about a minute)"""
import json, sys
import mpmath as mp
from mpmath import mpf, exp, sin, cos, sqrt, atan, pi, log
mp.mp.dps = 70
D = lambda text: [mpf(t) for t in text.split()]
R = range


def rosenbrock(x):
    return [10 * (x[1] - x[0]**2), 1 - x[0]]

def freudenstein_roth(x):
    a, b = x
    return [-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b]

def powell_badly_scaled(x):
    return [10**4 * x[0] * x[1] - 1, exp(-x[0]) + exp(-x[1]) - mpf("1.0001")]

def brown_badly_scaled(x):
    return [x[0] - 10**6, x[1] - mpf("2e-6"), x[0] * x[1] - 2]

def beale(x):
    return [y - x[0] * (1 - x[1]**i) for i, y in enumerate(D("1.5 2.25 2.625"), 1)]

def jennrich_sampson(x):
    return [2 + 2 * i - (exp(i * x[0]) + exp(i * x[1])) for i in R(1, 11)]

def helical_valley(x):
    theta = atan(x[1] / x[0]) / (2 * pi) + (mpf(1) / 2 if x[0] < 0 else 0)
    return [10 * (x[2] - 10 * theta), 10 * (sqrt(x[0]**2 + x[1]**2) - 1), x[2]]

def bard(x):
    y = D("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")
    return [y[u - 1] - (x[0] + u / ((16 - u) * x[1] + min(u, 16 - u) * x[2])) for u in R(1, 16)]

def gaussian(x):
    y = D("0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989")
    y = y + y[-2::-1]
    return [x[0] * exp(-x[1] * (mpf(8 - i) / 2 - x[2])**2 / 2) - y[i - 1] for i in R(1, 16)]

def meyer(x):
    y = D("34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872")
    return [x[0] * exp(x[1] / (45 + 5 * i + x[2])) - y[i - 1] for i in R(1, 17)]

def gulf(x):
    r = []
    for i in R(1, 100):
        t = mpf(i) / 100
        y = 25 + (-50 * log(t))**(mpf(2) / 3)
        r.append(exp(-abs(y - x[1])**x[2] / x[0]) - t)
    return r

def box(x):
    t = [mpf(i) / 10 for i in R(1, 11)]
    return [exp(-t * x[0]) - exp(-t * x[1]) - x[2] * (exp(-t) - exp(-10 * t)) for t in t]

def powell_singular(x):
    r = []
    for k in R(0, len(x), 4):
        a, b, c, d = x[k:k + 4]
        r += [a + 10 * b, sqrt(mpf(5)) * (c - d), (b - 2 * c)**2, sqrt(mpf(10)) * (a - d)**2]
    return r

def wood(x):
    a, b, c, d = x
    return [10 * (b - a**2), 1 - a, sqrt(mpf(90)) * (d - c**2), 1 - c, sqrt(mpf(10)) * (b + d - 2), (b - d) / sqrt(mpf(10))]

def kowalik_osborne(x):
    y = D("0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246")
    u = D("4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625")
    return [y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3]) for y, u in zip(y, u)]

def brown_dennis(x):
    t = [mpf(i) / 5 for i in R(1, 21)]
    return [(x[0] + t * x[1] - exp(t))**2 + (x[2] + x[3] * sin(t) - cos(t))**2 for t in t]

def osborne1(x):
    y = D("""0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628 0.603 0.580 0.558 0.538
        0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420 0.414 0.411 0.406""")
    return [y - (x[0] + x[1] * exp(-10 * i * x[3]) + x[2] * exp(-10 * i * x[4])) for i, y in enumerate(y)]

def biggs(x):
    r = []
    for i in R(1, 14):
        t = mpf(i) / 10
        y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
        r.append(x[2] * exp(-t * x[0]) - x[3] * exp(-t * x[1]) + x[5] * exp(-t * x[4]) - y)
    return r

def osborne2(x):
    y = D("""1.366 1.191 1.112 1.013 0.991 0.885 0.831 0.847 0.786 0.725 0.746 0.679 0.608 0.655 0.616 0.606 0.602 0.626 0.651 0.724
        0.649 0.649 0.694 0.644 0.624 0.661 0.612 0.558 0.533 0.495 0.500 0.423 0.395 0.375 0.372 0.391 0.396 0.405 0.428 0.429
        0.523 0.562 0.607 0.653 0.672 0.708 0.633 0.668 0.645 0.632 0.591 0.559 0.597 0.625 0.739 0.710 0.729 0.720 0.636 0.581
        0.428 0.292 0.162 0.098 0.054""")
    r = []
    for i, y in enumerate(y):
        t = mpf(i) / 10
        r.append(y - (x[0] * exp(-t * x[4]) + sum(x[k] * exp(-(t - x[k + 7])**2 * x[k + 4]) for k in (1, 2, 3))))
    return r

def watson(x):
    n, r = len(x), []
    for i in R(1, 30):
        t = mpf(i) / 29
        r.append(sum((j - 1) * x[j - 1] * t**(j - 2) for j in R(2, n + 1)) - sum(x[j - 1] * t**(j - 1) for j in R(1, n + 1))**2 - 1)
    return r + [x[0], x[1] - x[0]**2 - 1]

def extended_rosenbrock(x):
    return [r for k in R(0, len(x), 2) for r in rosenbrock(x[k:k + 2])]

def penalty1(x):
    return [sqrt(mpf("1e-5")) * (x - 1) for x in x] + [sum(x**2 for x in x) - mpf(1) / 4]

def penalty2(x):
    n, a, e = len(x), sqrt(mpf("1e-5")), [exp(x / 10) for x in x]
    r = [x[0] - mpf(1) / 5]
    r += [a * (e[i - 1] + e[i - 2] - exp(mpf(i) / 10) - exp(mpf(i - 1) / 10)) for i in R(2, n + 1)]
    r += [a * (e[i - n] - exp(mpf(-1) / 10)) for i in R(n + 1, 2 * n)]
    return r + [sum((n - j + 1) * x[j - 1]**2 for j in R(1, n + 1)) - 1]

def variably_dimensioned(x):
    s = sum(j * (x - 1) for j, x in enumerate(x, 1))
    return [x - 1 for x in x] + [s, s**2]

def trigonometric(x):
    n = len(x)
    s = sum(cos(x) for x in x)
    return [n - s + i * (1 - cos(x)) - sin(x) for i, x in enumerate(x, 1)]

def brown_almost_linear(x):
    n, s = len(x), sum(x)
    return [x + s - (n + 1) for x in x[:-1]] + [mp.fprod(x) - 1]

def boundary_value(x):
    n = len(x)
    h, z = mpf(1) / (n + 1), [mpf(0)] + list(x) + [mpf(0)]
    return [2 * z[i] - z[i - 1] - z[i + 1] + h**2 * (z[i] + i * h + 1)**3 / 2 for i in R(1, n + 1)]

def integral_equation(x):
    n = len(x)
    h = mpf(1) / (n + 1)
    t = [i * h for i in R(1, n + 1)]
    c = [(x + t + 1)**3 for x, t in zip(x, t)]
    return [x[i] + h * ((1 - t[i]) * sum(t[j] * c[j] for j in R(i + 1)) + t[i] * sum((1 - t[j]) * c[j] for j in R(i + 1, n))) / 2
            for i in R(n)]

def broyden_tridiagonal(x):
    z = [mpf(0)] + list(x) + [mpf(0)]
    return [(3 - 2 * z[i]) * z[i] - z[i - 1] - 2 * z[i + 1] + 1 for i in R(1, len(x) + 1)]

def broyden_banded(x):
    n = len(x)
    return [x[i] * (2 + 5 * x[i]**2) + 1 - sum(x[j] * (1 + x[j]) for j in R(max(0, i - 5), min(n, i + 2)) if j != i) for i in R(n)]

def linear_full_rank(x, m=20):
    return [(x[i] if i < len(x) else 0) - mpf(2) / m * sum(x) - 1 for i in R(m)]

def linear_rank1(x, m=20):
    return [i * sum(j * x for j, x in enumerate(x, 1)) - 1 for i in R(1, m + 1)]

def linear_rank1_zero(x, m=20):
    s = sum(j * x[j - 1] for j in R(2, len(x)))
    return [mpf(-1)] + [(i - 1) * s - 1 for i in R(2, m)] + [mpf(-1)]

def chebyquad(x):
    n, r = len(x), []
    polynomials = [[1] * n, [2 * x - 1 for x in x]]
    while len(polynomials) <= n:
        polynomials.append([2 * (2 * x - 1) * a - b for x, a, b in zip(x, polynomials[-1], polynomials[-2])])
    return [sum(polynomials[i]) / mpf(n) - (0 if i % 2 else mpf(-1) / (i * i - 1)) for i in R(1, n + 1)]


def jacobian(f, x, h):
    columns = []
    for i in R(len(x)):
        up, down = f(x[:i] + [x[i] + h[i]] + x[i + 1:]), f(x[:i] + [x[i] - h[i]] + x[i + 1:])
        columns.append([(u - d) / (2 * h[i]) for u, d in zip(up, down)])
    return columns


def steps(x):
    return [mpf(10)**-20 * (abs(x) if x else 1) for x in x]


def hessian(f, x, r, J):
    """Half the Hessian of the sum of squares: J'J plus the residuals times their second differences."""
    n, h = len(x), steps(x)
    H = mp.matrix(n)
    at = lambda *moves: mp.fdot(r, f([x[k] + sum(s * h[k] for i, s in moves if i == k) for k in R(n)]))
    for i in R(n):
        for j in R(i + 1):
            second = (at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1))) / (4 * h[i] * h[j])
            H[i, j] = H[j, i] = mp.fdot(J[i], J[j]) + second
    return H


def minimise(f, x):
    """A damped Gauss-Newton approach, then Newton."""
    n, damping, r = len(x), mpf("1e-3"), f(x)
    for _ in R(1000):
        J = jacobian(f, x, steps(x))
        g = mp.matrix([mp.fdot(c, r) for c in J])
        A = mp.matrix([[mp.fdot(a, b) for a in J] for b in J])
        while True:
            B = A.copy()
            for i in R(n):
                B[i, i] *= 1 + damping
            s = mp.lu_solve(B, g)
            trial = [x[i] - s[i] for i in R(n)]
            moved = max(abs(s[i]) / (abs(x[i]) + mpf("1e-6")) for i in R(n))
            new = f(trial)
            if mp.fdot(new, new) <= mp.fdot(r, r) or moved < mpf("1e-20"):
                break
            damping *= 4
        x, r, damping = trial, new, damping / 10
        if moved < mpf("1e-7"):
            break
    for _ in R(30):
        r = f(x)
        J = jacobian(f, x, steps(x))
        H = hessian(f, x, r, J)
        s = mp.lu_solve(H, mp.matrix([mp.fdot(c, r) for c in J]))
        x = [x[i] - s[i] for i in R(n)]
        if max(abs(s[i]) / (abs(x[i]) + mpf("1e-9")) for i in R(n)) < mpf("1e-24"):
            scale = mp.diag([1 / sqrt(H[i, i]) for i in R(n)])
            mp.cholesky(scale * H * scale)
            r = f(x)
            return x, mp.fdot(r, r)
    raise SystemExit("Newton's method did not converge: " + f.__name__)


def bard_far(x):
    """x_2 and x_3 at minus infinity: the fractions vanish."""
    return bard([x[0], -mpf(10)**60, -mpf(10)**60])


def kowalik_osborne_far(x):
    """x_1, x_3 and x_4 at infinity in constant proportions: u^2 vanishes in the denominator."""
    s = mpf(10)**60
    return kowalik_osborne([s, x[0], s * x[1], s * x[2]])


def biggs_on_the_line(x):
    """x_1 = x_5: only x_3 + x_6 counts. With equal signs the two are at a saddle, with different signs at a minimum."""
    return biggs(on_the_line(x))


def on_the_line(x):
    return [x[0], x[1], 2 * x[2], x[3], x[0], -x[2]]


FIND = ("find",)  # from the standard start
one = lambda n: ("exact", [1] * n)
near = lambda text: ("near", D(text))
unlisted = lambda text: ("unlisted", D(text))
equal = lambda n, a: ("exact", [a] * (n - 1) + [a**(1 - n)])

EXACT = lambda *x: ("exact", list(x))
bv = lambda n: [mpf(i) / (n + 1) * (mpf(i) / (n + 1) - 1) for i in R(1, n + 1)]
rank1 = mpf(3) / 41 / 385     # sum j x_j = 3 / (2 m + 1), all x_j = j times this; sum j^2 = 385
rank1z = mpf(3) / 37 / 284    # likewise without the first and the last: sum j^2 = 284
alpha = mp.findroot(lambda a: 10 * a**10 - 11 * a**9 + 1, mpf("0.98"))
problems = [
    (1, rosenbrock, D("-1.2 1"), [one(2)]),
    (2, freudenstein_roth, D("0.5 -2"), [EXACT(5, 4), near("11.41 -0.8968")]),
    (3, powell_badly_scaled, D("0 1"), [near("1.098e-5 9.106")]),
    (4, brown_badly_scaled, D("1 1"), [EXACT(mpf(10)**6, mpf("2e-6"))]),
    (5, beale, D("1 1"), [EXACT(3, mpf("0.5"))]),
    (6, jennrich_sampson, D("0.3 0.4"), [near("0.2578 0.2578")]),
    (7, helical_valley, D("-1 0 0"), [EXACT(1, 0, 0)]),
    (8, bard, D("1 1 1"), [FIND, ("far", bard_far, D("0.8"))]),
    (9, gaussian, D("0.4 1 0"), [FIND]),
    (10, meyer, D("0.02 4000 250"), [FIND]),
    (11, gulf, D("5 2.5 0.15"), [EXACT(50, 25, mpf("1.5"))]),
    (12, box, D("0 10 20"), [EXACT(1, 10, 1), EXACT(10, 1, -1), EXACT(7, 7, 0)]),
    (13, powell_singular, D("3 -1 0 1"), [EXACT(0, 0, 0, 0)]),
    (14, wood, D("-3 -1 -3 -1"), [one(4)]),
    (15, kowalik_osborne, D("0.25 0.39 0.415 0.39"), [FIND, ("far", kowalik_osborne_far, D("-14.07 -8 -3"))]),
    (16, brown_dennis, D("25 5 -5 -1"), [FIND]),
    (17, osborne1, D("0.5 1.5 -1 0.01 0.02"), [FIND]),
    (18, biggs, D("1 2 1 1 1 1"), [("line", biggs_on_the_line, D("1.71 17.7 2.33 5.19")), EXACT(1, 10, 1, 5, 4, 3)]),
    (19, osborne2, D("1.3 0.65 0.65 0.7 0.6 3 5 7 2 4.5 5.5"), [FIND]),
    (20, watson, D("0 " * 6), [FIND]),
    (20, watson, D("0 " * 9), [FIND]),
    (20, watson, D("0 " * 12), [FIND]),
    (21, extended_rosenbrock, D("-1.2 1 " * 5), [one(10)]),
    (22, powell_singular, D("3 -1 0 1 " * 3), [EXACT(*[0] * 12)]),
    (23, penalty1, [mpf(j) for j in R(1, 5)], [near("0.25 " * 4)]),  # x_j (a + 2 s) = a makes all x_j equal
    (23, penalty1, [mpf(j) for j in R(1, 11)], [near("0.158 " * 10)]),
    (24, penalty2, D("0.5 " * 4), [FIND]),
    (24, penalty2, D("0.5 " * 10), [FIND]),
    (25, variably_dimensioned, [1 - mpf(j) / 10 for j in R(1, 11)], [one(10)]),
    (26, trigonometric, D("0.1 " * 10), [FIND, unlisted("0.0552 0.0568 0.0588 0.0610 0.0636 0.0668 0.2082 0.1644 0.0850 0.0914")]),
    (27, brown_almost_linear, D("0.5 " * 10), [one(10), equal(10, alpha), EXACT(*[0] * 9, 11)]),
    (28, boundary_value, bv(10), [FIND]),
    (29, integral_equation, bv(10), [FIND]),
    (30, broyden_tridiagonal, D("-1 " * 10), [FIND]),
    (31, broyden_banded, D("-1 " * 10), [FIND]),
    (32, linear_full_rank, D("1 " * 10), [EXACT(*[-1] * 10)]),
    (33, linear_rank1, D("1 " * 10), [EXACT(*[j * rank1 for j in R(1, 11)])]),
    (34, linear_rank1_zero, D("1 " * 10), [EXACT(0, *[j * rank1z for j in R(2, 10)], 0)]),
    (35, chebyquad, [mpf(j) / 9 for j in R(1, 9)], [FIND]),
    (35, chebyquad, [mpf(j) / 11 for j in R(1, 11)], [FIND, unlisted("0.033 0.155 0.200 0.383 0.383 0.529 0.640 0.714 0.828 0.925")]),
]

show = lambda v: mp.nstr(v, 20, min_fixed=-3, max_fixed=6)
out = []
for number, f, start, minima in problems:
    r = f(start)
    row = {"number": number, "n": len(start), "m": len(r), "start": show(mp.fdot(r, r)), "minima": []}
    for minimum in minima:
        if minimum == FIND:
            x, value = minimise(f, start)
        elif minimum[0] in ("near", "unlisted"):
            x, value = minimise(f, minimum[1])
        elif minimum[0] in ("far", "line"):
            x, value = minimise(minimum[1], minimum[2])
            x = on_the_line(x) if minimum[0] == "line" else None
        else:
            x = [mpf(x) for x in minimum[1]]
            value = mp.fdot(f(x), f(x))
        f_show = "0" if abs(value) < mpf("1e-40") else show(value)
        row["minima"].append({"f": f_show, "x": x and [show(x) for x in x], "listed": minimum[0] != "unlisted"})
    out.append(row)
    print(number, len(start), row["start"], [m["f"] for m in row["minima"]], file=sys.stderr, flush=True)
print('{"mpmath": "%s", "problems": [' % mp.__version__)
print(",\n".join(json.dumps(row) for row in out))
print("]}")
