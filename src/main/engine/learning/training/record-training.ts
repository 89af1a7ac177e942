import type { Topic } from '#shared/contract/system.contract.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { RunRepo, RunRow } from './run.repo.ts'
import type { RunEvents } from './run-events.ts'
import type { StepEvent, TrainMessage } from './train-protocol.ts'

interface RecorderDeps {
  readonly repo: RunRepo
  readonly events: RunEvents
  readonly report: JobContext['report']
  readonly publishChange: (topics: readonly Topic[]) => void
}

const publishEveryMs = 1000
/** Points of the loss curve that are kept of one run, whatever its length. */
const stepsKept = 2000

/** "Epoch 3 of 18, loss 1.234, 60.1 images/s, 1 % waiting for images, 1.2 GB" */
function describeStep(
  { epoch, loss, imagesPerSecond, feederWaitShare, memoryBytes }: StepEvent,
  epochs: number,
): string {
  const current = Math.min(epochs, Math.ceil(epoch))
  return [
    `Epoch ${current} of ${epochs}`,
    `loss ${loss.toFixed(3)}`,
    `${imagesPerSecond.toFixed(1)} images/s`,
    `${Math.round(feederWaitShare * 100)} % waiting for images`,
    `${(memoryBytes / 1e9).toFixed(1)} GB`,
  ].join(', ')
}

/** Puts what the worker says into the job's progress, the run's curves and its events. */
export function createTrainingRecorder(
  run: RunRow,
  { repo, events, report, publishChange }: RecorderDeps,
): (message: TrainMessage) => void {
  const { epochs } = run.config
  const at = { step: 0, total: 0, publishedAt: 0 }
  const publish = (): void => {
    at.publishedAt = performance.now()
    publishChange(['runs'])
  }
  const reportTraining = (message: string): void =>
    report({ phase: 'Training', done: at.step, total: at.total, message })
  const recordStep = (event: StepEvent): void => {
    const { step, totalSteps, epoch, loss } = event
    at.step = step
    if (step % Math.ceil(totalSteps / stepsKept) === 0) {
      repo.addStep(run.id, { step, epoch, loss })
      events.addStep({ step, loss })
    }
    reportTraining(describeStep(event, epochs))
    if (performance.now() - at.publishedAt >= publishEveryMs) publish()
  }
  return (message) => {
    switch (message.type) {
      case 'phase':
        report({ phase: message.phase, done: at.step, total: at.total === 0 ? null : at.total })
        break
      case 'sanity':
        repo.setSanity(run.id, message.sanity)
        publish()
        break
      case 'started':
        Object.assign(at, { step: message.step, total: message.totalSteps })
        repo.rewind(run.id, { epochs: message.epochs, step: message.step })
        events.start(message)
        reportTraining(
          message.step === 0 ? 'The first step takes longest' : `Going on after step ${message.step}`,
        )
        publish()
        break
      case 'step':
        recordStep(message)
        break
      case 'validating':
        reportTraining(`Epoch ${message.epoch} of ${epochs}, measuring the validation part`)
        break
      case 'epoch':
        repo.addEpoch(run.id, message.record)
        events.addEpoch(message.record, message.confusion)
        publish()
        break
      default:
        message satisfies never
    }
  }
}
