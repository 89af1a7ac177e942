/**
 * `node bench/training.ts [--python PYTHON --oracle bench_torch.py] [--engines onnx,onednn,onednn-bf16] [--arch resnet34]
 * [--size 224] [--batch 16] [--threads 2] [--rounds 3] [--steps 4] [--out FILE]`
 *
 * Training and inference speed of engines, and of PyTorch beside them where a Python with PyTorch is given: in float32, and beside
 * `onednn-bf16` in its bf16 autocast. All take turns, since a machine's speed drifts; the ratio to channels_last, above 1 where
 * ours is faster, is the median over rounds. Results go to bench/results/training.json.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import type { InferenceSession } from '#engine/base/runtime/inference-session.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { TrainBatch, TrainingSession } from '#engine/networks/architecture/training-engine.ts'
import { createBenchRuntime, describeNetwork, makeBatch, openSession, readEngine } from './bench-session.ts'
import type { BenchEngine, BenchShape } from './bench-session.ts'

interface Settings extends Omit<BenchShape, 'engine'> {
  readonly engines: readonly BenchEngine[]
  readonly rounds: number
  readonly steps: number
}

interface Speeds {
  readonly default: number
  readonly channelsLast: number
  /** Null where it was not asked for. */
  readonly bf16: number | null
}

interface TorchFigures {
  readonly train_images_per_s: number
  readonly infer_images_per_s: number
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
    engines: { type: 'string', default: 'onnx' },
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
    engines: options.engines.split(',').map(readEngine),
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

const isBf16 = (engine: BenchEngine): boolean => engine === 'onednn-bf16'

function measureTorch({ engines, arch, size, batch, threads, steps }: Settings): TorchSpeeds {
  const flags = { arch: arch.slice('resnet'.length), size, batch, threads, steps }
  const args = [
    options.oracle,
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(engines.some(isBf16) ? ['--bf16'] : []),
  ]
  const run = spawnSync(options.python, args, { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`The PyTorch benchmark failed: ${run.error?.message ?? run.stderr}`)
  const result: {
    torch: string
    default: TorchFigures
    channels_last: TorchFigures
    bf16_channels_last?: TorchFigures
  } = JSON.parse(run.stdout)
  const { torch, default: standard, channels_last: last, bf16_channels_last: narrow } = result
  const pick = (figure: keyof TorchFigures): Speeds => ({
    default: standard[figure],
    channelsLast: last[figure],
    bf16: narrow?.[figure] ?? null,
  })
  return { torch, training: pick('train_images_per_s'), inference: pick('infer_images_per_s') }
}

/** Within a round the machine is most nearly the same for both. */
function compareRounds(engine: BenchEngine, ours: readonly number[][], theirs: readonly Speeds[]): object {
  const imagesPerSecond = findMedian(ours.flat())
  if (theirs.length === 0) return { imagesPerSecond, samples: ours }
  const beside = theirs.map((speeds) => (isBf16(engine) ? (speeds.bf16 ?? Number.NaN) : speeds.channelsLast))
  const ratiosByRound = beside.map((speed, round) => findMedian(ours[round] ?? []) / speed)
  return {
    imagesPerSecond,
    torchImagesPerSecond: {
      default: findMedian(theirs.map((speeds) => speeds.default)),
      [isBf16(engine) ? 'bf16ChannelsLast' : 'channelsLast']: findMedian(beside),
    },
    ratioToChannelsLast: findMedian(ratiosByRound),
    ratiosByRound,
    samples: { ours, torch: theirs },
  }
}

interface Competitor {
  readonly engine: BenchEngine
  readonly training: TrainingSession
  readonly inference: InferenceSession
  readonly steps: number[][]
  readonly calls: number[][]
}

async function openCompetitor(engine: BenchEngine, settings: Settings): Promise<Competitor> {
  const shape = { ...settings, engine }
  const network = describeNetwork(shape)
  const model = buildInferenceModel(network, initialiseNetwork(network, 1))
  const inference = await createBenchRuntime(shape).createSession(model, { threads: settings.threads })
  return { engine, training: await openSession(shape), inference, steps: [], calls: [] }
}

async function main(): Promise<void> {
  const settings = readSettings()
  const batch = makeBatch(settings)
  const competitors: Competitor[] = []
  for (const engine of settings.engines) competitors.push(await openCompetitor(engine, settings))
  const torch: TorchSpeeds[] = []
  for (let round = 0; round < settings.rounds; round++) {
    for (const { training, inference, steps, calls } of competitors) {
      steps.push(await measureSteps(training, batch, settings.steps))
      calls.push(await measureCalls(inference, settings))
    }
    if (options.python !== '' && options.oracle !== '') torch.push(measureTorch(settings))
  }
  await Promise.all(
    competitors.flatMap(({ training, inference }) => [training.dispose(), inference.dispose()]),
  )
  const compare = ({ engine, steps, calls }: Competitor) => ({
    training: compareRounds(
      engine,
      steps,
      torch.map((run) => run.training),
    ),
    inference: compareRounds(
      engine,
      calls,
      torch.map((run) => run.inference),
    ),
  })
  const result = {
    ...settings,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()})`,
    ...(torch.length === 0 ? {} : { torch: torch[0]?.torch }),
    ...Object.fromEntries(competitors.map((competitor) => [competitor.engine, compare(competitor)])),
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
