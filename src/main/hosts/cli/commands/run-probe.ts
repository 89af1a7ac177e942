import type { ModelId, SplitId } from '#shared/contract/base.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext } from '../command-context.ts'
import { pickByReference } from '../parse-flags.ts'
import { listSplits } from './split-commands.ts'

/** What the probe is called among the networks that can be asked. */
export const probeName = 'probe'

interface AskedProbe {
  readonly split?: string | undefined
  readonly part?: PartName | undefined
  readonly weights?: string | undefined
  readonly name?: string | undefined
  readonly dataset?: string | undefined
}

/** The model of the newest probe that learned by a split, trained where there is none. */
async function findProbe(
  context: CommandContext,
  client: LocalClient,
  splitId: SplitId,
): Promise<{ modelId: ModelId; isTrained: boolean }> {
  const find = async (): Promise<ModelId | undefined> => {
    const runs = await client.run.list()
    const probes = new Set(
      runs
        .filter(
          ({ config, state }) =>
            config.arch === 'face-probe' && config.splitId === splitId && state === 'succeeded',
        )
        .map((run) => run.id),
    )
    const [newest] = (await client.model.list())
      .filter(({ runId }) => runId !== null && probes.has(runId))
      .toSorted((a, b) => b.id - a.id)
    return newest?.id
  }
  const known = await find()
  if (known !== undefined) return { modelId: known, isTrained: false }
  const { jobId } = await client.run.start({ splitId, arch: 'face-probe', age: { target: 'years' } })
  await context.awaitJob(jobId, trainResult, 'Resume it with "evenhand runs continue".')
  const made = await find()
  if (made === undefined) throw new AppError('INTERNAL', 'The probe was trained, and left no model.')
  return { modelId: made, isTrained: true }
}

/**
 * Evaluates the probe of a split's train part, the baseline that every trained network must beat, on another part of it. It
 * stands among evaluations, since it is a model of the project: its probabilities count too, and its test part is sealed.
 */
export async function runProbe(context: CommandContext, client: LocalClient, asked: AskedProbe) {
  const part = asked.part ?? 'val'
  const unused = (['weights', 'name', 'dataset'] as const).filter((flag) => asked[flag] !== undefined)
  if (unused.length > 0)
    throw new AppError(
      'INVALID_INPUT',
      `The probe is a model of the project, evaluated on a part of its split: leave out ${unused.map((flag) => `--${flag}`).join(' and ')}.`,
    )
  if (asked.split === undefined)
    throw new AppError(
      'INVALID_INPUT',
      'The probe learns by the train part of a split: name it with --split.',
    )
  const { id: splitId } = pickByReference(await listSplits(client), asked.split, 'split')
  const { modelId, isTrained } = await findProbe(context, client, splitId)
  if (isTrained) context.note(`Trained the probe as model ${modelId}.`)
  const known = (await client.evaluation.list()).find(
    (one) => one.modelId === modelId && one.splitId === splitId && one.part === part,
  )
  const result =
    known ??
    (await context.awaitJob(
      (await client.evaluation.create({ modelId, splitId, part })).jobId,
      evaluationResult,
      'Run the same command again.',
    ))
  const { evaluationId, tasks: figures } = result
  const rows = tasks.flatMap((task) => {
    const one = figures[task]
    return one === null ? [] : [`${task} ${formatEstimate(one.accuracy)}`]
  })
  return {
    json: { evaluationId, modelId, splitId, part, tasks: figures },
    text: [
      `The probe on ${part}: ${rows.join(', ')}. Evaluation ${evaluationId}, model ${modelId}.`,
      `What a network gains over it, by group: evenhand compare --evaluation NUMBER --with ${evaluationId}`,
    ].join('\n'),
  }
}
