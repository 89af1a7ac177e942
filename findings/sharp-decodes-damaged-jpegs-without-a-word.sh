#!/usr/bin/env bash
# sharp 0.35.5 (libvips 8.18), Node 24.
#
# Guess: `failOn: 'warning'` refuses a JPEG whose compressed data was damaged.
# Seen: bytes that do not belong there before the end marker are refused in progressive files only; a baseline file is read no further than
#   its last row. A byte overwritten inside a baseline file goes through nearly every time with the standard Huffman tables, in which almost
#   any bits mean something (cameras use them, and sharp with `optimiseCoding: false`), and mostly with tables made for the
#   picture; in about half of the cases more than a hundredth of the values is off by more than 16. A file cut in half is refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund sharp@0.35.5 >/dev/null
cat > run.cjs <<'JS'
const sharp = require('sharp')
const side = 96
let state = 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const picture = Uint8ClampedArray.from({ length: side * side * 3 }, (_, at) => {
  const [x, y, channel] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side), at % 3]
  return 128 + 60 * Math.sin(x / 9 + channel) + 50 * Math.cos(y / 7 - channel) + 12 * (random() - 0.5)
})
const encode = (options) => sharp(picture, { raw: { width: side, height: side, channels: 3 } }).jpeg({ quality: 85, ...options }).toBuffer()
const read = (file) => sharp(file, { failOn: 'warning' }).raw().toBuffer().catch(() => null)
const scanStart = (file) => {
  const marker = file.indexOf(Buffer.from([0xff, 0xda]))
  return marker + 2 + file.readUInt16BE(marker + 2)
}
/** One byte of the compressed data is another, and none that makes or breaks a marker. */
function overwrite(file) {
  const [copy, start] = [Buffer.from(file), scanStart(file)]
  let at
  do at = start + Math.floor(random() * (file.length - 2 - start))
  while (file[at] === 0xff || file[at - 1] === 0xff)
  copy[at] = (copy[at] + 1 + Math.floor(random() * 254)) % 255
  return copy
}
async function countSilent(file) {
  const right = await read(file)
  const counts = { silent: 0, changed: 0, plainly: 0 }
  for (let change = 0; change < 100; change++) {
    const pixels = await read(overwrite(file))
    if (pixels === null) continue
    counts.silent++
    const off = pixels.reduce((sum, value, at) => sum + (Math.abs(value - right[at]) > 16 ? 1 : 0), 0)
    if (!pixels.equals(right)) counts.changed++
    if (off / pixels.length > 0.01) counts.plainly++
  }
  return counts
}
async function main() {
  const files = {
    standard: await encode({ optimiseCoding: false }),
    optimised: await encode({}),
    progressive: await encode({ progressive: true }),
  }
  console.log('sharp', sharp.versions.sharp, 'libvips', sharp.versions.vips)
  const told = {}
  for (const [name, file] of Object.entries(files)) {
    const extra = Buffer.concat([file.subarray(0, -2), Buffer.of(1, 2, 3, 4, 5, 6, 7, 8), file.subarray(-2)])
    const versions = { whole: file, extra, cut: file.subarray(0, file.length / 2) }
    told[name] = []
    for (const version of Object.values(versions)) told[name].push((await read(version)) === null ? 'refused' : 'read')
    console.log(`${name}: as it is ${told[name][0]}, eight bytes before the end ${told[name][1]}, cut off ${told[name][2]}`)
  }
  const [standard, optimised] = [await countSilent(files.standard), await countSilent(files.optimised)]
  console.log('one byte overwritten, 100 times, read without a word: standard tables', standard, 'optimised tables', optimised)
  const isSame =
    told.standard.join() === 'read,read,refused' && told.optimised.join() === 'read,read,refused' &&
    told.progressive.join() === 'read,refused,refused' &&
    standard.silent >= 98 && optimised.silent > 50 && optimised.silent < 90 &&
    [standard, optimised].every(({ silent, changed, plainly }) => changed === silent && plainly > silent / 3)
  if (!isSame) {
    console.log('this has changed')
    process.exit(1)
  }
}
main()
JS
node run.cjs
