"""More points for the functions of the rule table (mpmath 1.3; 500 digits, printed to 20).
Columns as in special.csv: function, args (';'-separated), index of the argument differentiated, d0..d3.
Usage: python make_functions.py > functions.csv"""
import mpmath as mp
from multiprocessing import Pool

mp.mp.dps = 60

SMALL = ["-3.7", "-0.4", "-1e-9", "1e-9", "0.6", "2.3", "9.5"]
POSITIVE = ["1e-300", "1e-9", "0.3", "0.999", "1.7", "42.5", "1e9", "1e250"]
UNIT = ["-0.999999", "-0.6", "-1e-9", "1e-9", "0.3", "0.75", "0.9999999"]
one = {
    "exp2": (lambda x: mp.power(2, x), ["-1000.5", "-3.7", "-1e-9", "0", "0.6", "12.3", "1000.5"]),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (lambda x: mp.log(x) / mp.log(10), POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), ["-1e250", "-2.6", "1e-250", "1e-9", "0.3", "7.5", "1e250"]),
    "recip": (lambda x: 1 / x, ["-1e60", "-0.3", "1e-60", "0.7", "3.3", "1e9"]),
    "sin": (mp.sin, SMALL),
    "cos": (mp.cos, SMALL),
    "tan": (mp.tan, SMALL + ["1.57"]),
    "asin": (mp.asin, UNIT),
    "acos": (mp.acos, UNIT),
    "atan": (mp.atan, SMALL + ["-1e100", "1e9"]),
    "sinh": (mp.sinh, SMALL + ["-700", "709"]),
    "cosh": (mp.cosh, SMALL + ["-700", "709"]),
    "asinh": (mp.asinh, SMALL + ["-1e100", "1e9"]),
    "acosh": (mp.acosh, ["1.0000001", "1.2", "2.3", "42.5", "1e9", "1e100"]),
    "atanh": (mp.atanh, UNIT),
    "digamma": (mp.digamma, ["1e-100", "1.05", "1.2", "1.3", "1.45", "1.5", "1.7", "1.9", "2", "5.3", "1e50"]),
    "trigamma": (lambda x: mp.psi(1, x), ["1e-60", "1.3", "5.3", "1e50"]),
    "erf": (mp.erf, ["-3.3", "1e-200", "0.7071067", "0.8", "1.7"]),
    "erfc": (mp.erfc, ["-3.3", "-0.7071068", "0.8", "1.7", "4.3", "17.3", "25.7"]),
    "normal_cdf": (mp.ncdf, ["-33.3", "-20.1", "-3.3", "-0.2", "1.000001", "1.3", "5.7"]),
    "ln_normal_cdf": (lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2), ["-1e6", "-300.3", "-5.5", "-2.7", "-2.0000001", "-2", "-1.9", "-0.3", "1.3", "5.7", "33.3"]),
    "ln_bessel_i0": (lambda x: mp.log(mp.besseli(0, x)), ["-2.5", "1e-100", "0.01", "1.7", "12.3", "24.9", "25.1", "40.5", "1e5", "1e100"]),
    "ln_bessel_i1": (lambda x: mp.log(mp.besseli(1, x)), ["1e-300", "1e-6", "0.5", "1.7", "3.75", "12.3", "24.9", "25.1", "40.5", "1000", "1e5", "1e100"]),
    "ln_gamma": (mp.loggamma, ["0.7", "1.2", "1.46", "2.4", "5.3", "1e15"]),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), ["-3.3", "0.4", "5.7"]),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), ["-3.3", "0.4", "5.7"]),
    "logit": (lambda p: mp.log(p / (1 - p)), ["0.24", "0.49", "0.6", "0.97"]),
}
quantile = ["1e-310", "1e-300", "1e-20", "1e-5", "0.02", "0.1", "0.24", "0.26", "0.4", "0.4999999999", "0.5000001", "0.7", "0.76", "0.999", "0.99999999"]


def ln_binomial(n, k):
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


