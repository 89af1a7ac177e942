"""Metrics by scikit-learn, distributions and exact tests by SciPy, corrections, clustered variances, differences and
the spread between groups by statsmodels -> golden/fairness.json.
Run: python tests/oracles/make_fairness_golden.py"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

rng = np.random.default_rng(11)


def distributions():
    shapes = [(0.5, 0.5), (1, 30), (12, 3.5), (900.25, 99.75), (54000, 54501)]
    return {
        "betaCdf": [[x, a, b, float(stats.beta.cdf(x, a, b))] for a, b in shapes for x in (0.01, 0.3, 0.4975, 0.95)],
        "betaQuantile": [[q, a, b, float(stats.beta.ppf(q, a, b))] for a, b in shapes for q in (0.025, 0.5, 0.999)],
        "normalTail": [[x, float(stats.norm.sf(x))] for x in (-3.0, 0.0, 0.7, 2.49, 2.51, 5.0, 9.0)],
        "normalQuantile": [[q, float(stats.norm.ppf(q))] for q in (1e-6, 0.025, 0.3, 0.5, 0.8, 0.9999)],
        "studentTwoSided": [[t, df, float(2 * stats.t.sf(t, df))] for df in (1, 3.7, 29, 5000) for t in (0.1, 1.96, 6.0)],
        "studentCritical": [[a, df, float(stats.t.isf(a / 2, df))] for df in (1, 3.7, 29, 5000) for a in (0.2, 0.05, 1e-4)],
        "chiSquaredTail": [[x, df, float(stats.chi2.sf(x, df))] for df in (1, 6, 125) for x in (0.5, 7.0, 160.0)],
        "exact": [
            [k, n, *map(float, proportion_confint(k, n, 0.05, "beta"))]
            for k, n in ((0, 1), (0, 87), (3, 87), (87, 87), (8650, 10954))
        ],
    }


def corrections():
    families = [
        [0.01, 0.04, 0.03, 0.005],
        [0.9, 0.2, 0.0001, 0.0001, 0.04, 0.049, 0.011],
        rng.random(40).tolist(),
        (rng.random(40) ** 3).tolist(),
    ]
    return [
        {
            "p": p,
            "holm": multipletests(p, method="holm")[1].tolist(),
            "benjaminiHochberg": multipletests(p, method="fdr_bh")[1].tolist(),
        }
        for p in families
    ]


def calibration_error(confidence, is_true, bins=15):
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(
        sum(
            abs(confidence[which == one].mean() - is_true[which == one].mean()) * (which == one).mean()
            for one in np.unique(which)
        )
    )


def classes(n, k, groups):
    labelled = rng.integers(0, k, n)
    logits = rng.normal(0, 1, (n, k)) + 1.3 * np.eye(k)[labelled]
    probabilities = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    predicted = probabilities.argmax(1)
    group = rng.integers(0, groups, n)
    wide = probabilities.astype(np.float64)

    def score(at):
        y, p, w = labelled[at], predicted[at], wide[at]
        found = {
            "accuracy": metrics.accuracy_score(y, p),
            "balancedAccuracy": metrics.balanced_accuracy_score(y, p),
            "macroF1": metrics.f1_score(y, p, average="macro"),
            "top2": metrics.top_k_accuracy_score(y, w, k=2, labels=range(k)) if k > 2 else 1.0,
            "brier": float(((w - np.eye(k)[y]) ** 2).sum(1).mean()),
            "topLabelError": calibration_error(w[np.arange(len(y)), p], (y == p).astype(float)),
            "classError": calibration_error(w[:, 1], (y == 1).astype(float)),
        }
        matrix = metrics.confusion_matrix(y == 1, p == 1)
        (tn, fp), (fn, tp) = matrix
        found |= {
            "truePositiveRate": tp / (tp + fn),
            "falseNegativeRate": fn / (tp + fn),
            "falsePositiveRate": fp / (fp + tn),
            "trueNegativeRate": tn / (fp + tn),
            "precision": metrics.precision_score(y == 1, p == 1),
            "selectionRate": (p == 1).mean(),
            "auc": metrics.roc_auc_score(y == 1, w[:, 1]),
        }
        return {name: float(value) for name, value in found.items()}

    return {
        "labels": k,
        "labelled": labelled.tolist(),
        "predicted": predicted.tolist(),
        "probabilities": [float(value) for value in probabilities.ravel()],
        "group": group.tolist(),
        "overall": score(np.arange(n)),
        "byGroup": [score(group == one) for one in range(groups)],
    }


def clustered(people):
    """Errors in years of people with one to six pictures; variances by statsmodels' clustered sandwich."""
    members = rng.integers(1, 7, people)
    cluster = np.repeat(np.arange(people), members)
    age = np.clip(np.repeat(rng.normal(35, 15, people), members) + rng.integers(-4, 5, len(cluster)), 0, None).round()
    error = np.repeat(rng.normal(0, 4, people), members) + rng.normal(0, 3, len(cluster)) - 0.2 * (age - 35)
    n = len(cluster)

    def fit(y, x):
        return sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": cluster})

    mean = fit(np.abs(error), np.ones(n))
    slope = fit(error, sm.add_constant(age))
    # The one parameter more costs statsmodels a factor that the delta method does not know.
    return {
        "cluster": cluster.tolist(),
        "labelled": age.tolist(),
        "error": error.tolist(),
        "meanAbsoluteError": [float(mean.params[0]), float(mean.cov_params()[0, 0])],
        "slope": [float(slope.params[1]), float(slope.cov_params()[1, 1] * (n - 2) / (n - 1))],
        "within5": float((np.abs(error) <= 5).mean()),
        "rootMeanSquareError": float(np.sqrt((error**2).mean())),
    }


def differences():
    cases = [(70, 100, 60, 100), (87, 87, 80, 87), (450, 500, 300, 310), (3, 40, 9, 35)]
    return [
        [*case, *map(float, confint_proportions_2indep(*case, compare="diff", method="newcomb"))] for case in cases
    ]


def shrunken():
    right, n = np.array([80, 60, 33, 400, 90]), np.array([100, 90, 40, 450, 140])
    share, pooled = right / n, right.sum() / n.sum()
    variance = pooled * (1 - pooled) / n
    found = combine_effects(share, variance, method_re="dl")
    between = float(found.tau2)
    return {
        "right": right.tolist(),
        "n": n.tolist(),
        "between": between,
        "shrunken": (found.mean_effect_re + between / (between + variance) * (share - found.mean_effect_re)).tolist(),
    }


golden = {
    "source": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "distributions": distributions(),
    "corrections": corrections(),
    "mcNemar": [[b, c, float(stats.binomtest(min(b, c), b + c, 0.5).pvalue)] for b, c in ((1, 0), (5, 14), (40, 41), (120, 61), (7, 7))],
    "classes": [classes(240, 2, 2), classes(420, 5, 3)],
    "clustered": clustered(90),
    "differences": differences(),
    "shrunken": shrunken(),
}
Path(__file__).with_name("golden").joinpath("fairness.json").write_text(json.dumps(golden))
