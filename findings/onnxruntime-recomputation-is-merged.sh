#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (Python, CPU).
#
# Guess: a graph that computes a tensor a second time, so that the first copy need not be kept (gradient checkpointing),
#   runs as it is written.
# Seen: already the basic level of graph optimisation finds the equal operators and runs them once; the memory that was to be
#   saved is held after all, and nothing says so. Two copies survive where an operand differs, even by an added zero that
#   comes in as an input.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq onnxruntime==1.30.0 onnx==1.23.1 numpy
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np, onnx, onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

def build(differs):
    rng = np.random.default_rng(1)
    weights = numpy_helper.from_array(rng.normal(size=(8, 8)).astype(np.float32), "weights")
    again = "shifted" if differs else "x"
    nodes = [helper.make_node("MatMul", ["x", "weights"], ["kept"]),
             helper.make_node("Relu", ["kept"], ["forward"])]
    if differs:
        nodes.append(helper.make_node("Add", ["x", "zero"], ["shifted"]))
    nodes += [helper.make_node("MatMul", [again, "weights"], ["made_again"]),
              helper.make_node("Sigmoid", ["made_again"], ["backward"])]
    shape = ["batch", 8]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    if differs:
        inputs.append(helper.make_tensor_value_info("zero", TensorProto.FLOAT, []))
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("forward", "backward")]
    graph = helper.make_graph(nodes, "recomputed", inputs, outputs, [weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)

def count_products(differs, level):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = level
    options.optimized_model_filepath = "optimised.onnx"
    ort.InferenceSession(build(differs).SerializeToString(), options, providers=["CPUExecutionProvider"])
    return sum(node.op_type == "MatMul" for node in onnx.load("optimised.onnx").graph.node)

levels = ort.GraphOptimizationLevel
seen = {
    "as written, no optimisation": count_products(False, levels.ORT_DISABLE_ALL),
    "as written, basic optimisation": count_products(False, levels.ORT_ENABLE_BASIC),
    "operands differ, basic optimisation": count_products(True, levels.ORT_ENABLE_BASIC),
}
print("onnxruntime", ort.__version__)
for case, products in seen.items():
    print(f"{case}: {products} MatMul")
assert list(seen.values()) == [2, 1, 2], "this has changed"
PY
