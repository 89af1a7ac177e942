import type { AskedFaces, PredictResponse } from '#shared/contract/prediction.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { locatePredictModel, type PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import { answerUnderPurpose, type PredictAsker } from './answer-under-purpose.ts'
import { withholdSealed } from './withhold-sealed.ts'
import type { PredictImage, Predictor } from '#engine/networks/inference/predictor.ts'
import type { AskedInference, DeviceService } from '#engine/networks/devices/device.service.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'

/** What an open project lends. */
interface ProjectServices {
  readonly models: ModelService
  readonly openings: Pick<OpeningService, 'findSealed'>
  readonly purposes: PurposeService
  readonly accessLog: AccessLog
}

interface PredictForDeps {
  readonly predictor: Predictor
  readonly devices: Pick<DeviceService, 'resolveInference'>
  /** Throws PRECONDITION where no project is open. */
  readonly requireProject: () => ProjectServices
  readonly findProject: () => ProjectServices | null
  readonly now: Clock
}

/**
 * Answers for image files: what who asks may be told, and a line in the access log of the open project. Pictures of a test part that is
 * sealed to the model are not answered.
 * @throws AppError NOT_FOUND for a purpose or a model that there is not, PRECONDITION where a project is wanted and none is open,
 *   and for an engine or arithmetic that is not to be had
 */
export async function predictFor(
  { predictor, devices, requireProject, findProject, now }: PredictForDeps,
  { images, model }: { images: readonly PredictImage[]; model: PredictModel },
  {
    asker,
    signal,
    computing,
    faces,
    madeFrom,
  }: {
    asker: PredictAsker
    signal?: AbortSignal
    computing?: AskedInference
    faces?: AskedFaces
    /** SHA-256 of the file that all images are, or are variations of: what somebody asked about, and the access log names. */
    madeFrom?: string
  },
): Promise<PredictResponse> {
  const located = locatePredictModel(model, () => requireProject().models)
  const named = asker.kind === 'program' ? asker.purposeId : null
  // Asked before the work, so that a number that is none is refused at once.
  if (named !== null) requireProject().purposes.get(named)
  const computeWith = computing === undefined ? usualChoice : await devices.resolveInference(computing)
  const answered = await predictor.predict(images, located, {
    signal,
    computeWith,
    ...(faces !== undefined && { faces }),
  })
  const project = findProject()
  const { answer, sealed } =
    project === null ? { answer: answered, sealed: 0 } : withholdSealed(answered, located, project)
  const isOwnModel = model === null || 'modelId' in model
  const response = answerUnderPurpose(answer, located, {
    asker,
    guarded: isOwnModel && project !== null ? project.purposes.guarded() : answer.model.guarded,
    purpose: named === null ? null : requireProject().purposes.get(named),
    today: formatTimestamp(now()).slice(0, 10),
  })
  if (project === null || images.length === 0) return response
  await project.accessLog.record({
    kind: 'predicted',
    subject: {
      model: located.id,
      modelSha256: answer.model.sha256,
      ...(madeFrom === undefined
        ? { images: images.length, pictures: answer.pictures }
        : { images: 1, pictures: [madeFrom], ...(images.length > 1 && { variations: images.length }) }),
      ...(sealed === 0 ? {} : { sealed }),
      purpose: response.purpose?.id ?? null,
      withheld: response.withheld?.tasks ?? [],
    },
    ...(asker.kind === 'program' && asker.name !== 'command line'
      ? { actor: `a program with the ${asker.name}` }
      : {}),
  })
  return response
}
