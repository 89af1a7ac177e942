/**
 * `node bench/memory.ts [--python PYTHON] [--engine onednn-bf16] [--arch resnet34] [--size 224] [--batch 16] [--threads 2] [--steps 3]
 * [--out FILE]`
 *
 * Peak resident memory of a fresh process that trains a few steps with an engine, and of PyTorch's in both of its
 * layouts (in bf16 autocast beside `onednn-bf16`) where a Python with PyTorch is given. Results go to bench/results/memory.json.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeBatch, openSession, readEngine } from './bench-session.ts'
import type { BenchShape } from './bench-session.ts'

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: process.env['EVENHAND_PYTHON'] ?? '' },
    engine: { type: 'string', default: 'onnx' },
    arch: { type: 'string', default: 'resnet34' },
    size: { type: 'string', default: '224' },
    batch: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    steps: { type: 'string', default: '3' },
    out: { type: 'string', default: fileURLToPath(new URL('results/memory.json', import.meta.url)) },
    /** In the child: train, and print the peak. */
    measure: { type: 'boolean', default: false },
  },
})

interface Peak {
  readonly startedMegabytes: number
  readonly peakMegabytes: number
}

const readPeak = (): number => process.resourceUsage().maxRSS / 1024

async function measureOurs(): Promise<Peak> {
  const { engine, arch, size, batch, threads, steps } = options
  if (arch !== 'resnet18' && arch !== 'resnet34')
    throw new Error(`--arch is resnet18 or resnet34, not ${arch}`)
  const startedMegabytes = readPeak()
  const shape: BenchShape = {
    engine: readEngine(engine),
    arch,
    size: Number(size),
    batch: Number(batch),
    threads: Number(threads),
  }
  const session = await openSession(shape)
  for (let step = 0; step < Number(steps); step++)
    await session.step(makeBatch(shape), { learningRate: 1e-3 })
  const peakMegabytes = readPeak()
  await session.dispose()
  return { startedMegabytes, peakMegabytes }
}

/** Runs a program that prints one JSON line, with this one's flags. */
function runFresh(program: string, args: readonly string[]): Peak {
  const { arch, size, batch, threads, steps } = options
  const flags = Object.entries({ arch, size, batch, threads, steps }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ])
  const run = spawnSync(program, [...args, ...flags], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`${program} failed: ${run.error?.message ?? run.stderr}`)
  return JSON.parse(run.stdout)
}

function compare(): void {
  const { python, engine, arch, size, batch, out } = options
  const script = fileURLToPath(new URL('torch_memory.py', import.meta.url))
  const layouts = engine === 'onednn-bf16' ? ['bf16_channels_last'] : ['default', 'channels_last']
  const result = {
    [engine]: runFresh(process.execPath, [fileURLToPath(import.meta.url), '--measure', '--engine', engine]),
    ...(python === ''
      ? {}
      : { torch: layouts.map((layout) => runFresh(python, [script, '--layout', layout])) }),
  }
  const earlier: unknown = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : {}
  const key = `${arch} ${size}px batch ${batch}`
  writeFileSync(out, `${JSON.stringify({ ...Object(earlier), [key]: result }, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
}

if (options.measure) process.stdout.write(`${JSON.stringify(await measureOurs())}\n`)
else compare()
