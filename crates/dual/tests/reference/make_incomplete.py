"""Incomplete gamma and beta functions and their derivatives (mpmath, 110 to 1000 digits; printed to 20).
Columns: function, args (';'-separated, exact doubles), index of the argument differentiated, d0..d3.
Usage: python make_incomplete.py > incomplete.csv"""
import mpmath as mp

def gamma_tail(a, x, sign):
    """P (sign -1) or Q (sign 1) by quadrature of the definition, with t = x e^s, for large a."""
    scale = 1 / max(mp.sqrt(x), abs(x - a) / 10)
    g = lambda s: mp.exp(a*s*sign - x*mp.expm1(s*sign))
    ends = [scale*k for k in (0, 2, 4, 6, 8, 10, 13, 17, 22, 28, 36)]
    return mp.quad(g, ends) * mp.exp(a*mp.log(x) - x - mp.loggamma(a))

def p(a, x):
    if a > 1e4:
        return gamma_tail(a, x, -1) if x < a else 1 - gamma_tail(a, x, 1)
    # series of positive terms, DLMF 8.7.1
    s, t, n = mp.mpf(1), mp.mpf(1), 0
    while t > s * mp.mpf(10)**(-mp.mp.dps - 5):
        n += 1; t *= x/(a + n); s += t
    return s * mp.exp(a*mp.log(x) - x - mp.loggamma(a + 1))

def q(a, x):
    return gamma_tail(a, x, 1) if a > 1e4 and x > a else 1 - p(a, x)

def i(x, a, b):
    """Power series of positive terms, DLMF 8.17.8; the side below 1/2."""
    if x > 0.5:
        return 1 - i(1 - x, b, a)
    s, t, n = mp.mpf(1), mp.mpf(1), 0
    while t > s * mp.mpf(10)**(-mp.mp.dps - 5):
        t *= x*(a + b + n)/(a + 1 + n); n += 1; s += t
    return s * mp.exp(a*mp.log(x) + b*mp.log(1-x) + mp.loggamma(a+b) - mp.loggamma(a+1) - mp.loggamma(b))

GAMMA = ["1e-200;1e-100", "1e-10;0.3", "1e-10;5", "0.001;0.999", "0.3;1e-30", "0.9;0.99", "0.99;1.01", "1.5;1.4", "1.5;1.6", "1.5;40",
    "5;4.9", "5;5.1", "9.9;9.8", "10.1;10", "10.1;10.2", "15.5;3", "50;1e-5", "50;500", "1000;900", "1000;1000",
    "1000;1200", "1e6;999000", "1e6;1.001e6", "1e12;1000001000000", "1e12;999998000000"]
BETA = ["0.3;2.5;3.5", "0.7;2.5;3.5", "1e-60;0.5;0.5", "1e-10;0.5;5", "0.999999;0.5;3", "0.5;1e-10;2", "0.5;2;1e-10",
    "0.2;1e-5;1e-6", "0.999;2;0.01", "0.3;0.7;0.4", "0.6;0.7;0.4", "0.99;20;0.3", "0.6;30;20", "0.6;50;50", "0.02;3;200",
    "0.01;3;200", "0.98;300;3", "0.4;9;1000", "0.5;1000;1000", "0.48;1000;1000", "0.25;2000;7000", "1e-5;12;1e6", "1e-5;5;1e6",
    "0.1;500;1", "0.9;1;1e-5", "0.001;1e4;1e7"]

def derivs(f, x, step):
    h = mp.mpf(10)**-step * abs(x)
    v = [f(x + k*h) for k in (-3,-2,-1,0,1,2,3)]
    return (v[3], (-v[0]+9*v[1]-45*v[2]+45*v[4]-9*v[5]+v[6])/(60*h),
        (2*v[0]-27*v[1]+270*v[2]-490*v[3]+270*v[4]-27*v[5]+2*v[6])/(180*h**2),
        (v[0]-8*v[1]+13*v[2]-13*v[4]+8*v[5]-v[6])/(8*h**3))

def row(name, f, args):
    values = [mp.mpf(float(s)) for s in args.split(";")]
    big = name.startswith("ln_gamma") and values[0] > 1e4
    mp.mp.dps = 110 if big else 1000 if min(values) < 1e-150 else 460
    for k in range(len(values)):
        at = lambda t: mp.log(f(*values[:k], t, *values[k+1:]))
        d = derivs(at, values[k], 20 if big else 28)
        print(",".join([name, args, str(k)] + [mp.nstr(v, 20, min_fixed=0, max_fixed=0) for v in d]), flush=True)

print("function,args,wrt,d0,d1,d2,d3")
for args in GAMMA:
    row("ln_gamma_p", p, args)
    row("ln_gamma_q", q, args)
for args in BETA:
    row("ln_beta_inc", i, args)
    row("ln_beta_inc_complement", lambda x, a, b: 1 - i(x, a, b), args)
