"""Multinomial logistic regression by scikit-learn -> golden/logistic.json.
Run: python tests/oracles/make_logistic_golden.py"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(11)


def make_case(n, d, classes, c):
    centres = rng.normal(size=(classes, d))
    labels = rng.integers(0, classes, n)
    points = np.round(centres[labels] + 2 * rng.normal(size=(n, d)) * rng.uniform(0.5, 4, d), 4)
    points = points.astype(np.float32)
    scaled = StandardScaler().fit_transform(points.astype(np.float64))
    model = LogisticRegression(C=c, tol=1e-12, max_iter=10000).fit(scaled, labels)
    return {
        "classes": classes,
        "c": c,
        "labels": labels.tolist(),
        "points": points.astype(float).round(4).tolist(),
        "probabilities": model.predict_proba(scaled).round(9).tolist(),
    }


golden = {
    "source": f"scikit-learn {sklearn.__version__}: StandardScaler, LogisticRegression(tol=1e-12)",
    "cases": [make_case(60, 4, 3, 1.0), make_case(120, 6, 5, 0.1)],
}
path = Path(__file__).parent / "golden" / "logistic.json"
path.write_text(json.dumps(golden, separators=(",", ":")))
