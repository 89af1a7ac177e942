import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { listHeads, locateModel } from '#engine/learning/models/model-file.ts'
import { buildProbeFile } from '#engine/learning/models/probe-file.ts'
import type { HeadSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import type { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { describeValidation } from './compose-training.ts'
import { applyHead, fitHead, probePenalty } from './domain/fit-probe.ts'
import type { ProbeAssignment } from './probe-protocol.ts'
import type { TrainedModel, TrainMessage } from './train-protocol.ts'
import { validateNetwork, type Validation } from './validate-network.ts'

interface FitProbeDeps {
  readonly tell: (message: TrainMessage) => void
  readonly isCancelled: () => boolean
  /** Milliseconds from any origin. */
  readonly now: () => number
  readonly readMemoryBytes: () => number
}

type Faces = ProbeAssignment['train']

const mapLabels = ({ labels }: Faces): Map<Task, Int32Array> =>
  new Map(tasks.flatMap((task) => (labels[task] ? [[task, labels[task]] as const] : [])))

const nameHead = (task: Task, part: 'weight' | 'bias'): string => `head.${task}.${part}`

interface FittedHeads {
  readonly weights: StateDict
  /** Tasks whose minimum was not reached. */
  readonly unfinished: readonly Task[]
}

function fitHeads(
  { train }: ProbeAssignment,
  heads: readonly HeadSpec[],
  { tell, isCancelled }: FitProbeDeps,
): FittedHeads {
  const { descriptors, years } = train
  const faces = { descriptors, years, dimensions: descriptorSize, labels: mapLabels(train) }
  const onStep = (): void => {
    if (isCancelled())
      throw new AppError('CANCELLED', 'The training was stopped. Resume the run to start it again.')
  }
  const fitted = heads.map((head) => {
    tell({ type: 'phase', phase: `Solving the ${head.task} head` })
    return {
      task: head.task,
      ...fitHead(faces, head, { bins: ageBinLabels.length, penalty: probePenalty, onStep }),
    }
  })
  return {
    weights: new Map(
      fitted.flatMap(({ task, weight, bias }) => [
        [nameHead(task, 'weight'), weight],
        [nameHead(task, 'bias'), bias],
      ]),
    ),
    unfinished: fitted.filter(({ isConverged }) => !isConverged).map(({ task }) => task),
  }
}

/** Descriptors as what is validated reads them: bytes by rows. */
async function measurePart(
  faces: Faces,
  weights: StateDict,
  {
    assignment,
    heads,
    isCancelled,
  }: { assignment: ProbeAssignment; heads: readonly HeadSpec[] } & Pick<FitProbeDeps, 'isCancelled'>,
): Promise<Validation> {
  const count = faces.descriptors.length / descriptorSize
  const rows = Array.from({ length: count }, (_, row) => ({ row, crc: 0 }))
  const readAll: TensorReader['readAll'] = (wanted) => {
    const chosen = new Float32Array(wanted.length * descriptorSize)
    wanted.forEach(({ row }, at) =>
      chosen.set(
        faces.descriptors.subarray(row * descriptorSize, (row + 1) * descriptorSize),
        at * descriptorSize,
      ),
    )
    return new Uint8Array(chosen.buffer)
  }
  const session = {
    predict: async (bytes: Uint8Array) => {
      const embedding = new Float32Array(bytes.slice().buffer)
      const answer = ({ task }: HeadSpec) => {
        const [weight, bias] = [weights.get(nameHead(task, 'weight')), weights.get(nameHead(task, 'bias'))]
        if (weight === undefined || bias === undefined) throw new Error(`The ${task} head was not fitted`)
        return [task, applyHead({ weight, bias }, embedding)] as const
      }
      return { embedding, logits: new Map(heads.map(answer)) }
    },
  }
  const data = { rows, labels: mapLabels(faces), years: faces.years }
  const measured = await validateNetwork(session, data, {
    ...describeValidation(assignment),
    reader: { readAll },
    isCancelled,
  })
  if (measured === null)
    throw new AppError('CANCELLED', 'The training was stopped. Resume the run to start it again.')
  return measured
}

const byTask = (losses: ReadonlyMap<Task, number>): EpochRecord['trainLosses'] => ({
  age: losses.get('age') ?? null,
  gender: losses.get('gender') ?? null,
  race: losses.get('race') ?? null,
})

/**
 * Fits a probe's heads and writes it as a model. It takes seconds, so that one that was stopped begins again; the same images
 * give the same bytes.
 * @throws AppError CANCELLED when it was asked to stop
 */
export async function fitProbe(assignment: ProbeAssignment, deps: FitProbeDeps): Promise<TrainedModel> {
  const { config, labels, train, validation } = assignment
  const heads = listHeads(labels, findAgeReadOut(config.age))
  const startedAt = deps.now()
  deps.tell({ type: 'started', step: 0, totalSteps: heads.length, epochs: [] })
  const { weights, unfinished } = fitHeads(assignment, heads, deps)
  const solvedSeconds = (deps.now() - startedAt) / 1000
  deps.tell({ type: 'phase', phase: 'Measuring the validation part' })
  const context = { assignment, heads, isCancelled: deps.isCancelled }
  const learned = await measurePart(train, weights, context)
  const measured = await measurePart(validation, weights, context)
  const images = train.descriptors.length / descriptorSize
  const best: EpochRecord = {
    epoch: 1,
    learningRate: 0,
    trainLoss: learned.loss ?? 0,
    trainLosses: byTask(learned.losses),
    validationLoss: measured.loss,
    validationLosses: byTask(measured.losses),
    validation: measured.result,
    raceByGroup: measured.raceByGroup,
    byRace: measured.byRace,
    lossWeights: null,
    gradientNorm: null,
    memoryBytes: deps.readMemoryBytes(),
    seconds: (deps.now() - startedAt) / 1000,
    feederWaitSeconds: 0,
    imagesPerSecond: images / Math.max(solvedSeconds, 1e-6),
    isBest: true,
  }
  deps.tell({ type: 'epoch', record: best, confusion: measured.confusion })
  deps.tell({ type: 'phase', phase: 'Writing the model' })
  const note =
    unfinished.length === 0
      ? null
      : `The ${unfinished.join(', ')} head was not solved to the last digit within the steps it may take: its answers may differ from a full solution by a little.`
  return { best, note, ...(await writeProbe(assignment, { heads, weights })) }
}

async function writeProbe(
  { runFolder, modelName: name, version, labels, splitHash, configHash }: ProbeAssignment,
  probe: { readonly heads: readonly HeadSpec[]; readonly weights: StateDict },
): Promise<Pick<TrainedModel, 'weightsSha256' | 'onnxSha256'>> {
  const metadata = { 'evenhand.name': name, 'evenhand.labels': JSON.stringify(labels) }
  const weights = writeSafetensors(probe.weights, { metadata })
  const weightsSha256 = hashBytes(weights)
  const facts = { name, version, labels, splitHash, configHash, weightsSha256 }
  const onnx = buildProbeFile(await readNetworkWeights('face_recognition'), probe, facts)
  const files = locateModel(join(runFolder, 'model'))
  await mkdir(join(runFolder, 'model'), { recursive: true })
  await writeFileAtomically(files.weights, weights)
  await writeFileAtomically(files.onnx, onnx)
  return { weightsSha256, onnxSha256: hashBytes(onnx) }
}
