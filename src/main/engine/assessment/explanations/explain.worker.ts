import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { readFileIdentity } from '#engine/base/integrity/file-hashes.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { AppError } from '#shared/contract/errors.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { openLandmarkNetwork } from '#engine/networks/faces/face-networks.ts'
import { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { Asker } from './asker.ts'
import { noteEven } from './check-maps.ts'
import { chooseTargets } from './domain/targets.ts'
import { chooseScale, drawMap, encodeAddress, explainPicture, type Draft } from './explain-picture.ts'
import type { DescribeTask, ExplainNews, ExplainTask, MadeExplanation } from './explain-task.ts'
import { lookAtPicture } from './look-at-picture.ts'
import { toRgb } from './make-maps.ts'

/** Opened once; one model at a time, since people look at one. */
const eyes = createOpenSlot({
  open: async (threads: number) => {
    const machine = { runtime: openRuntime(usualChoice), threads }
    return { detector: await openBlazeDetector(machine), landmarks: await openLandmarkNetwork(machine) }
  },
  close: async ({ detector, landmarks }) => {
    await detector[Symbol.asyncDispose]()
    await landmarks[Symbol.asyncDispose]()
  },
})

const networks = createOpenSlot({
  open: (key: string) => openNetwork(key),
  close: (network) => network[Symbol.asyncDispose](),
})

type NetworkKey = Pick<ExplainTask, 'onnxFile' | 'sha256' | 'threads' | 'computeWith'>

function openNetwork(key: string): Promise<ExplainedNetwork> {
  const { onnxFile, sha256, threads, computeWith } = JSON.parse(key) as NetworkKey
  return ExplainedNetwork.open({ onnxFile, sha256 }, { runtime: openRuntime(computeWith), threads })
}

/** A file that changed on disk is another network. */
async function findNetwork({
  onnxFile,
  sha256,
  threads,
  computeWith,
}: NetworkKey): Promise<ExplainedNetwork> {
  const identity = await readFileIdentity(onnxFile).catch((error: unknown) => {
    throw mapSystemError(error, { action: 'read', path: onnxFile })
  })
  return networks.get(JSON.stringify({ onnxFile, sha256, threads, computeWith, identity }))
}

/** Which tasks a model answers, and which of them want a purpose. */
export function describeModel(task: DescribeTask) {
  return packOutcome(async () => {
    const { metadata, sha256 } = await findNetwork(task)
    return {
      sha256,
      heads: [...metadata.labels.keys()],
      guarded: metadata.guarded,
      purpose: metadata.purpose,
    }
  })
}

/** Explains one picture, and tells of it on the way. */
export function explain(task: ExplainTask) {
  return packOutcome(() => work(task)).finally(() => task.port.close())
}

async function work(task: ExplainTask): Promise<MadeExplanation> {
  const startedAt = performance.now()
  const { settings, picture, port, threads } = task
  const flag = new Int32Array(task.cancelFlag)
  const throwIfCancelled = () => {
    if (Atomics.load(flag, 0) !== 0) throw new AppError('CANCELLED', 'The explanation was cancelled.')
  }
  const codec = await openImageCodec(task.codec)
  const network = await findNetwork(task)
  throwIfCancelled()
  const { metadata, view, sha256 } = network
  const looked = await lookAtPicture(picture, {
    codec,
    eyes: await eyes.get(threads),
    view,
    inputSize: metadata.inputSize,
    face: settings.face,
  })
  const { seen } = looked
  const labels = new Map([...metadata.labels].filter(([name]) => task.tasks.includes(name)))
  const tensor = Float32Array.from(seen.tensor)
  const isActivation = settings.method === 'cam' || settings.method === 'gradcam'
  const heads = isActivation ? (await network.see(tensor)).heads : await network.run(tensor, 1)
  const { ageReadOut } = metadata
  const targets = chooseTargets({ heads, labels, ageReadOut, wanted: settings.labels })
  let progress: ExplainNews['progress'] = { phase: 'Looking at the picture', done: 0, total: 0 }
  const tell = (soFar: MadeExplanation | null = null): void =>
    port.postMessage({ progress, soFar } satisfies ExplainNews)
  const count = (pictures: number): void => {
    const done = progress.done + pictures
    progress = { ...progress, done, total: Math.max(progress.total, done) }
    tell()
  }
  const begin = (phase: string, total: number): void => {
    throwIfCancelled()
    progress = { phase, done: 0, total }
    tell()
  }
  const input = encodeAddress(codec, enlarge(toRgb(seen)))
  // A picture that cannot be written is told where it is waited for.
  input.catch(() => undefined)
  const computedBy = await network.computedBy()
  const describe = async ({ cut, maps, samples, notes }: Draft): Promise<MadeExplanation> => {
    const { segments, kind, names } = cut
    const words = Uint16Array.from(segments.labels)
    const drawn = maps.flatMap(({ weights, ...facts }, at) => {
      const target = targets[at]
      if (target === undefined) return []
      const { task: name, label, kind: unit, read } = target
      const map = async () => ({
        task: name,
        label,
        kind: unit,
        value: read(heads.get(name) ?? new Float32Array()),
        weights: [...weights],
        ...facts,
        overlay: await encodeAddress(codec, drawMap(seen, cut, weights)),
      })
      return [map()]
    })
    return {
      model: { name: metadata.name, sha256 },
      picture: {
        sha256: hashBytes(picture),
        width: looked.width,
        height: looked.height,
        faces: looked.faces,
        cut: looked.cut,
        seen: looked.box,
      },
      settings,
      samples,
      regions: {
        kind,
        width: segments.width,
        height: segments.height,
        count: segments.count,
        labels: Buffer.from(words.buffer).toString('base64'),
        names: names === null ? null : [...names],
      },
      input: await input,
      maps: await Promise.all(drawn),
      notes: [...noteEven(maps), ...looked.notes, ...notes, ...noteMethod(settings.method)],
      computedBy,
      seconds: (performance.now() - startedAt) / 1000,
    }
  }
  const asker = new Asker(network, targets, { throwIfCancelled, count })
  const show = async (draft: Draft): Promise<void> => tell(await describe(draft))
  return describe(await explainPicture({ network, asker, settings, seen, begin, show }))
}

const enlarge = (picture: ReturnType<typeof toRgb>) => {
  const scale = chooseScale(picture.width)
  const { width, data } = picture
  const side = width * scale
  const large = new Uint8Array(side * side * 3)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let channel = 0; channel < 3; channel++)
        large[(y * side + x) * 3 + channel] =
          data[(Math.floor(y / scale) * width + Math.floor(x / scale)) * 3 + channel] ?? 0
  return { width: side, height: side, data: large }
}

function noteMethod(method: ExplainTask['settings']['method']): string[] {
  if (method !== 'gradcam') return []
  return [
    'The network ends in a global average, after which Grad-CAM is class activation without what speaks against, and no other method.',
  ]
}
