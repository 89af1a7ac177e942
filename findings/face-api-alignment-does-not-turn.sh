#!/usr/bin/env bash
# @vladmandic/face-api 1.7.15.
#
# Guess: `FaceLandmarks68.align(null, { useDlibAlignment: true })`, by which the library cuts out faces for its descriptors, gives the
#   face with the eyes brought level, as alignment does elsewhere (dlib's chips, ArcFace's template).
# Seen: it gives an upright box without an angle, the same for a head turned by 30 degrees as for one that is not, up to rounding:
#   descriptors of turned heads are computed on turned pictures.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @vladmandic/face-api@1.7.15 >/dev/null
cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs'
// The build for browsers needs no native TensorFlow; while it loads it must not take this for Node, whose modules it was built without.
const { process: node } = globalThis
globalThis.process = undefined
const faceapi = await import('@vladmandic/face-api/dist/face-api.esm.js')
globalThis.process = node
// A plain face: jaw, brows, nose, eyes and mouth as rings and rows of points around their centres, in a picture of 400 x 400.
const row = (count, x, y, width) => Array.from({ length: count }, (_, at) => [x + (at / (count - 1) - 0.5) * width, y])
const ring = (count, x, y, radius) =>
  Array.from({ length: count }, (_, at) => [x + radius * Math.cos((at / count) * 2 * Math.PI), y + radius * Math.sin((at / count) * 2 * Math.PI)])
const face = [
  ...row(17, 200, 260, 160), ...row(5, 160, 150, 50), ...row(5, 240, 150, 50), ...row(9, 200, 210, 40),
  ...ring(6, 160, 180, 12), ...ring(6, 240, 180, 12), ...ring(20, 200, 260, 25),
]
const turn = (degrees) => face.map(([x, y]) => {
  const angle = (degrees * Math.PI) / 180
  return [200 + (x - 200) * Math.cos(angle) - (y - 206.7) * Math.sin(angle), 206.7 + (x - 200) * Math.sin(angle) + (y - 206.7) * Math.cos(angle)]
})
const align = (degrees) => {
  const points = turn(degrees).map(([x, y]) => new faceapi.Point(x / 400, y / 400))
  const box = new faceapi.FaceLandmarks68(points, { width: 400, height: 400 }).align(null, { useDlibAlignment: true })
  return { keys: Object.keys(box).sort(), values: [box.x, box.y, box.width, box.height].map(Math.round) }
}
const [level, turned] = [align(0), align(30)]
const { version } = JSON.parse(readFileSync('node_modules/@vladmandic/face-api/package.json', 'utf8'))
console.log('face-api', version)
console.log('level ', level.values, 'turned by 30 degrees', turned.values, 'fields', turned.keys.join(' '))
const isSame = level.values.every((value, at) => Math.abs(value - turned.values[at]) <= 2)
if (!isSame || turned.keys.some((key) => /angle|roll|rotat/i.test(key))) {
  console.log('this has changed')
  process.exit(1)
}
JS
node run.mjs
