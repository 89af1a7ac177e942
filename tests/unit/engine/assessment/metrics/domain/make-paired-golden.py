"""Newcombe's intervals for the difference of paired shares (1998, method 10 without the correction of phi), by statsmodels' Wilson
intervals and the formula written out: python3 make-paired-golden.py > paired-golden.json"""

import json
from math import sqrt

from statsmodels.stats.proportion import proportion_confint

cases = []
for both, first, second, neither in [
    (60, 20, 10, 10), (400, 31, 12, 57), (30, 1, 1, 8), (900, 60, 59, 81), (20, 15, 30, 35), (51, 0, 4, 5), (33, 40, 21, 6),
]:
    n = both + first + second + neither
    p1, p2 = (both + first) / n, (both + second) / n
    l1, u1 = proportion_confint(both + first, n, 0.05, "wilson")
    l2, u2 = proportion_confint(both + second, n, 0.05, "wilson")
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    phi = 0 if margins == 0 else (both * neither - first * second) / sqrt(margins)
    reach = lambda x, y: sqrt(max(0, x * x + y * y - 2 * phi * x * y))
    cases.append(dict(
        both=both, first=first, second=second, neither=neither, difference=p1 - p2,
        low=p1 - p2 - reach(p1 - l1, u2 - p2), high=p1 - p2 + reach(u1 - p1, p2 - l2),
    ))
print(json.dumps(cases, indent=1))
