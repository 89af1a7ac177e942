#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (its own CPU backend), beside torch 2.13.0.
#
# Guess: the slope of |x| at 0 is 0, as in PyTorch and TensorFlow for Python.
# Seen: TensorFlow.js gives -1: an L1 loss whose answer is right already still pushes it, and a step from equal weights differs from
#   PyTorch's. (`sign` as a constant factor gives 0.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0 >/dev/null
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq torch==2.13.0 numpy
cat > run.cjs <<'JS'
const tf = require('@tensorflow/tfjs')
tf.setBackend('cpu')
const slope = (f, x) => [...tf.grad(f)(tf.tensor1d(x)).dataSync()]
const right = tf.tensor1d([2, 5])
console.log(JSON.stringify({
  version: tf.version.tfjs,
  abs: slope((x) => tf.abs(x).sum(), [-2, 0, 2]),
  rightAnswers: slope((x) => tf.losses.absoluteDifference(right, x), [2, 5]),
}))
JS
node run.cjs 2>/dev/null | tail -1 > tfjs.json
"$work/venv/bin/python" - <<'PY'
import json, torch
x = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
x.abs().sum().backward()
y = torch.tensor([2.0, 5.0], requires_grad=True)
torch.nn.functional.l1_loss(y, torch.tensor([2.0, 5.0])).backward()
seen = json.load(open("tfjs.json"))
print("tfjs ", seen["version"], "abs", seen["abs"], "L1 of right answers", seen["rightAnswers"])
print("torch", torch.__version__, "abs", x.grad.tolist(), "L1 of right answers", y.grad.tolist())
assert x.grad.tolist() == [-1, 0, 1] and y.grad.tolist() == [0, 0], "this has changed"
assert seen["abs"] == [-1, -1, 1] and any(seen["rightAnswers"]), "this has changed"
PY
