"""Losses of heads by PyTorch and class weights by scikit-learn -> golden/head-losses.json.
Run: python tests/oracles/make_head_loss_golden.py"""

import json
from pathlib import Path

import numpy
import sklearn
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

generator = torch.Generator().manual_seed(5)
classes, items = 9, 12
logits = torch.randn(items, classes, generator=generator, dtype=torch.float64)
# No image of class 7, as a small training part may have it.
train = torch.tensor([0] * 3 + [1] * 9 + [2] * 12 + [3] * 30 + [4] * 20 + [5] * 11 + [6] * 6 + [8] * 2)
present = numpy.unique(train.numpy())
balanced = numpy.zeros(classes)
balanced[present] = compute_class_weight("balanced", classes=present, y=train.numpy())
roots = numpy.sqrt(balanced)
roots[present] /= roots[present].mean()
labels = torch.tensor([0, 1, 2, 3, 4, 5, 6, 8, 3, 3, 2, 8])

middles = torch.tensor([1.5, 6.5, 15, 25, 35, 45, 55, 65, 75], dtype=torch.float64)
index = torch.arange(classes, dtype=torch.float64)


def soft_rows(softness):
    return torch.softmax(-((index[:, None] - index[None, :]) ** 2) / (2 * softness**2), dim=1)


def ordinal_rows(softness):
    return torch.softmax(-(middles[:, None] - middles[None, :]).abs() / (10 * softness), dim=1)


plain = [
    {
        "classWeights": name,
        "labelSmoothing": smoothing,
        "loss": functional.cross_entropy(
            logits, labels, weight=torch.tensor(weights), label_smoothing=smoothing
        ).item(),
    }
    for name, weights in [("none", numpy.ones(classes)), ("balanced", balanced), ("inverse-sqrt", roots)]
    for smoothing in [0.0, 0.1]
]
spread = [
    {
        "labels": kind,
        "softness": softness,
        "labelSmoothing": smoothing,
        "loss": functional.cross_entropy(logits, rows(softness)[labels], label_smoothing=smoothing).item(),
    }
    for kind, rows in [("soft", soft_rows), ("ordinal", ordinal_rows)]
    for softness in [0.5, 1.5]
    for smoothing in [0.0, 0.1]
]
golden = {
    "source": f"torch {torch.__version__} F.cross_entropy in float64, scikit-learn {sklearn.__version__} compute_class_weight",
    "classes": classes,
    "logits": logits.flatten().tolist(),
    "labels": labels.tolist(),
    "counts": torch.bincount(train, minlength=classes).tolist(),
    "balanced": balanced.tolist(),
    "inverseSqrt": roots.tolist(),
    "plain": plain,
    "spread": spread,
}
Path(__file__).with_name("golden").joinpath("head-losses.json").write_text(json.dumps(golden) + "\n")
