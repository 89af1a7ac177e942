"""The same pixel work in Python, for figures side by side: Pillow and numpy as cleanvision does it, with file and pixel
hashes and a perceptual hash. `python bench_pixel_scan.py FOLDER [LIMIT]` prints images a second on one core."""

import hashlib
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
from PIL import Image, ImageFilter, ImageStat  # noqa: E402
from scipy.fft import dct  # noqa: E402


def measure(path):
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    image = Image.open(path).convert("RGB")
    pixels = np.asarray(image)
    hashlib.sha256(pixels.tobytes()).hexdigest()
    red, green, blue = (pixels[..., channel].astype("int") for channel in range(3))
    light = np.sqrt(0.241 * red * red + 0.691 * green * green + 0.068 * blue * blue) / 255
    np.percentile(light, [1, 5, 10, 15, 90, 95, 99])
    ImageStat.Stat(image).mean
    image.entropy()
    ratio = max(image.size) / 64
    small = image.resize((int(image.width // ratio), int(image.height // ratio))) if ratio > 1 else image
    grey = small.convert("L")
    np.sqrt(ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).var[0])
    np.std(grey.histogram())
    tiny = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS)).astype(float)
    low = dct(dct(tiny, axis=0), axis=1)[:8, :8]
    low > np.median(low)


files = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.suffix.lower() in {".jpg", ".png"})
files = files[: int(sys.argv[2]) if len(sys.argv) > 2 else None]
for path in files[:20]:
    measure(path)
started = time.process_time(), time.perf_counter()
for path in files:
    measure(path)
cpu, wall = time.process_time() - started[0], time.perf_counter() - started[1]
print(f"{len(files)} images, {len(files) / cpu:.1f} a second of CPU, {len(files) / wall:.1f} a second of wall clock")
