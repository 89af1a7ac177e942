import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureImages } from '#engine/curation/pixels/measure.worker.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { findMedian } from '#engine/base/kernel/quantiles.ts'

/**
 * Images a second of the scan's pixel work on one thread, beside cleanvision's share of it in Python, in turns.
 * `node bench/pixel-scan.ts FOLDER [--images 300] [--python PYTHON] [--out FILE.json]`
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: 'string', default: '300' },
    python: { type: 'string' },
    out: { type: 'string' },
  },
})
const [folder] = positionals
if (folder === undefined) throw new Error('Name the folder of images.')
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).toSorted()
const paths = names.slice(0, Number(values.images)).map((name) => join(folder, name))
const files = await Promise.all(paths.map(async (file) => ({ file, fileSha256: await hashFile(file) })))

async function measureOurs(): Promise<number> {
  const startedAt = process.cpuUsage()
  await measureImages({ codec: 'sharp', files })
  const { user, system } = process.cpuUsage(startedAt)
  return files.length / ((user + system) / 1e6)
}

function measurePython(python: string): number {
  const script = join(import.meta.dirname, '../tests/oracles/bench_pixel_scan.py')
  const { stdout } = spawnSync(python, [script, folder ?? '', values.images], { encoding: 'utf8' })
  return Number(/([\d.]+) a second of CPU/.exec(stdout)?.[1] ?? Number.NaN)
}

await measureOurs()
const rounds = []
for (let round = 0; round < 3; round++) {
  const ours = await measureOurs()
  rounds.push({ ours, ...(values.python !== undefined && { python: measurePython(values.python) }) })
}
const result = {
  images: files.length,
  unit: 'images a second of CPU time',
  ours: Math.round(findMedian(rounds.map(({ ours }) => ours))),
  ...(values.python !== undefined && {
    python: Math.round(findMedian(rounds.map(({ python = 0 }) => python))),
  }),
  rounds,
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`)
