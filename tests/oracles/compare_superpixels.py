"""Superpixels that bench/superpixels.ts wrote, beside scikit-image's own (measured with 0.26.0)."""
import json
import sys
from pathlib import Path

import numpy as np
from skimage.segmentation import quickshift, slic
from sklearn.metrics import adjusted_rand_score

work = Path(sys.argv[1])
scores = {"quickshift": [], "slic": []}
counts = {"quickshift": [], "slic": []}
same = {"quickshift": 0, "slic": 0}
for at, case in enumerate(json.loads((work / "cases.json").read_text())):
    shape = (case["height"], case["width"])
    image = np.frombuffer((work / f"{at}.rgb").read_bytes(), np.uint8).reshape(*shape, 3)
    wanted = {
        "quickshift": quickshift(image, kernel_size=4, max_dist=200, ratio=0.2),
        "slic": slic(image, n_segments=60, compactness=10, sigma=1, start_label=0),
    }
    for name, labels in wanted.items():
        ours = np.frombuffer((work / f"{at}.{name}").read_bytes(), np.int32).reshape(shape)
        scores[name].append(adjusted_rand_score(labels.ravel(), ours.ravel()))
        counts[name].append((int(labels.max()) + 1, int(ours.max()) + 1))
        same[name] += bool((labels == ours).all())
for name, values in scores.items():
    worst = max(abs(b / a - 1) for a, b in counts[name])
    print(
        f"{name}: {len(values)} pictures, identical {same[name]}, adjusted Rand index lowest {min(values):.6f}"
        f" mean {np.mean(values):.6f}, counts differ by at most {100 * worst:.1f} % ({min(counts[name])} to {max(counts[name])})"
    )
