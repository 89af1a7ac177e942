"""Cohen's kappa with its interval by statsmodels -> golden/kappa.json. Run: python tests/oracles/make_kappa_golden.py"""

import json
from pathlib import Path

import numpy as np
import statsmodels
from statsmodels.stats.inter_rater import cohens_kappa

tables = [
    [[20, 5], [10, 15]],
    [[45, 15], [25, 15]],
    [[44, 5, 1], [7, 20, 3], [9, 5, 6]],
    [[10, 0], [0, 10]],
    [[0, 10], [10, 0]],
    [[97, 1], [1, 1]],
    [[88, 14, 18], [10, 40, 10], [2, 6, 12]],
    [[50, 0, 0], [3, 0, 0], [0, 2, 45]],
]
cases = []
for table in tables:
    result = cohens_kappa(np.array(table))
    cases.append({"counts": table, "value": float(result.kappa), "low": float(result.kappa_low), "high": float(result.kappa_upp)})

golden = {"source": f"statsmodels {statsmodels.__version__}, cohens_kappa", "cases": cases}
Path(__file__).with_name("golden").joinpath("kappa.json").write_text(json.dumps(golden, indent=1) + "\n")
