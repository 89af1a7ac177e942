import type { DatasetId, ImageId, JobId } from '#shared/contract/base.contract.ts'
import type { ImportFormat, ImportResult } from '#shared/contract/dataset.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { DatasetRepo } from './dataset.repo.ts'
import type { ImageLabels, Repair } from '#engine/data/catalogue/domain/image-labels.ts'
import type { ImageWriteRepo, KnownImage } from './image-write.repo.ts'
import type { IngestOutcome, MeasuredImage } from './ingest-tasks.ts'
import type { LabelSource, LeftOver, SourcedLabels } from '#engine/data/catalogue/labels/label-source.ts'
import type { FoundImage } from '#engine/base/media/walk-images.ts'

export interface BatchItem extends FoundImage {
  readonly known: KnownImage | undefined
}

interface BatchWriterDeps {
  readonly db: Db
  readonly datasets: DatasetRepo
  readonly images: ImageWriteRepo
  readonly labels: LabelSource
  readonly now: Clock
  /** Finds the data set or makes it, within the transaction of the first batch: one that never comes leaves none. */
  readonly openDataset: () => DatasetId
  readonly jobId: JobId
  readonly format: ImportFormat
  /** By hash, why a picture that was erased is not taken in again. */
  readonly refusals: ReadonlyMap<string, string>
}

const labelTasks = ['age', 'gender', 'race', 'identity'] as const
type LabelTask = (typeof labelTasks)[number]

const textOf = (labels: ImageLabels, task: LabelTask): string | null => {
  if (task !== 'age') return labels[task]
  return labels.ageYears === null ? labels.ageBin : String(labels.ageYears)
}

/**
 * Years inside a known bin only make it more exact; a bin around known years adds nothing. What a person has decided
 * since the import stands, whatever the source says.
 */
function compareLabel(known: KnownImage, read: ImageLabels, task: LabelTask): 'same' | 'added' | 'differs' {
  if (task !== 'identity' && known.decidedTasks.includes(task)) return 'same'
  const [current, next] = [textOf(known, task), textOf(read, task)]
  if (next === null || next === current) return 'same'
  if (current === null) return 'added'
  if (task !== 'age' || known.ageBin !== read.ageBin) return 'differs'
  if (read.ageYears === null) return 'same'
  return known.ageYears === null ? 'added' : 'differs'
}

/** A repair that leaves a label missing, as it is told of an image that has the label already. */
function tellKept(known: KnownImage, repair: Repair): Repair {
  const task = labelTasks.find((one) => one === repair.field)
  if (repair.reasonIfKept === undefined || task === undefined || textOf(known, task) === null) return repair
  return { ...repair, reason: repair.reasonIfKept }
}

/** Writes batches of one import and counts what came of each file. */
export class ImportBatchWriter {
  /** Files met so far. */
  seen = 0
  /** Files that stand in the catalogue as they are in the folder, whoever brought them. */
  kept = 0
  readonly skipped: ImportResult['skipped'] = []
  readonly repaired: ImportResult['repaired'] = []
  readonly #deps: BatchWriterDeps
  #datasetId: DatasetId | null = null

  constructor(deps: BatchWriterDeps) {
    this.#deps = deps
  }

  /** Within a transaction. */
  get datasetId(): DatasetId {
    this.#datasetId ??= this.#deps.openDataset()
    return this.#datasetId
  }

