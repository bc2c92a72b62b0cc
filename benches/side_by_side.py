"""Other software and this library on the same data, in one run on one processor, side by side.

    pip install -r REQUIREMENTS_OF_THE_PEERS        # into the Python that PY names
    MAXLIK_BENCH_DATA=data python3 benches/side_by_side.py [--threads N] [--write] [WORKLOAD ...]

The peers are run by the scripts in MAXLIK_BENCH_PEERS (default ../shared/bench): `make_data.py` makes the data sets, `run.sh THREADS
SCRIPT DATASET PEER` runs one peer pinned to processors 0 .. N - 1 and appends a line of JSON. For each data set the peers go first,
then `cargo bench --bench workloads`, pinned likewise. Lines go to OUT/results.jsonl (OUT: target/side_by_side), the table to standard
output, and with --write into docs/performance.md. A failing check of a result ends the run with an error.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

LOGISTIC = "numpy_irls jax_irls jax_newton sklearn_newton_cholesky sklearn_lbfgs statsmodels_logit"
IID = "jax_newton scipy_bfgs"

# Data set, what it is, {script: peers}, our workloads: those whose names begin so.
WORKLOADS = [
    ("w1_linear", "linear regression with sigma, 1e6 x 20",
     {"w1_linear.py": "numpy_normal numpy_lstsq sklearn_ols statsmodels_ols"}, ["w1_linear"]),
    ("w2_1e6x20", "logistic regression, 1e6 x 20", {"w2_logistic.py": LOGISTIC}, ["w2_1e6x20"]),
    ("w2_1e5x100", "logistic regression, 1e5 x 100", {"w2_logistic.py": LOGISTIC}, ["w2_1e5x100"]),
    ("w2_1e4x5", "logistic regression, 1e4 x 5", {"w2_logistic.py": LOGISTIC}, ["w2_1e4x5"]),
    ("w2_100x3", "logistic regression, 100 x 3", {"w2_logistic.py": LOGISTIC}, ["w2_100x3"]),
    ("w3_negbin", "negative binomial regression, 1e6 x 10",
     {"w3_negbin.py": "jax_newton numpy_newton statsmodels_nb derivs_jax derivs_numpy"}, ["w3_negbin", "w11_derivatives"]),
    ("w4_weibull", "Weibull sample, 1e6", {"w4_w6_custom.py": "numpy_newton " + IID}, ["w4_weibull"]),
    ("w5_zip", "zero-inflated Poisson regression, 2e5 x (5 + 3)", {"w5_zip.py": "jax_newton statsmodels_bfgs"}, ["w5_zip"]),
    ("w6_student", "Student sample with degrees of freedom, 1e6", {"w4_w6_custom.py": IID}, ["w6_student"]),
    ("w7_1e5x10k8", "Gaussian mixture, 1e5 x 10, 8 components, 50 iterations",
     {"w7_mixture.py": "numpy_em sklearn_gmm jax_em"}, ["w7_1e5x10k8"]),
    ("w8_hmm", "normal hidden Markov model, 1e5, 4 states, 20 iterations",
     {"w8_hmm.py": "jax_scan hmmlearn_scaling"}, ["w8_hmm"]),
    ("w9_factor", "factor analysis, 1e4 x 50, 5 factors",
     {"w9_factor.py": "sklearn_fa", "w9_w10_latent.R": "factanal"}, ["w9_factor"]),
]


def run_peers(folder, out, threads, data, scripts):
    """The lines that the peers print."""
    results = os.path.join(out, "results.jsonl")
    environment = {**os.environ, "BENCH_DATA": os.environ["MAXLIK_BENCH_DATA"], "BENCH_OUT": out}
    before = os.path.getsize(results) if os.path.exists(results) else 0
    for script, peers in scripts.items():
        for peer in peers.split():
            print(f"{data}: {peer}", file=sys.stderr)
            subprocess.run([os.path.join(folder, "run.sh"), str(threads), script, data, peer], env=environment,
                           stdout=sys.stderr, check=False)
    if not os.path.exists(results):
        return []
    with open(results) as file:
        file.seek(before)
        return [line for line in map(json.loads, file) if line.get("data") == data and "peer" in line]


def build():
    """The path of our bench."""
    command = ["cargo", "bench", "--bench", "workloads", "--no-run", "--message-format", "json"]
    messages = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    artifacts = [json.loads(line) for line in messages.splitlines() if line.startswith("{")]
    return next(a["executable"] for a in artifacts if a.get("executable") and a["target"]["name"] == "workloads")


def run_ours(bench, out, threads, data, names):
    """Our lines, one for each form of the model."""
    print(f"{data}: maxlik", file=sys.stderr)
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    done = subprocess.run(["taskset", "-c", f"0-{threads - 1}", bench, *names], env=environment, stdout=subprocess.PIPE,
                          text=True, check=False)
    with open(os.path.join(out, "results.jsonl"), "a") as file:
        file.write(done.stdout)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode == 0


def seconds(s):
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if s * scale >= 1 or unit == "µs":
            return f"{s * scale:.3g} {unit}"


def time_of(line):
    return line.get("extra", {}).get("seconds_of_50", line["median_s"])


# Our names beyond those of the data sets.
FORMS = {"_closure": ", closure", "_five_starts": ", from five starts", "_maximum": ", on to the maximum and standard errors"}


def rows(description, peers, ours):
    """Rows of the table; the ratio is that of the fastest peer."""
    fits = sorted((p for p in peers if not p["peer"].startswith("derivs")), key=time_of)
    listed = ", ".join(f"{p['peer']} {seconds(time_of(p))}" for p in fits)
    for line in ours:
        if line["workload"] == "W11":
            continue
        form = next((text for ending, text in FORMS.items() if line["data"].endswith(ending)), "")
        # Nobody else goes on to the maximum.
        comparable = fits and not line["data"].endswith("_maximum")
        ratio = f"{time_of(fits[0]) / time_of(line):.2f}" if comparable else ""
        calls = line["evaluations"]
        effort = f"{line['iters']} / {calls['values'] + calls['gradients'] + calls['hessians']}"
        memory = "" if line["peak_mib"] is None else f"{line['peak_mib']:.1f}"
        yield f"| {description}{form} | {listed} | {seconds(time_of(line))} | {ratio} | {effort} | {memory} |"


def prices(peers, ours):
    """Rows of the table of derivatives: value, and ratios to it."""
    for line in peers + ours:
        extra = line.get("extra", {})
        if line["peer"].startswith("derivs"):
            gradient = extra.get("value_and_gradient_ratio", 1 + extra["gradient_ratio"])
            yield f"| {line['peer'][7:]} | {seconds(extra['value_s'])} | {gradient:.2f} | {gradient + extra['hessian_ratio']:.2f} |"
        elif line["workload"] == "W11":
            yield (f"| maxlik | {seconds(extra['value_s'])} | {extra['value_score_ratio']:.2f} |"
                   f" {extra['value_score_information_ratio']:.2f} |")


def machine(threads, load):
    with open("/proc/cpuinfo") as file:
        fields = [line.split(":", 1) for line in file if ":" in line]
    model = next((value.strip() for key, value in fields if key.strip() == "model name"), "unknown processor")
    flags = next((value.split() for key, value in fields if key.strip() == "flags"), [])
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "SSE2"
    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[1]
    return f"{model} ({wide}), {os.cpu_count()} processors of which {threads} used; rustc {rustc}, stock target; up to {load:.1f} programs at a time had work to do."


def replace(page, mark, text):
    """Puts text between the page's marks."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    with open(page) as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    with open(page, "w") as file:
        file.write(before + begin + text + "\n" + end + after)


