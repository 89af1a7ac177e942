#!/usr/bin/env bash
# sharp 0.35.5 (libvips 8.18), Node 24.
#
# Guess: `sharp.block()` called in a worker thread limits that worker, as its own copy of the module suggests.
# Seen: it limits the whole process at once: the main thread can no longer read the format, and `sharp.unblock()` in yet another
#   thread lifts it for all. Blocking everything and allowing some again therefore lets other threads' decoding fail in between.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund sharp@0.35.5 >/dev/null
cat > worker.cjs <<'JS'
const sharp = require('sharp')
const { workerData, parentPort } = require('node:worker_threads')
sharp[workerData]({ operation: ['VipsForeignLoadWebp'] })
parentPort.postMessage('done')
JS
cat > run.cjs <<'JS'
const sharp = require('sharp')
const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
async function main() {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).webp().toBuffer()
  const reads = () => sharp(picture).raw().toBuffer().then(() => 'reads', () => 'refuses')
  const seen = [await reads()]
  for (const call of ['block', 'unblock']) {
    const worker = new Worker('./worker.cjs', { workerData: call })
    await once(worker, 'message')
    seen.push(await reads())
    await worker.terminate()
  }
  console.log('sharp', sharp.versions.sharp, 'libvips', sharp.versions.vips)
  console.log('main thread before, after a worker blocked WebP, after another unblocked it:', seen.join(', '))
  if (seen.join() !== 'reads,refuses,reads') {
    console.log('this has changed')
    process.exit(1)
  }
}
main()
JS
node run.cjs
