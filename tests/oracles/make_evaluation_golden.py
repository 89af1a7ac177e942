"""Class scores by scikit-learn, errors in years by NumPy and SciPy -> golden/evaluation.json.
Run: python tests/oracles/make_evaluation_golden.py"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score

rng = np.random.default_rng(7)


def score(classes, n, labelled_classes):
    labelled = rng.choice(labelled_classes, n)
    predicted = np.where(rng.random(n) < 0.6, labelled, rng.integers(0, classes, n))
    return {
        "counts": confusion_matrix(labelled, predicted, labels=range(classes)).tolist(),
        "balancedAccuracy": float(balanced_accuracy_score(labelled, predicted)),
        "macroF1": float(f1_score(labelled, predicted, average="macro")),
    }


def measure(error, age):
    size = np.abs(error)
    return {
        "meanAbsoluteError": float(size.mean()),
        "medianAbsoluteError": float(np.median(size)),
        "rootMeanSquareError": float(np.sqrt(np.mean(error**2))),
        "bias": float(error.mean()),
        "within5": float(np.mean(size <= 5)),
        "errorSlope": float(stats.linregress(age, error).slope),
    }


def bootstrap(errors_by_group):
    """Percentile interval of the mean absolute error over whole groups."""
    sums = np.array([np.abs(errors).sum() for errors in errors_by_group])
    counts = np.array([len(errors) for errors in errors_by_group])
    result = stats.bootstrap(
        (sums, counts),
        lambda s, c, axis: s.sum(axis=axis) / c.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=100_000,
        batch=2000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    return {"low": float(result.low), "high": float(result.high)}


def years(groups, group_size):
    """People whose photographs share an error of their own; ages are whole, answers are not."""
    members = rng.integers(1, group_size + 1, groups)
    group = np.repeat(np.arange(groups), members)
    age = rng.integers(0, 91, len(group)).astype(float)
    shared = np.repeat(rng.normal(0, 4, groups), members)
    predicted = np.round(age + 0.15 * (35 - age) + shared + rng.normal(0, 4, len(group)), 3)
    error = predicted - age
    errors_by_group = [error[group == one] for one in range(groups)]
    return {
        "groups": group.tolist(),
        "labelled": age.tolist(),
        "predicted": predicted.tolist(),
        "figures": measure(error, age),
        "meanAbsoluteErrorInterval": bootstrap(errors_by_group),
    }


golden = {
    "source": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}",
    "classes": [score(2, 60, [0, 1]), score(7, 300, range(7)), score(9, 80, [1, 2, 3, 5]), score(5, 12, [0, 4])],
    "years": [years(150, 1), years(80, 4), years(301, 1)],
}
Path(__file__).with_name("golden").joinpath("evaluation.json").write_text(json.dumps(golden) + "\n")
