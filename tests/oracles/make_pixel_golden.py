"""Pixel measures of generated patterns by Pillow, numpy and scikit-image: writes golden/pixel-measures.json.

The formulas are cleanvision's (image_property.py) for brightness, entropy and edges, scikit-image's `blur_effect`, and
scipy's discrete cosine transform for the perceptual hash. The test also reads the values that cleanvision itself gave
for images of the real face sets, where those are at hand: `python make_pixel_golden.py CLEANVISION.json`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageStat
from scipy.fft import dct
from skimage.measure import blur_effect

HERE = Path(__file__).parent


def draw(seed, width, height):
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * (7 + seed) + y * (13 + seed) + c * 85 + (x * y) // 11) % 256 for c in range(3)]
    picture = np.stack(channels, axis=-1)
    if seed % 2 == 0:  # smooth, as photographs are
        picture = 128 + 100 * np.sin(picture / 41 + x[..., None] / (17 + seed)) * np.cos(y[..., None] / 23)
    return picture.astype(np.uint8)


def brightness(red, green, blue):
    return np.sqrt(0.241 * red**2 + 0.691 * green**2 + 0.068 * blue**2) / 255


def measure(image):
    data = np.asarray(image).astype(float)
    levels = brightness(data[..., 0], data[..., 1], data[..., 2])
    ratio = max(image.width, image.height) / 64
    small = image
    if ratio > 1:
        small = image.resize((max(int(image.width // ratio), 1), max(int(image.height // ratio), 1)))
    grey = small.convert("L")
    edges = grey.filter(ImageFilter.FIND_EDGES)
    full = np.asarray(image.convert("L")).astype(float)
    tiny = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BICUBIC)).astype(float)
    low = dct(dct(tiny, axis=0), axis=1)[:8, :8]
    bits = (low > np.median(low)).flatten()
    return {
        "brightness": brightness(*ImageStat.Stat(image).mean),
        **{f"brightnessPerc{p}": float(np.percentile(levels, p)) for p in (1, 5, 10, 15, 90, 95, 99)},
        "entropy": image.entropy(),
        "blurriness": float(np.sqrt(ImageStat.Stat(edges).var[0])),
        "blurrinessGrayscaleStd": float(np.std(grey.histogram())),
        "blurEffect": float(blur_effect(full)) if max(image.size) <= 200 else None,
        "phash": "".join("1" if bit else "0" for bit in bits),
    }


def rename(row):
    kept = {"file": row["file"]}
    for name, value in row.items():
        if isinstance(value, float):
            head, *rest = name.split("_")
            kept[head + "".join(part.capitalize() for part in rest)] = value
    return kept


def main():
    cases = []
    for seed, width, height in [(1, 64, 48), (2, 200, 200), (3, 37, 91), (4, 180, 120), (5, 300, 260), (6, 20, 20)]:
        image = Image.fromarray(draw(seed, width, height))
        cases.append({"seed": seed, "width": width, "height": height, "measures": measure(image)})
    faces = []
    if len(sys.argv) > 1:
        rows = json.loads(Path(sys.argv[1]).read_text())["images"]
        # Transparent and palette pictures are laid on white here, and counted channel by channel there.
        faces = [rename(row) for row in rows if row["mode"] == "RGB"]
    target = HERE / "golden" / "pixel-measures.json"
    target.write_text(json.dumps({"source": __doc__.split("\n")[0], "cases": cases, "faces": faces}, indent=1) + "\n")


main()
