"""Prints, per distribution and function, the largest relative disagreement of densities.csv (mpmath) and densities_r.csv
(R), the number of rows compared and of those that differ by more than 1e-13, and the worst row.
Made with Python 3.11.7. Usage, in this folder: python3 compare_sources.py [threshold]
With a threshold every row that differs by more is printed as well."""
import csv
import math
import sys


def read(path):
    with open(path, newline="", encoding="ascii") as lines:
        return {tuple(row[:4]): row[4:] for row in list(csv.reader(lines))[1:]}


def disagreement(a, b):
    if not math.isfinite(b):
        return math.inf
    return abs(a - b) / abs(a) if a else abs(b)


ours, theirs = read("densities.csv"), read("densities_r.csv")
threshold = float(sys.argv[1]) if len(sys.argv) > 1 else None
groups = {}
for key, (value, source) in theirs.items():
    error = disagreement(float(ours[key][0]), float(value))
    groups.setdefault((key[0], source, key[1]), []).append((error, key, ours[key][0], value))
for (name, source, function), rows in groups.items():
    worst = max(rows)
    above = sum(row[0] > 1e-13 for row in rows)
    print(f"{name:22} {source:9} {function:7} {len(rows):3} rows, {above:2} above 1e-13, largest {worst[0]:.1e}"
          f" at {worst[1][2]} | {worst[1][3]}")
    if threshold is not None:
        for error, key, value, r in sorted(rows, reverse=True):
            if error > threshold:
                print(f"    {error:.1e}  {key[2]} | {key[3]}  mpmath {value}  R {r}")
