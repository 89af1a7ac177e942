"""Wilson intervals by statsmodels -> golden/wilson.json. Run: python tests/oracles/make_intervals_golden.py"""

import json
from pathlib import Path

import statsmodels
from statsmodels.stats.proportion import proportion_confint

pairs = [(0, 1), (1, 1), (1, 2), (0, 10), (10, 10), (3, 7), (29, 30), (87, 100), (512, 588), (5000, 10954), (99999, 100000)]
cases = []
for successes, n in pairs:
    low, high = proportion_confint(successes, n, alpha=0.05, method="wilson")
    cases.append({"successes": successes, "n": n, "low": float(low), "high": float(high)})

golden = {"source": f"statsmodels {statsmodels.__version__}, proportion_confint(method='wilson')", "cases": cases}
Path(__file__).with_name("golden").joinpath("wilson.json").write_text(json.dumps(golden, indent=1) + "\n")