def main():
    parser = argparse.ArgumentParser(description="Other software and maxlik on the same data, side by side.")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="data sets, all by default")
    arguments = parser.parse_args()
    peers_folder = os.environ.get("MAXLIK_BENCH_PEERS", os.path.join(ROOT, "../shared/bench"))
    out = os.environ.get("OUT", os.path.join(ROOT, "target/side_by_side"))
    os.makedirs(out, exist_ok=True)

    bench, agree, table, price, load = build(), True, [], [], 0.0
    for data, description, scripts, names in WORKLOADS:
        if arguments.workloads and data not in arguments.workloads:
            continue
        peers = run_peers(peers_folder, out, arguments.threads, data, scripts)
        ours, agrees = run_ours(bench, out, arguments.threads, data, names)
        agree, load = agree and agrees, max(load, os.getloadavg()[0])
        table += rows(description, peers, ours)
        price += prices(peers, ours)

    table = "\n".join(["| workload | other software | maxlik | ratio of the fastest | iterations / evaluations | MiB beyond the data |",
                       "|---|---|---|---|---|---|", *table])
    price = "\n".join(["| | value alone | with gradient | with gradient and Hessian |", "|---|---|---|---|", *price])
    where = machine(arguments.threads, load)
    print(f"{where}\n\n{table}\n\n{price}")
    if arguments.write:
        page = os.path.join(ROOT, "docs/performance.md")
        for mark, text in [("machine", where), ("workloads", table), ("derivatives", price)]:
            replace(page, mark, text)
    if not agree:
        sys.exit("some results are not those of the references, see above")


main()
