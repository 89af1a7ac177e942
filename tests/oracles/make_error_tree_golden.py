"""Writes tests/oracles/golden/error-trees.json: trees of wrong answers and what the held half says of their leaves.

scikit-learn grows the trees; scipy and statsmodels test the leaves, by Newcombe's interval from Wilson's and Holm's correction.
python3 tests/oracles/make_error_tree_golden.py
"""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.tree import DecisionTreeClassifier
from statsmodels.stats.multitest import multipletests

IMAGES, RACES, AGES = 700, 5, 9


def wilson(share, n, z):
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(a, n, b, m, z):
    p, q = a / n, b / m
    (l1, u1), (l2, u2) = wilson(p, n, z), wilson(q, m, z)
    return p - q - np.hypot(p - l1, u2 - q), p - q + np.hypot(u1 - p, q - l2)


def p_value(a, n, b, m):
    difference = a / n - b / m
    if difference == 0:
        return 1.0
    side = 0 if difference > 0 else 1
    z = brentq(lambda z: newcombe(a, n, b, m, z)[side], 1e-9, 60, xtol=1e-14)
    return float(2 * norm.sf(z))


def make_case(seed, strength):
    rng = np.random.default_rng(seed)
    race = rng.integers(-1, RACES, IMAGES)
    gender = rng.integers(0, 2, IMAGES)
    age = rng.integers(-1, AGES, IMAGES)
    dark = rng.integers(0, 256, IMAGES) / 256
    blur = rng.integers(0, 64, IMAGES) / 64
    blur[rng.random(IMAGES) < 0.15] = np.nan
    chance = 0.15 + strength * ((race == 1) & (dark < 0.4)) + 0.8 * strength * np.isnan(blur) * (gender == 1)
    wrong = (rng.random(IMAGES) < chance).astype(int)
    held = rng.permutation(IMAGES) < IMAGES // 2

    # One column for each label; what is unknown is a label of its own, or comes after all others.
    last = lambda values: np.where(np.isnan(values), 1e3, values)
    columns = [race == r for r in range(RACES)] + [race == -1, gender == 0]
    columns += [last(np.where(age < 0, np.nan, age.astype(float))), dark, last(blur)]
    x = np.column_stack([np.asarray(c, float) for c in columns])
    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=30, random_state=0).fit(x[~held], wrong[~held])
    raw = tree.apply(x)
    order = {}
    leaf = [order.setdefault(int(one), len(order)) for one in raw]

    leaf = np.array(leaf)
    tests = []
    for one in range(len(order)):
        inside, outside = held & (leaf == one), held & (leaf != one)
        a, n, b, m = wrong[inside].sum(), inside.sum(), wrong[outside].sum(), outside.sum()
        tests.append(
            {
                "grown": [int(wrong[~held & (leaf == one)].sum()), int((~held & (leaf == one)).sum())],
                "held": [int(a), int(n)],
                "rest": [int(b), int(m)],
                "p": p_value(a, n, b, m) if min(n, m) >= 30 else None,
            }
        )
    ps = [t["p"] for t in tests if t["p"] is not None]
    adjusted = iter(multipletests(ps, method="holm")[1])
    for t in tests:
        t["adjusted"] = None if t["p"] is None else float(next(adjusted))
    plain = lambda values: [None if np.isnan(v) else float(v) for v in values]
    return {
        "race": race.tolist(),
        "gender": gender.tolist(),
        "age": age.tolist(),
        "dark": plain(dark),
        "blur": plain(blur),
        "wrong": wrong.tolist(),
        "held": held.astype(int).tolist(),
        "leaf": leaf.tolist(),
        "tests": tests,
    }


cases = [make_case(seed, strength) for seed, strength in ((1, 0.4), (2, 0.0), (3, 0.25))]
out = Path(__file__).parent / "golden" / "error-trees.json"
out.write_text(json.dumps({"depth": 3, "images": 30, "cases": cases}, separators=(",", ":")) + "\n")
