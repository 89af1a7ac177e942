"""Shares and the ratio of the smallest to the largest group with intervals over people, and the entropy, by numpy's covariance of the people's
counts and numeric slopes; Kruskal-Wallis by scipy: python3 make-audit-golden.py > audit-golden.json"""

import json

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20)


def bound(counts, figure, critical):
    """`counts`: [people, groups]; the figure of the sums with its standard error by the delta method."""
    sums = counts.sum(0).astype(float)
    steps = 1e-4 * np.maximum(1, sums)
    slopes = np.array(
        [(figure(sums + s * e) - figure(sums - s * e)) / (2 * s) for s, e in zip(steps, np.eye(len(sums)))]
    )
    error = float(np.sqrt(len(counts) * slopes @ np.cov(counts.T, ddof=1) @ slopes))
    return figure(sums), critical * error


def entropy(sums):
    shares = sums / sums.sum()
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum() / np.log(len(sums)))


compositions = []
for images, people, groups in [(400, 150, 7), (60, 60, 5), (900, 40, 3)]:
    weights = rng.dirichlet(np.full(groups, 1.5))
    of_person = rng.choice(groups, people, p=weights)
    person = np.concatenate([np.arange(people), rng.integers(0, people, images - people)])
    # Some pictures of a person are labelled otherwise.
    group = np.where(rng.random(images) < 0.9, of_person[person], rng.choice(groups, images, p=weights))
    group[rng.random(images) < (0.05 if images > 100 else 0)] = -1
    known = group >= 0
    counts = np.zeros((people, groups))
    np.add.at(counts, (person[known], group[known]), 1)
    counts = counts[counts.sum(1) > 0]
    n, persons = int(counts.sum()), len(counts)
    critical = stats.norm.ppf(0.975) if persons == n else stats.t.ppf(0.975, persons - 1)
    alpha = 2 * (1 - stats.norm.cdf(critical))
    shares = []
    for one in range(groups):
        value = counts[:, one].sum() / n
        off = counts[:, one] - value * counts.sum(1)
        effect = 1 if persons == n else max(1, persons / (persons - 1) * (off**2).sum() / (n * value * (1 - value)))
        low, high = proportion_confint(value * n / effect, n / effect, alpha, "wilson")
        shares.append([value, low, high])
    sums = counts.sum(0)
    least, most = int(sums.argmin()), int(sums.argmax())
    log, log_half = bound(counts, lambda s: float(np.log(s[least] / s[most])), critical)
    compositions.append(
        {
            "indices": group.tolist(),
            "people": person.tolist(),
            "groups": groups,
            "n": n,
            "shares": shares,
            "entropy": entropy(sums),
            "ratio": [float(np.exp(log)), float(np.exp(log - log_half)), min(1, float(np.exp(log + log_half)))],
        }
    )

ranks = []
for sizes, shift, digits in [((20, 30, 25), 0.4, 6), ((8, 5), 0.0, 0), ((200, 150, 90, 60), 0.2, 1)]:
    groups = [np.round(rng.normal(shift * i, 1, size), digits).tolist() for i, size in enumerate(sizes)]
    statistic, p = stats.kruskal(*groups)
    ranks.append({"groups": groups, "statistic": float(statistic), "p": float(p)})

print(json.dumps({"compositions": compositions, "ranks": ranks}))
