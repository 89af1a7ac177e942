"""Colour jitter and resized crops by torchvision -> golden/augment.json. Run: python tests/oracles/make_augment_golden.py

Pillow's own enhancers and resize are written beside them as a second opinion."""

import base64
import json
import sys
import types
from pathlib import Path

import PIL
import torch
from PIL import Image, ImageEnhance

# A torchvision whose compiled operators do not fit this PyTorch still has the functions used here.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
import torchvision  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

size = 16
generator = torch.Generator().manual_seed(11)
image = torch.randint(0, 256, (3, size, size), generator=generator, dtype=torch.uint8)
image[:, :4] = torch.arange(0, 4 * size).reshape(4, size).to(torch.uint8) * 4
pillow = Image.fromarray(image.permute(1, 2, 0).numpy())

adjustments = {
    "brightness": (functional.adjust_brightness, ImageEnhance.Brightness),
    "contrast": (functional.adjust_contrast, ImageEnhance.Contrast),
    "saturation": (functional.adjust_saturation, ImageEnhance.Color),
}


def encode(tensor):
    return base64.b64encode(bytes(tensor.flatten().tolist())).decode()


def planar(picture):
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).reshape(size, size, 3).permute(2, 0, 1)


def adjusted(name, factor):
    ours, theirs = adjustments[name]
    return {
        "name": name,
        "factor": factor,
        "torchvision": encode(ours(image, factor)),
        "pillow": encode(planar(theirs(pillow).enhance(factor))),
    }


def cropped(left, top, width, height):
    # In float32, since the uint8 kernel's fixed-point weights round up to one level off.
    exact = functional.resized_crop(image.float(), top, left, height, width, [size, size], antialias=False)
    box = (left, top, left + width, top + height)
    return {
        "part": {"left": left, "top": top, "width": width, "height": height},
        "torchvision": [round(value, 3) for value in exact.flatten().tolist()],
        "uint8": encode(functional.resized_crop(image, top, left, height, width, [size, size], antialias=True)),
        "pillow": encode(planar(pillow.crop(box).resize((size, size), Image.Resampling.BILINEAR))),
    }


golden = {
    "source": f"torchvision {torchvision.__version__}, Pillow {PIL.__version__}",
    "size": size,
    "image": encode(image),
    "adjusted": [
        adjusted(name, factor) for name in adjustments for factor in [0.1, 0.613, 1.17, 1.9]
    ],
    "cropped": [cropped(*box) for box in [(0, 0, 16, 16), (3, 2, 11, 9), (9, 1, 7, 15), (5, 5, 1, 2)]],
}
Path(__file__).with_name("golden").joinpath("augment.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
