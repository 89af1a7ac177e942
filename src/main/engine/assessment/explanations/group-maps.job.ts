import { join } from 'node:path'
import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import type { GroupMaps, GroupMapsResult } from '#shared/contract/group-maps.contract.ts'
import { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { titleGroupMaps } from '#shared/derived/describe-group-maps.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import type { ResultFiles } from '#engine/base/integrity/result-files.ts'
import { RecordFile } from '#engine/base/kernel/record-file.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { chooseImages } from '#engine/assessment/evaluation/choose-images.ts'
import type { EvaluationRecords, RecordedTask } from '#engine/assessment/evaluation/evaluation-records.ts'
import { frameCells } from './domain/align-map.ts'
import { numberSubjects } from './domain/number-subjects.ts'
import { hashSubject } from './domain/subject-of-maps.ts'
import { groupMapsFiles } from './group-maps-files.ts'
import { alignedImages, alignedState, comparedMaps, type CompareTask } from './group-map-tasks.ts'

const input = z.object({ evaluationId, choices: groupMapChoices })
type GroupMapsInput = z.infer<typeof input>

interface GroupMapsJobDeps {
  readonly records: Pick<EvaluationRecords, 'read' | 'listTasks' | 'findPeople'>
  readonly data: Pick<TrainingDataService, 'listImages'>
  readonly models: Pick<ModelService, 'locate'>
  readonly store: Pick<ResultFiles<GroupMaps>, 'write'>
  readonly cacheFolder: string
  readonly host: { readonly workers: WorkerLocator; readonly codec: ImageCodecName; readonly cores: number }
  readonly now: Clock
}

const cells = frameCells * frameCells
const imagesPerTask = 16
const groupings = ['race', 'gender', 'age'] as const

/** Mean maps of the groups of an evaluation over faces that lie upon each other, and where they differ beyond chance; resumable at any image. */
export function createGroupMapsJob(deps: GroupMapsJobDeps): JobHandler<GroupMapsInput, GroupMapsResult> {
  return {
    kind: 'group-maps',
    input,
    changes: ['evaluations'],
    title: (asked) => titleGroupMaps(asked.evaluationId),
    run: async ({ evaluationId: id, choices }, context) => {
      const tasks = await deps.records.listTasks(id)
      const recorded = new Map<Task, RecordedTask>()
      for (const task of tasks) recorded.set(task, await deps.records.read(id, task))
      const [first] = recorded.values()
      if (first === undefined) throw new AppError('PRECONDITION', `Evaluation ${id} answers nothing.`)
      const { evaluation } = first
      const subject = hashSubject(evaluation, choices)
      const chosen = chooseImages(first, choices)
      const width = 1 + tasks.length * cells
      const store = new RecordFile(join(deps.cacheFolder, `${groupMapsFiles.prefix}-${subject}.bin`), width)
      const aligned = await alignAll({ tasks, recorded: first, chosen, store }, deps, context)
      const found = chosen.filter((_, at) => aligned.rows[at * width] === alignedState.aligned)
      const { people, known } = await deps.records.findPeople(found.flatMap((at) => first.images[at] ?? []))
      const copies = Int32Array.from(found, (at) => first.records.clusters[at] ?? -1)
      const whose = {
        people: numberSubjects(people, copies),
        isKnown: people.map((one) => (one < 0 ? 0 : 1)),
      }
      const made = await compareAll({ tasks, recorded, chosen, aligned, whose, choices }, deps, context)
      const result: GroupMaps = {
        jobId: context.jobId,
        subject,
        evaluationId: id,
        modelId: evaluation.modelId,
        model: evaluation.model,
        weightsSha256: evaluation.weightsSha256,
        split: evaluation.split,
        splitHash: evaluation.splitHash,
        part: evaluation.part,
        choices,
        cells: frameCells,
        ...aligned.counts,
        known,
        tasks: made,
        notes: [...evaluation.notes, ofAnswers],
        createdAt: formatTimestamp(deps.now()),
      }
      await deps.store.write(result)
      await store.remove()
      const { images, withoutFace, unreadable } = aligned.counts
      return { evaluationId: id, images, withoutFace, unreadable }
    },
  }
}

const ofAnswers =
  'Each map explains the label that was answered: maps for race by groups of race differ by what was answered too, and so with gender and age.'

interface Alignment {
  /** `[chosen, 1 + tasks x cells]`: the state of an image and its maps. */
  readonly rows: Float32Array
  readonly counts: Pick<GroupMaps, 'images' | 'withoutFace' | 'unreadable' | 'flat'>
}

interface AlignRequest {
  readonly tasks: readonly Task[]
  readonly recorded: RecordedTask
  readonly chosen: readonly number[]
  readonly store: RecordFile
}

async function alignAll(
  { tasks, recorded, chosen, store }: AlignRequest,
  { data, models, host }: GroupMapsJobDeps,
  { signal, report }: JobContext,
): Promise<Alignment> {
  const { splitId, part, modelId } = recorded.evaluation
  const members = await data.listImages(splitId, part, signal)
  const byId = new Map(members.map((member) => [member.imageId, member]))
  const files = chosen.map((at): MemberImage => {
    const member = byId.get(recorded.images[at]?.imageId ?? (0 as MemberImage['imageId']))
    if (member === undefined) throw new Error(`The evaluation has no image at ${at}`)
    return member
  })
  const { files: modelFiles, onnxSha256: sha256 } = models.locate(modelId)
  const width = 1 + tasks.length * cells
  const before = await store.count()
  await using pool = createWorkerPool({ workers: host.workers, name: 'group-maps', threads: host.cores })
  function* chunks() {
    for (let from = before; from < files.length; from += imagesPerTask) {
      const images = files
        .slice(from, from + imagesPerTask)
        .map(({ file, fileSha256 }) => ({ file, fileSha256 }))
      yield { onnxFile: modelFiles.onnx, sha256, codec: host.codec, threads: 1, images, tasks }
    }
  }
  let done = before
  report({ phase: 'Explaining', done, total: files.length })
  const call = { name: 'alignImages', result: alignedImages, signal }
  for await (const [{ images }, { states, maps }] of pool.map(chunks(), call)) {
    const records = new Float32Array(images.length * width)
    states.forEach((state, at) => {
      records[at * width] = state
      records.set(maps.subarray(at * (width - 1), (at + 1) * (width - 1)), at * width + 1)
    })
    await store.append(records)
    done += images.length
    report({ phase: 'Explaining', done, total: files.length })
  }
  const rows = files.length === 0 ? new Float32Array() : await store.read()
  const count = (state: number): number => files.filter((_, at) => rows[at * width] === state).length
  return {
    rows,
    counts: {
      images: count(alignedState.aligned),
      withoutFace: count(alignedState.noFace),
      unreadable: count(alignedState.unreadable),
      flat: count(alignedState.flat),
    },
  }
}

interface CompareRequest {
  readonly tasks: readonly Task[]
  readonly recorded: ReadonlyMap<Task, RecordedTask>
  readonly chosen: readonly number[]
  readonly aligned: Alignment
  /** `[images with a map]` */
  readonly whose: { readonly people: Int32Array; readonly isKnown: Int32Array }
  readonly choices: GroupMapsInput['choices']
}

async function compareAll(
  { tasks, recorded, chosen, aligned: { rows }, whose, choices }: CompareRequest,
  { host }: GroupMapsJobDeps,
  { signal, report }: JobContext,
): Promise<GroupMaps['tasks']> {
  const width = 1 + tasks.length * cells
  const found = [...chosen.keys()].filter((at) => rows[at * width] === alignedState.aligned)
  await using pool: WorkerPool = createWorkerPool({
    workers: host.workers,
    name: 'group-maps',
    threads: host.cores,
  })
  const asked = tasks.flatMap((task, place) => {
    const one = recorded.get(task)
    if (one === undefined) return []
    const { records } = one
    const maps = new Float32Array(found.length * cells)
    found.forEach((at, to) => {
      const from = at * width + 1 + place * cells
      maps.set(rows.subarray(from, from + cells), to * cells)
    })
    const imageAt = (to: number): number => chosen[found[to] ?? 0] ?? 0
    const outcome = Int32Array.from(found, (_, to) => {
      const [labelled, predicted] = [
        records.labelled[imageAt(to)] ?? -1,
        records.predicted[imageAt(to)] ?? -1,
      ]
      return labelled < 0 ? -1 : labelled === predicted ? 0 : 1
    })
    const labelled = groupings.map((by) => {
      const { groups: names, indices } = records.groupings[by]
      return { by, names, groups: Int32Array.from(found, (_, to) => indices[imageAt(to)] ?? -1) }
    })
    const all = [...labelled, { by: 'outcome' as const, names: ['right', 'wrong'], groups: outcome }]
    return all.map(({ by, names, groups }) => ({
      task,
      by,
      aligned: { maps, cells, groups, names, ...whose },
      draws: choices.draws,
      seed: choices.seed,
    }))
  })
  const call = { name: 'compareGroups', result: comparedMaps, signal }
  const made: GroupMaps['tasks'] = []
  report({ phase: 'Comparing groups', done: 0, total: asked.length })
  for await (const [{ task, by }, compared] of pool.map<
    (typeof asked)[number] & CompareTask,
    typeof comparedMaps
  >(asked, call)) {
    made.push({ task, by, ...compared })
    report({ phase: 'Comparing groups', done: made.length, total: asked.length })
  }
  return made
}
