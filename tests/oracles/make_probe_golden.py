"""Heads on described faces by scikit-learn -> golden/probe.json; with a file of real descriptors it compares instead.
Run: python tests/oracles/make_probe_golden.py
Compare: python tests/oracles/make_probe_golden.py faces.json
`bench/probe.ts --dump faces.json` writes such a file: descriptors, labels and what the product answers, of both parts of a split."""

import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def fit(points, labels, c):
    """Only rows that bear the label, which -1 says they do not; in float64, which float32 rows would keep it from."""
    points = points.astype(np.float64)
    known = labels >= 0
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-10, max_iter=20000))
    return model.fit(points[known], labels[known])


def make_case(rng, faces, dimensions, c):
    centres = rng.normal(size=(4, dimensions)) * 0.06
    race = rng.integers(0, 4, faces)
    gender = rng.integers(0, 2, faces)
    points = centres[race] + rng.normal(size=(faces, dimensions)) * 0.05
    points[:, 0] += 0.05 * gender
    points = np.round(points, 5).astype(np.float32)
    race[rng.random(faces) < 0.1] = -1
    gender[rng.random(faces) < 0.2] = -1
    # A class of the scheme that nobody has learns nothing, and a head is fitted without it.
    race[race == 3] = 4
    return {
        "c": c,
        "points": points.astype(float).round(5).tolist(),
        "race": race.tolist(),
        "gender": gender.tolist(),
        "raceProbabilities": fit(points, race, c).predict_proba(points.astype(np.float64)).round(9).tolist(),
        "genderProbabilities": fit(points, gender, c).predict_proba(points.astype(np.float64)).round(9).tolist(),
    }


def compare(file):
    """The largest difference of any probability on both parts, by head."""
    given = json.loads(Path(file).read_text())
    for task, head in given["heads"].items():
        parts = {name: np.array(part["descriptors"], dtype=np.float32) for name, part in given["parts"].items()}
        labels = {name: np.array(part["labels"][task]) for name, part in given["parts"].items()}
        model = fit(parts["train"], labels["train"], given["c"])
        seen = model[-1].classes_
        for name, points in parts.items():
            ours = np.array(head["probabilities"][name])[:, seen]
            theirs = model.predict_proba(points.astype(np.float64))
            right = (seen[theirs.argmax(1)] == labels[name])[labels[name] >= 0].mean()
            print(f"{task} {name}: n = {len(points)}, largest difference {np.abs(ours - theirs).max():.2e}, accuracy {right:.4f}")


if len(sys.argv) > 1:
    compare(sys.argv[1])
else:
    generator = np.random.default_rng(5)
    golden = {
        "source": f"scikit-learn {sklearn.__version__}: StandardScaler, LogisticRegression(tol=1e-10)",
        "cases": [make_case(generator, 90, 8, 0.01), make_case(generator, 140, 10, 1.0)],
    }
    path = Path(__file__).parent / "golden" / "probe.json"
    path.write_text(json.dumps(golden, separators=(",", ":")))
