"""Mixtures of two regressions on examples/data/npreg.csv, to 20 digits: Newton's method in 50-digit arithmetic, with derivatives by central
differences of step 1e-14 (error about 1e-28), from the estimates of flexmix in mixtures_flexmix.json (make_mixtures.R).
Run: python3 make_mixtures.py   (needs mpmath); writes mixtures.json here."""
import csv
import json

import mpmath as mp

mp.mp.dps = 50
ROWS = [tuple(mp.mpf(row[c]) for c in ("x", "yn", "yb")) for row in csv.DictReader(open("../../examples/data/npreg.csv"))]


def ln_normal(y, mu, sd):
    return -((y - mu) / sd) ** 2 / 2 - mp.log(sd) - mp.log(2 * mp.pi) / 2


def log_likelihood(theta, concomitant):
    a, b = theta[0:4], theta[4:8]
    total = mp.mpf(0)
    for x, y, z in ROWS:
        pi = 1 / (1 + mp.exp(-(theta[8] + theta[9] * z))) if concomitant else theta[8]
        density = [mp.exp(ln_normal(y, c[0] + c[1] * x + c[2] * x * x, c[3])) for c in (a, b)]
        total += mp.log((1 - pi) * density[0] + pi * density[1])
    return total


def derivatives(theta, concomitant, h=mp.mpf("1e-14")):
    m = len(theta)

    def at(*moves):
        moved = list(theta)
        for i, sign in moves:
            moved[i] += sign * h
        return log_likelihood(moved, concomitant)

    centre = at()
    up, down = [at((i, 1)) for i in range(m)], [at((i, -1)) for i in range(m)]
    g = mp.matrix([(up[i] - down[i]) / (2 * h) for i in range(m)])
    H = mp.matrix(m, m)
    for i in range(m):
        H[i, i] = (up[i] - 2 * centre + down[i]) / h**2
        for j in range(i):
            both = at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1))
            H[i, j] = H[j, i] = both / (4 * h * h)
    return centre, g, H


def fit(start, concomitant):
    theta = [mp.mpf(t) for t in start]
    for _ in range(4):
        _, g, H = derivatives(theta, concomitant)
        step = mp.lu_solve(H, g)
        theta = [t - s for t, s in zip(theta, step)]
    l, g, H = derivatives(theta, concomitant)
    assert max(abs(x) for x in g) < mp.mpf("1e-20"), g
    V = (-H) ** -1
    digits = lambda x: mp.nstr(x, 20)
    se = [digits(mp.sqrt(V[i, i])) for i in range(len(theta))]
    return {"log_likelihood": digits(l), "estimates": [digits(t) for t in theta], "std_errors": se}


flexmix = json.load(open("mixtures_flexmix.json"))
out = {"software": f"mpmath {mp.__version__}, from {flexmix['software']}"}
for name in ("constant", "concomitant"):
    out[name] = fit(flexmix[name]["estimates"], name == "concomitant")
    out[name]["flexmix_log_likelihood"] = str(flexmix[name]["log_likelihood"])
json.dump(out, open("mixtures.json", "w"), indent=1)
