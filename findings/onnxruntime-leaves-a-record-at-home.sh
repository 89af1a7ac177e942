#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (Python, CPU, Linux build from PyPI).
#
# Guess: a library for inference writes nothing but what it is asked to.
# Seen: opening one session makes a folder in the user's cache with an identifier of the machine and a database of events.
#   `onnxruntime.disable_telemetry_events()` comes too late for the folder; ORT_DISABLE_TELEMETRY=1 in the environment before the
#   import keeps it away. (Reported by default since 1.29: https://github.com/microsoft/onnxruntime/pull/27379.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq onnxruntime==1.30.0 onnx==1.23.1 numpy
cd "$work"
cat > session.py <<'PY'
import sys
import onnxruntime as ort
from onnx import TensorProto, helper
if "off" in sys.argv:
    ort.disable_telemetry_events()
tensor = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "one", [tensor("x")], [tensor("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
print("onnxruntime", ort.__version__)
PY
look() { # NAME, what to add to the environment, arguments
  mkdir -p "home-$1"
  env -u XDG_CACHE_HOME HOME="$work/home-$1" $2 "$work/venv/bin/python" session.py $3 > "$1.out"
  (cd "home-$1" && find . -type f | sort) > "$1.files"
  echo "$1: $(wc -l < "$1.files") files"; cat "$1.files"
}
look plain A=1 ''
look asked A=1 off
look refused ORT_DISABLE_TELEMETRY=1 ''
cat plain.out
[ -s plain.files ] && [ -s asked.files ] && [ ! -s refused.files ] || { echo 'this has changed'; exit 1; }
