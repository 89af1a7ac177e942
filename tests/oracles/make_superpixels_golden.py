"""Superpixels of generated pictures by scikit-image, LIME's weights, and rank correlations by SciPy -> golden/explanations.json.
Run: python tests/oracles/make_superpixels_golden.py RECORDED, where RECORDED holds what marcotcr/lime's LimeBase answered."""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import scipy
import skimage
from scipy.stats import spearmanr
from skimage.segmentation import quickshift, slic


def draw(width, height, seed):
    """Discs of colour over a gradient, with some noise: edges, slopes and texture, as photographs have them."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(float)
    image = np.stack([x / width, y / height, (x + y) / (width + height)], -1) * 160 + 40
    for _ in range(6):
        cx, cy, r = random.uniform(0, width), random.uniform(0, height), random.uniform(5, width / 4)
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = random.uniform(0, 255, 3)
    return np.clip(image + random.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array)).decode()


pictures = [draw(48, 40, 1), draw(64, 64, 2), draw(37, 61, 3)]
flat = draw(48, 48, 4)
flat[:, :20] = 0  # one colour, where only the noise tells densities apart
pictures.append(flat)
cases = []
for image in pictures:
    height, width = image.shape[:2]
    cases.append(
        {
            "width": width,
            "height": height,
            "rgb": pack(image),
            "quickshift": pack(quickshift(image, kernel_size=4, max_dist=200, ratio=0.2).astype(np.uint8)),
            "slic": pack(slic(image, n_segments=60, compactness=10, sigma=1, start_label=0).astype(np.uint8)),
        }
    )

recorded = json.loads(Path(sys.argv[1]).read_text())
segments = len(recorded["masks"][0])
fits = []
for label in range(len(recorded["probabilities"][0])):
    result = next(value for name, value in recorded["results"].items() if name.endswith(f"/{label}") and len(value["weights"]) == segments)
    fits.append({**result, "weights": [result["weights"][str(at)] for at in range(segments)]})
lime = {
    "source": recorded["source"],
    "masks": ["".join(map(str, row)) for row in recorded["masks"]],
    "probabilities": recorded["probabilities"],
    "distances": recorded["distances"],
    "fits": fits,
}

random = np.random.default_rng(5)
ranks = []
for size in (2, 7, 40):
    a, b = np.round(random.normal(size=size), 1), np.round(random.normal(size=size), 1)
    ranks.append({"a": a.tolist(), "b": b.tolist(), "correlation": float(spearmanr(a, b)[0])})

golden = {"source": f"scikit-image {skimage.__version__}, SciPy {scipy.__version__}", "cases": cases, "lime": lime, "ranks": ranks}
Path(__file__).with_name("golden").joinpath("explanations.json").write_text(json.dumps(golden) + "\n")
