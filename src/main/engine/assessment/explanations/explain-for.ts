import type { Explanation, ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { GuardedTask } from '#shared/domain/guarded-tasks.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { locatePredictModel, type PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { decideTasks } from '#engine/learning/purposes/domain/decide-tasks.ts'
import type { LocatedModel } from '#engine/learning/models/locate-predict-model.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import { describeSealed } from '#engine/learning/serving/withhold-sealed.ts'
import type { PredictAsker } from '#engine/learning/serving/answer-under-purpose.ts'
import type { AskedInference, DeviceService } from '#engine/networks/devices/device.service.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import type { ExplainNews } from './explain-task.ts'
import type { Explainer } from './explainer.ts'

interface ProjectServices {
  readonly models: Pick<ModelService, 'locate' | 'findNewest' | 'findByFile'>
  readonly openings: Pick<OpeningService, 'findSealed'>
  readonly purposes: Pick<PurposeService, 'get' | 'guarded'>
  readonly accessLog: Pick<AccessLog, 'record'>
}

export interface ExplainForDeps {
  readonly explainer: Pick<Explainer, 'describe' | 'explain'>
  readonly devices: Pick<DeviceService, 'resolveInference'>
  /** Throws PRECONDITION where no project is open. */
  readonly requireProject: () => ProjectServices
  readonly findProject: () => ProjectServices | null
  readonly now: Clock
}

export interface ExplainRequest {
  /** The image file's own bytes, still encoded. */
  readonly picture: Uint8Array
  /** Of the file that the picture is of, where its bytes are not the file's own. */
  readonly fileSha256?: string
  readonly model: PredictModel
  readonly settings: ExplanationSettings
  /** Only these tasks; all that may be told where left out. */
  readonly tasks?: readonly Task[]
}

export interface ExplainOptions {
  readonly asker: PredictAsker
  readonly signal: AbortSignal
  readonly computing?: AskedInference
  readonly onNews?: (news: Pick<ExplainNews, 'progress'> & { readonly soFar: Explanation | null }) => void
}

/** A map tells the answer, and an answer beside a label that one has is a test result. */
export function refuseSealed(
  picture: string,
  {
    located,
    sha256,
    project: { models, openings },
  }: {
    located: LocatedModel
    sha256: string | null
    project: Pick<ProjectServices, 'openings'> & { readonly models: Pick<ModelService, 'findByFile'> }
  },
): void {
  const modelId = located.modelId ?? (sha256 === null ? null : models.findByFile(sha256))
  if (modelId === null) return
  const { files, split } = openings.findSealed(modelId, [picture])
  if (!files.has(picture)) return
  throw new AppError(
    'PRECONDITION',
    describeSealed(split, modelId, 'it is not explained. Explain another picture'),
  )
}

/**
 * Explains a picture: of what may be told to who asks, since a map tells the answer too; and a line in the access log of the open
 * project before anything of it is passed on.
 * @throws AppError as `predictFor` and `Explainer.explain`; PRECONDITION for a picture of a sealed test part, and where
 *   nothing of what was asked may be told
 */
export async function explainFor(
  { explainer, devices, requireProject, findProject, now }: ExplainForDeps,
  { picture, fileSha256, model, settings, tasks: wanted }: ExplainRequest,
  { asker, signal, computing, onNews }: ExplainOptions,
): Promise<Explanation> {
  const located = locatePredictModel(model, () => requireProject().models)
  const named = asker.kind === 'program' ? asker.purposeId : null
  const purpose = named === null ? null : requireProject().purposes.get(named)
  const computeWith = computing === undefined ? usualChoice : await devices.resolveInference(computing)
  const described = await explainer.describe(located, {
    signal,
    computeWith,
    ...(onNews !== undefined && {
      // Before a model is known there is no map.
      onNews: ({ progress }: ExplainNews) => onNews({ progress, soFar: null }),
    }),
  })
  const project = findProject()
  if (project !== null)
    refuseSealed(fileSha256 ?? hashBytes(picture), { located, sha256: described.sha256, project })
  const isOwnModel = model === null || 'modelId' in model
  const guarded: readonly GuardedTask[] =
    isOwnModel && project !== null ? project.purposes.guarded() : described.guarded
  const heads = described.heads.filter((task) => wanted?.includes(task) ?? true)
  const decision =
    asker.kind === 'window'
      ? { purpose: null, withheld: null }
      : decideTasks({
          heads,
          guarded,
          purpose: purpose ?? described.purpose,
          today: formatTimestamp(now()).slice(0, 10),
        })
  const { withheld } = decision
  const told = heads.filter((task) => !(withheld?.tasks.some((one) => one === task) ?? false))
  if (told.length === 0) {
    throw new AppError(
      'PRECONDITION',
      withheld?.reason ??
        `The model has no ${wanted?.join(' and no ') ?? 'task'} to explain. Ask for one that it has.`,
    )
  }
  const facts = {
    ...(decision.purpose !== null && { purpose: decision.purpose }),
    ...(withheld !== null && { withheld }),
  }
  const finish = (made: Awaited<ReturnType<Explainer['explain']>>): Explanation => ({
    ...made,
    ...facts,
    model: { id: located.id, ...made.model },
  })
  const lines: Promise<void>[] = []
  const record = (): Promise<void> =>
    (lines[0] ??= Promise.resolve(
      project?.accessLog.record({
        kind: 'explained',
        subject: {
          model: located.id,
          modelSha256: described.sha256,
          pictures: [hashBytes(picture)],
          method: settings.method,
          tasks: told,
          purpose: decision.purpose?.id ?? null,
          withheld: withheld?.tasks ?? [],
        },
        ...(asker.kind === 'program' && asker.name !== 'command line'
          ? { actor: `a program with the ${asker.name}` }
          : {}),
      }),
    ))
  // A map on the way is an answer, which stays where the rest is cancelled: it is passed on when its line is written.
  const tell = ({ progress, soFar }: ExplainNews): void => {
    if (soFar === null) onNews?.({ progress, soFar })
    else
      void record().then(
        () => onNews?.({ progress, soFar: finish(soFar) }),
        () => undefined,
      )
  }
  try {
    const asked = { picture, settings, tasks: told }
    const made = await explainer.explain(located, asked, {
      signal,
      computeWith,
      ...(onNews !== undefined && { onNews: tell }),
    })
    await record()
    return finish(made)
  } finally {
    await Promise.allSettled(lines)
  }
}
