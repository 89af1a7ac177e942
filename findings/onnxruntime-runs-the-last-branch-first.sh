#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (Python, CPU), sequential execution, one thread.
#
# Guess: nodes run in the order of the file, which ONNX requires to be a topological order.
# Seen: the runtime sorts them anew, depth first from the last output: of independent branches the one written last runs
#   whole before those written first. A training graph that writes weight gradients as they come, to free each activation early,
#   first runs the whole chain of data gradients and holds every activation.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq onnxruntime==1.30.0 onnx==1.23.1 numpy
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json, os
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np, onnxruntime as ort
from onnx import TensorProto, helper

written = []
nodes = []
for branch in ("first", "second", "third"):
    before = "x"
    for step, operator in enumerate(("Sin", "Cos", "Tan")):
        name = f"{branch}-{step}"
        nodes.append(helper.make_node(operator, [before], [name], name=name))
        written.append(name)
        before = name
outputs = [helper.make_tensor_value_info(f"{branch}-2", TensorProto.FLOAT, [4]) for branch in ("first", "second", "third")]
graph = helper.make_graph(nodes, "branches", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])], outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)

# The first operators must not be taken for one, or the branches would not be independent.
options = ort.SessionOptions()
options.log_severity_level = 3
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.enable_profiling = True
session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
session.run(None, {"x": np.ones(4, np.float32)})
events = json.load(open(session.end_profiling()))
runs = sorted((e for e in events if e["name"].endswith("_kernel_time")), key=lambda e: e["ts"])
ran = [e["name"].removesuffix("_kernel_time") for e in runs]
print("onnxruntime", ort.__version__)
print("written:", " ".join(written))
print("ran:    ", " ".join(ran))
assert ran == [name for branch in ("third", "second", "first") for name in written if name.startswith(branch)], "this has changed"
PY