two = {
    "powf": (mp.power, [("1e-200", "0.5"), ("1e-130", "2.5"), ("0.3", "-1.7"), ("0.999", "3.3"), ("1.7", "0.4"), ("42.5", "7.25"), ("1e200", "0.3")]),
    "xlogy": (lambda x, y: x * mp.log(y), [("1e-300", "1e-300"), ("0.3", "1.7"), ("-2.5", "0.2"), ("42.5", "1e9"), ("7.5", "0.999")]),
    "ln_sub_exp": (lambda x, y: mp.log(mp.exp(x) - mp.exp(y)), [("800", "799.5"), ("-1000", "-1001"), ("3", "-40"), ("2.5", "2.4999999"), ("0.5", "-0.2"), ("7.5", "1.5")]),
    "atan2": (lambda y, x: mp.arg(mp.mpc(x, y)), [("0.3", "1.7"), ("-2.5", "0.2"), ("1.5", "-0.7"), ("-0.3", "-4"), ("1e-100", "2e-100"), ("3e90", "1e90"), ("1e-9", "2")]),
    "hypot": (lambda x, y: mp.sqrt(x * x + y * y), [("0.3", "1.7"), ("-2.5", "0.2"), ("1.5", "-0.7"), ("1e-100", "2e-100"), ("3e200", "1e200"), ("1e-9", "2")]),
    "ln_beta": (lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b), [("1e-10", "1e-10"), ("1e-200", "3"), ("0.3", "15.5"), ("9.5", "15.5"), ("15.9", "16.1"), ("0.1", "200"), ("3", "1e100"), ("42.5", "77.7"), ("16", "1e20"), ("1e12", "1e12"), ("1e-5", "1e5")]),
    "ln_binomial": (ln_binomial, [("7", "3"), ("4.5", "1e-9"), ("3.5", "2.2"), ("2.5", "0.4"), ("20", "0.3"), ("40", "25"), ("40", "37.5"), ("29.5", "14"), ("1e10", "0.5"), ("1e10", "3"), ("1e10", "1e-9"), ("1e10", "4e9"), ("1e10", "9999999998.5"), ("123456", "60000"), ("1e5", "17")]),
}


def show(v):
    v = mp.re(mp.mpmathify(v))
    return "0" if v == 0 else mp.nstr(v, 20, min_fixed=0, max_fixed=0)


def derivatives(f, x, tiny):
    # Central differences of order 4 and more: truncation about h^4, rounding about 10^-dps / h^3, both negligible against 20
    # digits; with more digits for tiny arguments, where higher derivatives contribute less.
    digits, step = (1500, 240) if tiny else (500, 80)
    mp.mp.dps = digits
    size = abs(x) if x != 0 else 1
    h = mp.mpf(10) ** -step * size
    v = [f(x + k * h) for k in range(-3, 4)]
    d1 = (-v[0] + 9 * v[1] - 45 * v[2] + 45 * v[4] - 9 * v[5] + v[6]) / (60 * h)
    d2 = (2 * v[0] - 27 * v[1] + 270 * v[2] - 490 * v[3] + 270 * v[4] - 27 * v[5] + 2 * v[6]) / (180 * h**2)
    d3 = (v[0] - 8 * v[1] + 13 * v[2] - 13 * v[4] + 8 * v[5] - v[6]) / (8 * h**3)
    # What is left of a derivative that vanishes.
    noise = mp.mpf(10) ** -(digits - 4 * step)
    return [v[3]] + [mp.mpf(0) if abs(d * size**k) < noise * abs(v[3]) else d for k, d in ((1, d1), (2, d2), (3, d3))]


def row(task):
    name, args, wrt = task
    mp.mp.dps = 1500
    v = [mp.mpf(float(a)) for a in args]
    if name == "normal_quantile":
        # By the inverse function: the root to 60 digits, the derivatives from those of Phi.
        p = v[0]
        guess = -mp.sqrt(-2 * mp.log(min(p, 1 - p))) if p < 0.5 else mp.sqrt(-2 * mp.log(min(p, 1 - p)))
        if abs(p - 0.5) < 0.3:
            guess = mp.sqrt(2 * mp.pi) * (p - 0.5)
        x = guess
        for _ in range(60):
            u = (mp.ncdf(x) - p) / mp.npdf(x)
            x -= u / (1 + x * u / 2)
        r = 1 / mp.npdf(x)
        values = (x, r, x * r**2, (1 + 2 * x**2) * r**3)
    else:
        f = one[name][0] if name in one else two[name][0]
        g = lambda t: f(*[t if i == wrt else a for i, a in enumerate(v)])
        values = derivatives(g, v[wrt], min(abs(a) for a in v) < 1e-50)
    return ",".join([name, ";".join(args), str(wrt)] + [show(q) for q in values])


if __name__ == "__main__":
    tasks = [(name, (x,), 0) for name, (_, xs) in one.items() for x in xs]
    tasks += [("normal_quantile", (p,), 0) for p in quantile]
    tasks += [(name, args, wrt) for name, (_, rows) in two.items() for args in rows for wrt in (0, 1)]
    print("function,args,wrt,d0,d1,d2,d3")
    with Pool(2) as pool:
        for line in pool.imap(row, tasks):
            print(line, flush=True)
