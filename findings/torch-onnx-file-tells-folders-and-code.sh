#!/usr/bin/env bash
# PyTorch 2.13.0 (CPU), onnxscript 0.7.2; `torch.onnx.export` as it is called by default, which is with `dynamo=True`.
#
# Guess: an exported model holds the graph and the weights, as TorchScript's exporter writes them.
# Seen: each operator carries the Python calls that led to it, with full paths and the lines of source, in its metadata
#   (`pkg.torch.onnx.stack_trace`): a model handed out tells the user's name, folders and code. `verbose=False` does not keep
#   it out; clearing every node's `metadata_props` takes it away. `dynamo=False` writes none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq torch==2.13.0 onnx==1.23.1 onnxscript==0.7.2 numpy
mkdir -p "$work/people/ada/models"
cd "$work/people/ada/models"
cat > net.py <<'PY'
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.layer(x).relu()  # a remark that was for colleagues
PY
cat > export.py <<'PY'
import onnx, torch
from net import Net

def export(name, **how):
    torch.onnx.export(Net().eval(), (torch.ones(1, 4),), name, **how)
    return name

def tells(name):
    file = open(name, "rb").read()
    return b"people/ada/models/net.py" in file, b"was for colleagues" in file

seen = {
    "by default": tells(export("default.onnx")),
    "verbose=False": tells(export("quiet.onnx", verbose=False)),
    "dynamo=False": tells(export("script.onnx", dynamo=False)),
}
model = onnx.load("default.onnx")
traces = [prop.value for node in model.graph.node for prop in node.metadata_props if prop.key == "pkg.torch.onnx.stack_trace"]
for node in model.graph.node:
    del node.metadata_props[:]
onnx.save(model, "cleared.onnx")
seen["cleared"] = tells("cleared.onnx")
print("torch", torch.__version__)
print(len(traces), "of", len(model.graph.node), "operators have a trace; the last:", traces[-1].split("people/")[-1])
for case, (folder, code) in seen.items():
    print(f"{case}: folder {'told' if folder else 'not told'}, source {'told' if code else 'not told'}")
assert list(seen.values()) == [(True, True), (True, True), (False, False), (False, False)], "this has changed"
PY
"$work/venv/bin/python" export.py >out.txt 2>log.txt || { cat log.txt; exit 1; }
grep -v '^\[torch.onnx\]' out.txt
