"""Antialiased bilinear resizing by Pillow -> golden/resize.json. Run: python tests/oracles/make_resize_golden.py"""

import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

cases = []
for seed, (width, height, size) in enumerate([(200, 200, 64), (150, 90, 32), (20, 33, 32), (32, 32, 32)]):
    # The same pixels are made again in the test, so that only the answer has to be stored.
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    pixels = ((x * (7 + seed) + y * (13 + seed) + c * 85 + (x * y) // 11) % 256).astype(np.uint8)
    resized = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
    planar = np.asarray(resized).transpose(2, 0, 1)
    cases.append({"seed": seed, "width": width, "height": height, "size": size, "planar": planar.tobytes().hex()})

golden = {"source": f"Pillow {PIL.__version__}, Image.resize with BILINEAR", "cases": cases}
Path(__file__).with_name("golden").joinpath("resize.json").write_text(json.dumps(golden) + "\n")
