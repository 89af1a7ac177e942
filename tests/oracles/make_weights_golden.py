"""Weights of a mean of probabilities by SciPy's SLSQP, which maximises the mean log probability of the labels -> golden/weights.json.
Run: python tests/oracles/make_weights_golden.py"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize


def stack(probabilities):
    """probabilities: [images, sources]; returns [sources], on the simplex."""
    sources = probabilities.shape[1]
    found = minimize(
        lambda weights: -np.mean(np.log(probabilities @ weights)),
        np.full(sources, 1 / sources),
        jac=lambda weights: -np.mean(probabilities / (probabilities @ weights)[:, None], axis=0),
        method="SLSQP",
        bounds=[(0, 1)] * sources,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert found.success, found.message
    return found.x


def make_case(name, seed, skills):
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=200)
    logits = np.stack([skill + hard + rng.normal(size=200) * 1.5 for skill in skills], axis=1)
    probabilities = np.round(1 / (1 + np.exp(-logits)), 6)
    return {
        "name": name,
        "probabilities": probabilities.tolist(),
        "weights": stack(probabilities).round(9).tolist(),
    }


golden = {
    "source": f"SciPy {scipy.__version__}: minimize(method='SLSQP')",
    "cases": [
        make_case("three alike", 1, [1.0, 1.0, 1.0]),
        make_case("two, one of them better", 2, [1.6, 1.0]),
        make_case("three, one of them always wrong", 3, [2.0, -2.0, 1.5]),
    ],
}
path = Path(__file__).parent / "golden" / "weights.json"
path.write_text(json.dumps(golden, separators=(",", ":")))
