"""Maximum likelihood estimates and standard errors (observed information) to 20 digits, by Newton's method with 50-digit
arithmetic, for the models where R stops after about ten digits: Fisher scoring there converges linearly, and glm.nb was
polished with numerical derivatives.
Usage: python make_mle.py > mle.json        (mpmath; its version is printed into the output; about a minute)"""
import csv, json
import mpmath as mp
mp.mp.dps = 50


def table(name):
    with open(f"../data/{name}.csv") as f:
        return list(csv.DictReader(f))


def partials(f, args):
    """Value, gradient and Hessian of f at args by central differences of order 4 with steps of 1e-9: error about 1e-30."""
    n, h = len(args), mp.mpf(10) ** -9
    f0 = f(*args)
    shift = lambda moves: f(*[a + moves.get(i, 0) * h for i, a in enumerate(args)])
    g = [(-shift({i: 2}) + 8 * shift({i: 1}) - 8 * shift({i: -1}) + shift({i: -2})) / (12 * h) for i in range(n)]
    H = [[None] * n for _ in range(n)]
    c = {-2: 1, -1: -8, 1: 8, 2: -1}
    for i in range(n):
        H[i][i] = (-shift({i: 2}) + 16 * shift({i: 1}) - 30 * f0 + 16 * shift({i: -1}) - shift({i: -2})) / (12 * h * h)
        for j in range(i):
            H[i][j] = H[j][i] = sum(c[a] * c[b] * shift({i: a, j: b}) for a in c for b in c) / (144 * h * h)
    return f0, g, H


def fit(name, f, X, y, start, extra):
    """f(eta, extra.., y): log-density of a row; X: rows of the design; coefficients first, then the extra parameters."""
    X = [[mp.mpf(v) for v in row] for row in X]
    p, k = len(X[0]), len(extra)
    b = [mp.mpf(v) for v in start]
    for step in range(60):
        l, g, H = mp.mpf(0), mp.zeros(p + k, 1), mp.zeros(p + k)
        for row, yi in zip(X, y):
            eta = mp.fdot(row, b[:p])
            v, d, D = partials(lambda *z: f(*z, yi), [eta] + b[p:])
            l += v
            J = [row + [0] * k] + [[1 if j == p + m else 0 for j in range(p + k)] for m in range(k)]
            for a in range(1 + k):
                for i in range(p + k):
                    g[i] += d[a] * J[a][i]
                for c in range(1 + k):
                    for i in range(p + k):
                        for j in range(p + k):
                            H[i, j] += D[a][c] * J[a][i] * J[c][j]
        delta = mp.lu_solve(H, g)
        b = [bi - di for bi, di in zip(b, delta)]
        if mp.norm(delta) < mp.mpf(10) ** -24:
            break
    else:
        raise SystemExit(name + " did not converge")
    V = (-H) ** -1
    show = lambda v: mp.nstr(v, 20)
    return {"coef": [show(v) for v in b], "se": [show(mp.sqrt(V[i, i])) for i in range(p + k)], "loglik": show(l)}


out = {"mpmath": mp.__version__}
rows = table("birthwt")
out["birthwt_cloglog"] = fit(
    "cloglog", lambda eta, y: mp.log(-mp.expm1(-mp.exp(eta))) if y else -mp.exp(eta),
    [[1, r["age"], r["lwt"], r["smoke"]] for r in rows], [r["low"] == "1" for r in rows],
    [0.76, -0.0302, -0.0101, 0.52], [])
rows = table("lung")
X = [[1, r["age"], r["sex"]] for r in rows]
t = [mp.mpf(r["time"]) for r in rows]
out["lung_gamma"] = fit(
    "gamma", lambda eta, a, y: a * mp.log(a) - a * eta + (a - 1) * mp.log(y) - a * y * mp.exp(-eta) - mp.loggamma(a),
    X, t, [5.845, -0.00574, 0.167, 2], ["shape"])
rows = table("quine")
level = lambda v, name: 1 if v == name else 0
X = [[1, level(r["Eth"], "N"), level(r["Sex"], "M"), level(r["Age"], "F1"), level(r["Age"], "F2"), level(r["Age"], "F3"),
      level(r["Lrn"], "SL")] for r in rows]
out["quine_nb2"] = fit(
    "nb2", lambda eta, s, y: mp.loggamma(y + s) - mp.loggamma(s) - mp.loggamma(y + 1) + s * mp.log(s) + y * eta
    - (y + s) * mp.log(s + mp.exp(eta)),
    X, [mp.mpf(r["Days"]) for r in rows], [2.89, -0.57, 0.08, -0.45, 0.09, 0.36, 0.29, 1.27], ["size"])
print(json.dumps(out, indent=1))