  /** @param outcomes one for each item that has no refusal, in that order */
  write(items: readonly BatchItem[], outcomes: readonly IngestOutcome[]): void {
    const remaining = outcomes.values()
    this.#deps.db.transact(() => {
      for (const item of items) {
        const outcome: IngestOutcome | undefined =
          item.refusal === null ? remaining.next().value : { kind: 'refused', reason: item.refusal }
        if (outcome === undefined) throw new Error(`No outcome for ${item.path}`)
        this.#writeFile(item, outcome)
      }
    })
    this.seen += items.length
  }

  reportLeftOver(leftOver: readonly LeftOver[]): void {
    this.#deps.db.transact(() => {
      for (const { file, reason } of leftOver) this.#skip(file, reason)
    })
  }

  /** At the end: what an earlier import skipped and this one did not meet again, a file or row that is gone, is forgotten. */
  forgetEarlierSkips(): void {
    const { db, datasets } = this.#deps
    const skipped = new Set(this.skipped.map(({ file }) => file))
    db.transact(() => {
      const { datasetId } = this
      for (const { kind, file } of datasets.issues(datasetId))
        if (kind === 'skipped' && !skipped.has(file)) datasets.clearSkipped(datasetId, file)
    })
  }

  #writeFile({ path, known }: BatchItem, outcome: IngestOutcome): void {
    const { datasets, labels } = this.#deps
    const { datasetId } = this
    // Read for every file, also a refused one: its row in a label file is met, not left over.
    const read = labels.read(path)
    switch (outcome.kind) {
      case 'refused':
        return this.#skip(path, outcome.reason)
      case 'changed':
        return this.#skip(
          path,
          `The file has changed since it was imported (${known?.importedAt ?? 'earlier'}), and imported images are not overwritten. Import the folder under another name with --name.`,
        )
      case 'erased':
        // Its name is not written down again: whoever looks for the file finds it by its hash.
        return this.#skip(
          `erased picture ${outcome.fileSha256.slice(0, 16)}`,
          this.#deps.refusals.get(outcome.hash) ?? 'This picture was erased.',
        )
      case 'unchanged':
        if (known === undefined) throw new Error(`${path} cannot be unchanged: it is new`)
        datasets.clearSkipped(datasetId, path)
        return this.#keep(path, { known, read, mtimeMs: outcome.mtimeMs })
      case 'image':
        datasets.clearSkipped(datasetId, path)
        this.#repair(path, read)
        this.#insert(path, { measured: outcome, read })
        this.kept += 1
        return
      default:
        outcome satisfies never
    }
  }

  #insert(path: string, { measured, read }: { measured: MeasuredImage; read: SourcedLabels }): void {
    const { images, jobId, now } = this.#deps
    const { datasetId } = this
    const { kind: _kind, ...facts } = measured
    const { identity, ...labels } = read.labels
    const imageId = images.insert({
      ...facts,
      ...labels,
      datasetId,
      path,
      identityId: identity === null ? null : images.ensureIdentity(datasetId, identity),
      jobId,
      importedAt: formatTimestamp(now()),
    })
    this.#recordLabels(imageId, { path, read, tasks: labelTasks, jobId: null })
  }

  /** Fills labels that were missing; those that differ stay as they are and are reported. */
  #keep(
    path: string,
    { known, read, mtimeMs }: { known: KnownImage; read: SourcedLabels; mtimeMs: number },
  ): void {
    const { images } = this.#deps
    const { datasetId } = this
    if (mtimeMs !== known.mtimeMs) images.setMtime(known.id, mtimeMs)
    const added = labelTasks.filter((task) => compareLabel(known, read.labels, task) === 'added')
    const differing = labelTasks.filter((task) => compareLabel(known, read.labels, task) === 'differs')
    if (added.length > 0) {
      const take = <Value>(task: LabelTask, value: Value): Value | null =>
        added.includes(task) ? value : null
      const { ageYears, ageBin, gender, race, identity } = read.labels
      images.fillLabels(known.id, {
        ageYears: take('age', ageYears),
        ageBin: take('age', ageBin),
        gender: take('gender', gender),
        race: take('race', race),
        identityId:
          take('identity', identity) === null ? null : images.ensureIdentity(datasetId, identity ?? ''),
      })
      this.#recordLabels(known.id, { path, read, tasks: added, jobId: this.#deps.jobId })
    }
    if (differing.length === 0) {
      this.#repair(path, { repairs: read.repairs.map((repair) => tellKept(known, repair)) })
      this.kept += 1
      return
    }
    const changes = differing.map(
      (task) => `${task} ${textOf(known, task)} (now ${textOf(read.labels, task)})`,
    )
    this.#skip(path, `The label source has changed: ${changes.join(', ')}. The imported labels are kept.`)
  }

  #recordLabels(
    imageId: ImageId,
    {
      path,
      read,
      tasks,
      jobId,
    }: {
      path: string
      read: SourcedLabels
      tasks: readonly LabelTask[]
      /** Where the image is of an earlier import. */
      jobId: JobId | null
    },
  ): void {
    const { images, format, now } = this.#deps
    for (const task of tasks) {
      const value = textOf(read.labels, task)
      if (value === null) continue
      const origin = read.origins[task]
      images.insertEvent({
        imageId,
        task,
        value,
        sourceFile: origin.file ?? path,
        sourceColumn: origin.column,
        actor: `${format} importer`,
        at: formatTimestamp(now()),
        jobId,
      })
    }
  }

  #repair(file: string, { repairs }: Pick<SourcedLabels, 'repairs'>): void {
    const { datasets, jobId } = this.#deps
    const { datasetId } = this
    for (const { field, from, to, reason } of repairs) {
      const repaired = { file, field, from, to, reason }
      datasets.putRepaired(datasetId, { ...repaired, jobId })
      this.repaired.push(repaired)
    }
  }

  #skip(file: string, reason: string): void {
    const { datasets, jobId } = this.#deps
    const { datasetId } = this
    datasets.putSkipped(datasetId, { file, reason, jobId })
    this.skipped.push({ file, reason })
  }
}
