"""Writes golden/temperature.json: the temperature that makes labels likeliest, by scipy, and its sandwich interval by finite differences.

Run: python tests/oracles/make_temperature_golden.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

rng = np.random.default_rng(7)
n, k = 240, 4
logits = rng.normal(size=(n, k)) * 2.5
# Labels that are drawn from softer logits: a model that is too sure.
labels = np.array([rng.choice(k, p=p) for p in softmax(logits / 2.0, axis=1)])
clusters = np.repeat(np.arange(n // 3), 3)
probabilities = softmax(logits, axis=1).astype(np.float32)
logs = np.log(probabilities.astype(np.float64))


def losses(beta):
    return -log_softmax(beta * logs, axis=1)[np.arange(n), labels]


best = minimize_scalar(lambda beta: losses(beta).sum(), bounds=(0.02, 50), method="bounded", options={"xatol": 1e-12})
beta, step = best.x, 1e-4
slopes = (losses(beta + step) - losses(beta - step)) / (2 * step)
curve = ((losses(beta + step) - 2 * losses(beta) + losses(beta - step)) / step**2).sum()
by_cluster = np.array([slopes[clusters == c].sum() for c in np.unique(clusters)])
half = 1.959963984540054 * np.sqrt((by_cluster**2).sum()) / curve
golden = {
    "probabilities": [round(float(p), 9) for p in probabilities.ravel()],
    "labels": k,
    "labelled": labels.tolist(),
    "clusters": clusters.tolist(),
    "temperature": 1 / beta,
    "low": 1 / (beta + half),
    "high": 1 / (beta - half),
    "ownLoss": float(losses(1).mean()),
    "loss": float(losses(beta).mean()),
}
(Path(__file__).parent / "golden" / "temperature.json").write_text(json.dumps(golden) + "\n")
