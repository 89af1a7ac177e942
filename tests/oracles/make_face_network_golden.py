"""Gradients of the face network by PyTorch in float64, for tests/integration/engine/networks/gradients/onnx/face-network.test.ts.

    python tests/oracles/make_face_network_golden.py

Reads the weights of the installed package by its own manifest and keeps dlib's layers apart as the package stores them: a convolution
with its bias, then a factor and an offset per channel. Needs numpy and torch.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "node_modules/@vladmandic/face-api/model"
HEADS = {"gender": 2, "race": 5}
LABELS = {"gender": [1, 0, -1], "race": [0, 3, 2]}
MEAN = torch.tensor([122.782, 117.001, 104.298], dtype=torch.float64).view(1, 3, 1, 1)


def read_weights():
    manifest = json.loads((MODEL / "face_recognition_model-weights_manifest.json").read_text())
    data = (MODEL / "face_recognition_model.bin").read_bytes()
    weights, at = {}, 0
    for entry in manifest[0]["weights"]:
        count = math.prod(entry["shape"])
        kind = entry.get("quantization")
        if kind is None:
            values = np.frombuffer(data, "<f4", count, at)
            at += 4 * count
        else:
            stored = np.frombuffer(data, "u1", count, at).astype(np.float64)
            values = (stored * kind["scale"] + kind["min"]).astype(np.float32)
            at += count
        weights[entry["name"]] = torch.from_numpy(values.astype(np.float64).reshape(entry["shape"]))
    assert at == len(data)
    return weights


def make_images(count):
    seed, values = 7, bytearray()
    for _ in range(count * 3 * 150 * 150):
        seed = seed * 16807 % 2147483647
        values.append(seed & 255)
    return torch.from_numpy(np.frombuffer(bytes(values), np.uint8).copy()).double().view(count, 3, 150, 150)


WEIGHTS = read_weights()
PARAMETERS = {}


def convolve(x, name, stride, padding):
    """The stored layers, with the folded weight and bias as what is differentiated."""
    stored = name.replace(".", "/")
    scale = WEIGHTS[f"{stored}/scale/weights"]
    if f"{name}.weight" not in PARAMETERS:
        filters = WEIGHTS[f"{stored}/conv/filters"].permute(3, 2, 0, 1)
        PARAMETERS[f"{name}.weight"] = (filters * scale.view(-1, 1, 1, 1)).requires_grad_()
        bias = WEIGHTS[f"{stored}/conv/bias"] * scale + WEIGHTS[f"{stored}/scale/biases"]
        PARAMETERS[f"{name}.bias"] = bias.requires_grad_()
    return F.conv2d(x, PARAMETERS[f"{name}.weight"], PARAMETERS[f"{name}.bias"], stride, padding)


def block(x, name, channels, is_down):
    inner = F.relu(convolve(x, f"{name}.conv1", 2 if is_down else 1, 0 if is_down else 1))
    inner = convolve(inner, f"{name}.conv2", 1, 1)
    if is_down:
        x = F.avg_pool2d(x, 2, 2)
        missing = x.shape[2] - inner.shape[2]
        inner = F.pad(inner, (0, missing, 0, missing))
        x = F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))
    return F.relu(inner + x)


def embed(images):
    x = F.relu(convolve((images - MEAN) / 255, "conv32_down", 2, 0))
    x = F.max_pool2d(x, 3, 2)
    names = ["32_1", "32_2", "32_3", "64_down", "64_1", "64_2", "64_3", "128_down", "128_1", "128_2"]
    for name in [*names, "256_down", "256_1", "256_2", "256_down_out"]:
        x = block(x, f"conv{name}", int(name.split("_")[0]), "down" in name)
    if "fc.weight" not in PARAMETERS:
        PARAMETERS["fc.weight"] = WEIGHTS["fc"].t().clone().requires_grad_()
    return x.mean((2, 3)) @ PARAMETERS["fc.weight"].t()


def main():
    embedding = embed(make_images(3))
    loss = 0
    for task, classes in HEADS.items():
        weight = torch.sin(torch.arange(classes * 128, dtype=torch.float64)).view(classes, 128) / 4
        PARAMETERS[f"head.{task}.weight"] = weight.float().double().requires_grad_()
        PARAMETERS[f"head.{task}.bias"] = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
        logits = embedding @ PARAMETERS[f"head.{task}.weight"].t() + PARAMETERS[f"head.{task}.bias"]
        loss = loss + F.cross_entropy(logits, torch.tensor(LABELS[task]), ignore_index=-1)
    loss.backward()
    gradients = {}
    for name, parameter in sorted(PARAMETERS.items()):
        flat = parameter.grad.flatten()
        places = sorted({0, len(flat) // 3, int(flat.abs().argmax())})
        gradients[name] = {
            "norm": flat.norm().item(),
            "values": [[place, flat[place].item()] for place in places],
        }
    golden = {
        "by": f"PyTorch {torch.__version__}, float64",
        "loss": loss.item(),
        "embedding": embedding.detach().flatten().tolist(),
        "gradients": gradients,
    }
    target = ROOT / "tests/oracles/golden/face-network.json"
    target.write_text(json.dumps(golden, indent=1) + "\n")


main()
