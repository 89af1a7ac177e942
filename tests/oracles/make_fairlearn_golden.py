"""Frames of Fairlearn's MetricFrame over drawn answers -> golden/fairlearn.json.
Run with Fairlearn 0.15 (its development version of August 2026, installed from source):
python tests/oracles/make_fairlearn_golden.py"""

import json
from pathlib import Path

import fairlearn
import fairlearn.metrics as fm
import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_score

rng = np.random.default_rng(5)
n = 900
race = rng.choice(["White", "Black", "Indian", "East Asian"], n, p=[0.45, 0.26, 0.18, 0.11])
gender = rng.choice(["Female", "Male"], n)
y_true = rng.integers(0, 2, n)
y_pred = np.where(rng.random(n) < 0.12, 1 - y_true, y_true)


def frame(labelled, answered, features, measures):
    found = fm.MetricFrame(metrics=measures, y_true=labelled, y_pred=answered, sensitive_features=features)
    name = lambda group: "|".join(group) if isinstance(group, tuple) else group  # noqa: E731
    out = {
        "overall": found.overall.to_dict(),
        "by_group": {name(group): row.to_dict() for group, row in found.by_group.iterrows()},
        "group_min": found.group_min().to_dict(),
        "group_max": found.group_max().to_dict(),
    }
    for method in ("between_groups", "to_overall"):
        out[f"difference/{method}"] = found.difference(method=method).to_dict()
        out[f"ratio/{method}"] = found.ratio(method=method).to_dict()
    return out


binary = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "selection_rate": fm.selection_rate,
    "tpr": fm.true_positive_rate,
    "fpr": fm.false_positive_rate,
    "fnr": fm.false_negative_rate,
    "tnr": fm.true_negative_rate,
    "precision": precision_score,
    "count": fm.count,
}
frames = {}
for title, features in {
    "race": race,
    "gender": gender,
    "race x gender": np.column_stack([race, gender]),
}.items():
    given = {"sensitive_features": features}
    frames[title] = frame(y_true, y_pred, features, binary) | {
        "demographic_parity_difference": fm.demographic_parity_difference(y_true, y_pred, **given),
        "demographic_parity_ratio": fm.demographic_parity_ratio(y_true, y_pred, **given),
        "equalized_odds_difference": fm.equalized_odds_difference(y_true, y_pred, **given),
        "equalized_odds_ratio": fm.equalized_odds_ratio(y_true, y_pred, **given),
    }

many_true = rng.integers(0, 7, n)
many_pred = np.where(rng.random(n) < 0.33, rng.integers(0, 7, n), many_true)
many = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "macro_f1": lambda labelled, answered: f1_score(labelled, answered, average="macro"),
    "count": fm.count,
}
golden = {
    "source": f"fairlearn {fairlearn.__version__}",
    "y_true": y_true.tolist(),
    "y_pred": y_pred.tolist(),
    "race": race.tolist(),
    "gender": gender.tolist(),
    "frames": frames,
    "multiclass": {
        "y_true": many_true.tolist(),
        "y_pred": many_pred.tolist(),
        "race": frame(many_true, many_pred, race, many),
    },
}
Path(__file__).with_name("golden").joinpath("fairlearn.json").write_text(json.dumps(golden, separators=(",", ":")))
