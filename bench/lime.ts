// LIME beside bare inference, and beside LIME's own loop driving PyTorch: node bench/lime.ts MODEL.onnx PICTURE [SAMPLES] [onnx|onednn|onednn-bf16]
import { readFileSync } from 'node:fs'
import { explanationSettings } from '#shared/contract/explanation.contract.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { countThreads } from '#engine/base/kernel/count-threads.ts'
import { Explainer } from '#engine/assessment/explanations/explainer.ts'
import { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import { createBenchRuntime, readEngine } from './bench-session.ts'

const [onnxFile = '', file = '', count = '1000', name = 'onnx'] = process.argv.slice(2)
const engine = readEngine(name)
const computeWith = {
  engine: engine === 'onnx' ? 'onnx' : 'onednn',
  arithmetic: engine === 'onednn-bf16' ? 'bf16' : 'float32',
} as const
const samples = Number(count)
const threads = countThreads(process.env)
const model = { onnxFile, sha256: null }
const picture = readFileSync(file)
const workers = locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href)
await using explainer = new Explainer({ workers, codec: () => Promise.resolve('sharp'), cores: threads })
const signal = new AbortController().signal
const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(2)

async function run(settings: object): Promise<void> {
  const from = performance.now()
  let first: string | null = null
  const parsed = explanationSettings.parse({ samples, checks: false, ...settings })
  const tasks = ['age', 'gender', 'race'] as const
  await explainer.explain(
    model,
    { picture, settings: parsed, tasks },
    {
      signal,
      computeWith,
      onNews: ({ soFar }) => (first ??= soFar === null ? null : seconds(from)),
    },
  )
  console.log(`${parsed.method}: ${seconds(from)} s, first map after ${first ?? '-'} s`)
}

await run({ method: 'cam' })
await run({ method: 'cam' })
await run({ method: 'lime' })
await run({ method: 'occlusion' })
await using network = await ExplainedNetwork.open(model, { runtime: createBenchRuntime({ engine }), threads })
const { inputSize } = network.metadata
const batch = new Float32Array(64 * 3 * inputSize * inputSize).fill(120)
await network.run(batch, 64)
const from = performance.now()
for (let at = 0; at < samples; at += 64) await network.run(batch, 64)
console.log(
  `bare inference of ${Math.ceil(samples / 64) * 64} pictures: ${seconds(from)} s on ${threads} threads`,
)
