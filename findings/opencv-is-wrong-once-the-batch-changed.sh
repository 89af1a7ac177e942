#!/usr/bin/env bash
# OpenCV 4.14.0 (opencv-python-headless 4.14.0.94, CPU), beside ONNX Runtime 1.30.0.
#
# Guess: a network of `cv2.dnn` with a free batch size answers batches of any size, or refuses them.
# Seen: where two convolutions with batch normalisations are added (a ResNet's downsampling block), every answer after the first
#   change of the batch is wrong, without a word, also when the first size comes back. The fault is in the merging of layers:
#   `enableFusion(False)` is right, as are norms folded into the weights beforehand, a fresh network for each size, and OpenCV
#   5.0.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq onnxruntime==1.30.0 onnx==1.23.1 numpy==2.4.6
for version in 4.14.0.94 5.0.0.93; do
  "$work/venv/bin/pip" install -qq --no-deps --target "$work/opencv-$version" opencv-python-headless==$version
done
cd "$work"
cat > batches.py <<'PY'
import os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import cv2, numpy as np, onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 8

def build(folded):
    rng = np.random.default_rng(3)
    nodes, weights = [], []
    def keep(name, values):
        weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name
    for branch in ("main", "shortcut"):
        kernel = rng.normal(size=(CHANNELS, CHANNELS, 1, 1))
        scale, variance = rng.uniform(0.5, 1.5, size=(2, CHANNELS))
        shift, mean = rng.normal(size=(2, CHANNELS))
        if folded:
            factor = scale / np.sqrt(variance)
            inputs = ["x", keep(f"{branch}-kernel", kernel * factor[:, None, None, None]), keep(f"{branch}-bias", shift - mean * factor)]
            nodes.append(helper.make_node("Conv", inputs, [branch], kernel_shape=[1, 1]))
        else:
            nodes.append(helper.make_node("Conv", ["x", keep(f"{branch}-kernel", kernel)], [f"{branch}-raw"], kernel_shape=[1, 1]))
            norm = {"scale": scale, "shift": shift, "mean": mean, "variance": variance}
            inputs = [f"{branch}-raw", *(keep(f"{branch}-{name}", values) for name, values in norm.items())]
            nodes.append(helper.make_node("BatchNormalization", inputs, [branch], epsilon=0.0))
    nodes.append(helper.make_node("Add", ["main", "shortcut"], ["y"]))
    tensor = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", CHANNELS, 4, 4])
    graph = helper.make_graph(nodes, "block", [tensor("x")], [tensor("y")], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()

def compare(folded=False, fusion=True, fresh=False):
    model = build(folded)
    reference = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    load = lambda: cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    network, verdicts = load(), []
    for at, batch in enumerate((1, 3, 5, 2, 1)):
        if fresh:
            network = load()
        if not fusion:
            network.enableFusion(False)
        x = np.random.default_rng(at).normal(size=(batch, CHANNELS, 4, 4)).astype(np.float32)
        network.setInput(x)
        difference = np.abs(network.forward() - reference.run(None, {"x": x})[0]).max()
        verdicts.append("right" if difference < 1e-4 else "wrong")
    return verdicts

cases = {"as it is": {}, "norms folded": {"folded": True}}
if sys.argv[1] == "4":
    cases |= {"fresh networks": {"fresh": True}, "no fusion": {"fusion": False}}
seen = {name: compare(**case) for name, case in cases.items()}
print("opencv", cv2.__version__, "onnxruntime", ort.__version__)
for name, verdicts in seen.items():
    print(f"  {name}: batches of 1, 3, 5, 2, 1:", " ".join(verdicts))
wanted = ["right", "wrong", "wrong", "wrong", "wrong"] if sys.argv[1] == "4" else ["right"] * 5
assert seen.pop("as it is") == wanted and all(verdicts == ["right"] * 5 for verdicts in seen.values()), "this has changed"
PY
PYTHONPATH="$work/opencv-4.14.0.94" "$work/venv/bin/python" batches.py 4
PYTHONPATH="$work/opencv-5.0.0.93" "$work/venv/bin/python" batches.py 5
