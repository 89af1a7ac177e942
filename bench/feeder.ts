/**
 * `node bench/feeder.ts [--size 64] [--batch 64] [--threads 1] [--batches 40] [--steps 6] [--out FILE]`
 *
 * How many images per second the feeder's threads prepare, by augmentation, what an image costs in processor time (which
 * other programs' load does not change), and how long ResNet-18's steps on the CPU wait for them. Results go to bench/results/feeder.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { TensorCache, tensorBytes } from '#engine/networks/tensors/tensor-cache.ts'
import { openFeeder, type FeederInput } from '#engine/learning/training/training-feeder.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '64' },
    batch: { type: 'string', default: '64' },
    threads: { type: 'string', default: '1' },
    batches: { type: 'string', default: '40' },
    steps: { type: 'string', default: '6' },
    out: { type: 'string', default: new URL('results/feeder.json', import.meta.url).pathname },
  },
})
const [size, batch, threads, batches, steps] = [
  options.size,
  options.batch,
  options.threads,
  options.batches,
  options.steps,
].map(Number) as [number, number, number, number, number]

const workers = locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href)
const none = {
  flip: false,
  crop: 'none',
  minArea: 0.6,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  erasing: 0,
} as const
const augmentations: Readonly<Record<string, TrainConfig['augmentation']>> = {
  nothing: none,
  'flip and padded crop': { ...none, flip: true, crop: 'pad' },
  everything: {
    flip: true,
    crop: 'resized',
    minArea: 0.3,
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.4,
    erasing: 1,
  },
}

async function fillCache(folder: string): Promise<Pick<FeederInput, 'tensorsFile' | 'data'>> {
  await using cache = await TensorCache.open(folder, size)
  const names = Array.from({ length: batch * 4 }, (_, image) => image.toString(16).padStart(64, '0'))
  for (const [image, pixelSha256] of names.entries()) {
    const tensor = Uint8Array.from(
      { length: tensorBytes(size) },
      (_, at) => Math.imul(at + image, 2654435761) >>> 24,
    )
    await cache.append([{ pixelSha256, tensor }])
  }
  const rows = names.map((name) => cache.find(name)).filter((row) => row !== undefined)
  const labels = new Map([['gender', Int32Array.from(rows, (_, image) => image % 2)] as const])
  return { tensorsFile: cache.paths.tensors, data: { rows, labels } }
}

/** Processor time of one image in the calling thread, in milliseconds, past the first batches that warm it up. */
async function measureCost(input: FeederInput): Promise<number> {
  await using feeder = openFeeder(input, { workers, threads: 0 })
  const make = (at: number) =>
    feeder.nextBatch(1 + Math.floor(at / feeder.batchesPerEpoch), at % feeder.batchesPerEpoch)
  const warmUp = 10
  for (let at = 0; at < warmUp; at++) await make(at)
  const before = process.cpuUsage()
  for (let at = 0; at < batches; at++) await make(warmUp + at)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (batches * batch)
}

/** Waits and the whole time in seconds over `count` batches, each followed by `step`; the first is not counted. */
async function measure(
  input: FeederInput,
  count: number,
  step: (images: Awaited<ReturnType<ReturnType<typeof openFeeder>['nextBatch']>>) => Promise<void>,
): Promise<{ waited: number; seconds: number }> {
  await using feeder = openFeeder(input, { workers, threads })
  let [waited, start] = [0, 0]
  for (let at = 0; at <= count; at++) {
    const asked = performance.now()
    const made = await feeder.nextBatch(
      1 + Math.floor(at / feeder.batchesPerEpoch),
      at % feeder.batchesPerEpoch,
    )
    if (at === 1) start = asked
    if (at > 0) waited += performance.now() - asked
    await step(made)
  }
  return { waited: waited / 1000, seconds: (performance.now() - start) / 1000 }
}

async function openSession() {
  const network: NetworkSpec = { arch: 'resnet18', inputSize: size, heads: [{ task: 'gender', classes: 2 }] }
  const session = await createOnnxTrainingEngine({ runtime: createOrtRuntime() }).compile(network, {
    batchSize: batch,
    threads: availableParallelism(),
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 1e-2,
      decayNormsAndBiases: false,
    },
  })
  session.load({ weights: initialiseNetwork(network, 1) })
  return session
}

async function main(folder: string): Promise<void> {
  const cached = await fillCache(folder)
  const session = await openSession()
  const results: Record<string, object> = {}
  for (const [name, augmentation] of Object.entries(augmentations)) {
    const config = trainConfig.parse({ splitId: 1, batchSize: batch, augmentation, epochs: 1000 })
    const input = { ...cached, config: { ...config, inputSize: size } }
    const cost = await measureCost(input)
    const alone = await measure(input, batches, () => Promise.resolve())
    const training = await measure(input, steps, async (made) => {
      await session.step(made, { learningRate: 1e-3 })
    })
    results[name] = {
      processorMillisecondsPerImage: cost,
      imagesPerSecondOfOneCore: 1000 / cost,
      preparedImagesPerSecond: (batches * batch) / alone.seconds,
      trainedImagesPerSecond: (steps * batch) / training.seconds,
      waitedShareOfTraining: training.waited / training.seconds,
    }
  }
  await session.dispose()
  const cpu = `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()}), ${availableParallelism()} threads`
  const result = { size, batch, threads, cpu, results }
  writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'evenhand-feeder-'))
try {
  await main(folder)
} finally {
  rmSync(folder, { recursive: true })
}
