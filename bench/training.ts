/**
 * `node bench/training.ts [--python PYTHON --oracle bench_torch.py] [--arch resnet34] [--size 224] [--batch 16]
 * [--threads 2] [--rounds 3] [--steps 4] [--out FILE]`
 *
 * Training and inference speed of the ONNX engine, and of PyTorch beside it where a Python with PyTorch is given. The two take turns,
 * since a machine's speed drifts; the ratio, above 1 where ours is faster, is the median over rounds. Results go to
 * bench/results/training.json.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import type { InferenceSession } from '#engine/base/runtime/inference-session.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { TrainBatch, TrainingSession } from '#engine/networks/architecture/training-engine.ts'
import { describeNetwork, makeBatch, openSession } from './bench-session.ts'
import type { BenchShape } from './bench-session.ts'

interface Settings extends BenchShape {
  readonly rounds: number
  readonly steps: number
}

interface Speeds {
  readonly default: number
  readonly channelsLast: number
}

interface TorchSpeeds {
  readonly torch: string
  readonly training: Speeds
  readonly inference: Speeds
}

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: process.env['EVENHAND_PYTHON'] ?? '' },
    oracle: { type: 'string', default: process.env['EVENHAND_TORCH_BENCH'] ?? '' },
    arch: { type: 'string', default: 'resnet34' },
    size: { type: 'string', default: '224' },
    batch: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '4' },
    out: { type: 'string', default: new URL('results/training.json', import.meta.url).pathname },
  },
})

function readSettings(): Settings {
  const { arch, size, batch, threads, rounds, steps } = options
  if (arch !== 'resnet18' && arch !== 'resnet34')
    throw new Error(`--arch is resnet18 or resnet34, not ${arch}`)
  return {
    arch,
    size: Number(size),
    batch: Number(batch),
    threads: Number(threads),
    rounds: Number(rounds),
    steps: Number(steps),
  }
}

/** Images per second of single steps; one more step comes first, uncounted. */
async function measureSteps(session: TrainingSession, batch: TrainBatch, steps: number): Promise<number[]> {
  const speeds: number[] = []
  for (let step = 0; step <= steps; step++) {
    const start = performance.now()
    await session.step(batch, { learningRate: 1e-3 })
    if (step > 0) speeds.push((session.batchSize * 1000) / (performance.now() - start))
  }
  return speeds
}

/** Images per second of single calls of the exported graph; one more comes first, uncounted. */
async function measureCalls(session: InferenceSession, settings: Settings): Promise<number[]> {
  const { batch, size, steps } = settings
  const data = Float32Array.from(makeBatch(settings).images)
  const speeds: number[] = []
  for (let call = 0; call <= steps; call++) {
    const start = performance.now()
    await session.run({ image: { type: 'float32', dims: [batch, 3, size, size], data } })
    if (call > 0) speeds.push((batch * 1000) / (performance.now() - start))
  }
  return speeds
}

function measureTorch({ arch, size, batch, threads, steps }: Settings): TorchSpeeds {
  const flags = { arch: arch.slice('resnet'.length), size, batch, threads, steps }
  const args = [
    options.oracle,
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]
  const run = spawnSync(options.python, args, { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`The PyTorch benchmark failed: ${run.error?.message ?? run.stderr}`)
  const result: {
    torch: string
    default: { train_images_per_s: number; infer_images_per_s: number }
    channels_last: { train_images_per_s: number; infer_images_per_s: number }
  } = JSON.parse(run.stdout)
  const { torch, default: standard, channels_last: last } = result
  return {
    torch,
    training: { default: standard.train_images_per_s, channelsLast: last.train_images_per_s },
    inference: { default: standard.infer_images_per_s, channelsLast: last.infer_images_per_s },
  }
}

/** Within a round the machine is most nearly the same for both. */
function compareRounds(ours: readonly number[][], theirs: readonly Speeds[]): object {
  const onnxImagesPerSecond = findMedian(ours.flat())
  if (theirs.length === 0) return { onnxImagesPerSecond, samples: ours }
  const ratiosByRound = theirs.map((speeds, round) => findMedian(ours[round] ?? []) / speeds.channelsLast)
  return {
    onnxImagesPerSecond,
    torchImagesPerSecond: {
      default: findMedian(theirs.map((speeds) => speeds.default)),
      channelsLast: findMedian(theirs.map((speeds) => speeds.channelsLast)),
    },
    ratioToChannelsLast: findMedian(ratiosByRound),
    ratiosByRound,
    samples: { onnx: ours, torch: theirs },
  }
}

async function main(): Promise<void> {
  const settings = readSettings()
  const batch = makeBatch(settings)
  const training = await openSession(settings)
  const network = describeNetwork(settings)
  const model = buildInferenceModel(network, initialiseNetwork(network, 1))
  const inference = await createOrtRuntime().createSession(model, { threads: settings.threads })
  const steps: number[][] = []
  const calls: number[][] = []
  const torch: TorchSpeeds[] = []
  for (let round = 0; round < settings.rounds; round++) {
    steps.push(await measureSteps(training, batch, settings.steps))
    calls.push(await measureCalls(inference, settings))
    if (options.python !== '' && options.oracle !== '') torch.push(measureTorch(settings))
  }
  await Promise.all([training.dispose(), inference.dispose()])
  const result = {
    ...settings,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()})`,
    ...(torch.length === 0 ? {} : { torch: torch[0]?.torch }),
    training: compareRounds(
      steps,
      torch.map((run) => run.training),
    ),
    inference: compareRounds(
      calls,
      torch.map((run) => run.inference),
    ),
  }
  const key = `${settings.arch} ${settings.size}px batch ${settings.batch}`
  writeFileSync(options.out, `${JSON.stringify({ ...readEarlier(options.out), [key]: result }, null, 2)}\n`)
  process.stdout.write(
    `${JSON.stringify(result, (name, value) => (name === 'samples' ? undefined : value), 2)}\n`,
  )
}

/** Results of other settings in the same file stay. */
function readEarlier(path: string): object {
  try {
    const earlier: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof earlier === 'object' && earlier !== null ? earlier : {}
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

await main()
