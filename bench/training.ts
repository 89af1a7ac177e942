/**
 * `node bench/training.ts [--python PYTHON --oracle bench_torch.py] [--arch resnet34] [--size 224] [--batch 16]
 * [--threads 2] [--rounds 3] [--steps 4] [--out FILE]`
 *
 * Training speed of the ONNX engine, and of PyTorch beside it where a Python with PyTorch is given. The two take turns,
 * since a machine's speed drifts; the ratio, above 1 where ours is faster, is the median over rounds. Results go to
 * bench/results/training.json.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/training/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import type { NetworkSpec, TrainBatch, TrainingSession } from '#engine/training/training-engine.ts'

interface Settings {
  readonly arch: NetworkSpec['arch']
  readonly size: number
  readonly batch: number
  readonly threads: number
  readonly rounds: number
  readonly steps: number
}

interface TorchSpeeds {
  readonly torch: string
  readonly default: number
  readonly channelsLast: number
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

/** The middle value, or the mean of the two in the middle, which favours neither side. */
function findMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return ((lower ?? Number.NaN) + (upper ?? Number.NaN)) / 2
}

function makeBatch({ size, batch }: Settings): TrainBatch {
  const images = Uint8Array.from(
    { length: batch * 3 * size * size },
    (_, index) => Math.imul(index, 2654435761) >>> 24,
  )
  const label = (classes: number): Int32Array =>
    Int32Array.from({ length: batch }, (_, index) => index % classes)
  return {
    images,
    labels: new Map([
      ['age', label(9)],
      ['gender', label(2)],
      ['race', label(7)],
    ] as const),
  }
}

async function openSession({ arch, size, batch, threads }: Settings): Promise<TrainingSession> {
  const network: NetworkSpec = {
    arch,
    inputSize: size,
    heads: [
      { task: 'age', classes: 9 },
      { task: 'gender', classes: 2 },
      { task: 'race', classes: 7 },
    ],
  }
  const session = await createOnnxTrainingEngine({ runtime: createOrtRuntime() }).compile(network, {
    batchSize: batch,
    threads,
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 1e-2,
      decayNormsAndBiases: true,
    },
  })
  session.load({ weights: initialiseNetwork(network, 1) })
  return session
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
    default: { train_images_per_s: number }
    channels_last: { train_images_per_s: number }
  } = JSON.parse(run.stdout)
  return {
    torch: result.torch,
    default: result.default.train_images_per_s,
    channelsLast: result.channels_last.train_images_per_s,
  }
}

async function main(): Promise<void> {
  const settings = readSettings()
  const batch = makeBatch(settings)
  const session = await openSession(settings)
  const ours: number[][] = []
  const torch: TorchSpeeds[] = []
  for (let round = 0; round < settings.rounds; round++) {
    ours.push(await measureSteps(session, batch, settings.steps))
    if (options.python !== '' && options.oracle !== '') torch.push(measureTorch(settings))
  }
  await session.dispose()
  const engine = findMedian(ours.flat())
  // Within a round the machine is most nearly the same for both.
  const ratios = torch.map(({ channelsLast: theirs }, round) => findMedian(ours[round] ?? []) / theirs)
  const [channelsLast, standard] = [
    torch.map((run) => run.channelsLast),
    torch.map((run) => run.default),
  ].map(findMedian)
  const result = {
    ...settings,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()})`,
    onnxImagesPerSecond: engine,
    ...(torch.length === 0
      ? {}
      : {
          torch: torch[0]?.torch,
          torchImagesPerSecond: { default: standard, channelsLast },
          ratioToChannelsLast: findMedian(ratios),
          ratiosByRound: ratios,
        }),
    samples: { onnx: ours, torch },
  }
  const key = `${settings.arch} ${settings.size}px batch ${settings.batch}`
  writeFileSync(options.out, `${JSON.stringify({ ...readEarlier(options.out), [key]: result }, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify({ ...result, samples: undefined }, null, 2)}\n`)
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
