import type { BundleRequest, ReportDocument } from '#shared/contract/report.contract.ts'
import { tasks as allTasks } from '#shared/domain/tasks.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import type { BaselineService } from '#engine/assessment/baselines/baseline.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { drawPdf } from '#engine/reports/documents/draw-report.ts'
import type { ReportService } from '#engine/reports/documents/report.service.ts'
import type { AnswerTable } from './domain/answers-table.ts'
import type { ChainPart, SystemPart } from './domain/manifest.ts'
import type { ZipEntry } from './domain/write-zip.ts'
import { openLedger, openLine, packBundle } from './pack-bundle.ts'

interface BundleWriterDeps {
  readonly reports: Pick<ReportService, 'read'>
  readonly records: Pick<EvaluationRecords, 'read'>
  readonly data: Pick<TrainingDataService, 'listImages'>
  readonly splits: Pick<SplitSeals, 'list' | 'listMembers'>
  readonly leakage: Pick<LeakageService, 'findLine'>
  readonly accessLog: Pick<AccessLog, 'readChain'>
  readonly baselines: Pick<BaselineService, 'list'>
  readonly baselineRecords: Pick<BaselineRecords, 'answers'>
  readonly workers: WorkerLocator
}

/** A report with all that it can be recomputed from, without pictures, names of files or places. */
export class BundleWriter {
  readonly #deps: BundleWriterDeps

  constructor(deps: BundleWriterDeps) {
    this.#deps = deps
  }

  /** Every part, the manifest last; the same bytes for the same records. Throws as a report does. */
  async gather(
    request: BundleRequest,
    context: Pick<JobContext, 'signal' | 'report'>,
  ): Promise<{ report: ReportDocument; entries: ZipEntry[] }> {
    const { workers } = this.#deps
    const { signal } = context
    const report = await this.#deps.reports.read(request, context)
    context.report({ phase: 'Gathering records', done: 0, total: null })
    const answers = await this.#readAnswers(report, signal)
    const certificate = this.#deps.leakage.findLine(report.subject.splitId)
    const entries = await packBundle({
      report,
      depth: request.depth,
      pdf: await drawPdf(report, request.depth, { workers, signal }),
      answers,
      members: await this.#readMembers(report, answers, signal),
      systems: await this.#readSystems(report, answers),
      ledger: this.#readLedger(report),
      certificate:
        certificate === null || report.certificate === null
          ? null
          : { ledger: certificate.ledger, lines: [openLine(certificate.line)] },
    })
    return { report, entries }
  }

  async #readAnswers({ subject, tasks }: ReportDocument, signal: AbortSignal): Promise<AnswerTable> {
    const { records, data } = this.#deps
    const images = await data.listImages(subject.splitId, subject.part, signal)
    const read = await Promise.all(
      tasks.map(
        async ({ task }) => [task, (await records.read(subject.evaluationId, task)).records] as const,
      ),
    )
    return { images, records: new Map(read) }
  }

  /** Groups of the part that was answered have the numbers that they have there; those of the others come after. */
  async #readMembers({ subject }: ReportDocument, { images, records }: AnswerTable, signal: AbortSignal) {
    const [first] = records.values()
    const members = await this.#deps.splits.listMembers(subject.splitId, signal)
    const clusterOf = new Map(images.map(({ imageId }, at) => [imageId, first?.clusters[at] ?? -1]))
    const numbers = new Map<string, number>()
    for (const { imageId, groupKey } of members) {
      const number = clusterOf.get(imageId)
      if (number !== undefined) numbers.set(groupKey, number)
    }
    let next = Math.max(-1, ...new Set(numbers.values())) + 1
    return members.map(({ fileSha256, part, groupKey }) => {
      const group = numbers.get(groupKey) ?? next++
      numbers.set(groupKey, group)
      return { sha256: fileSha256, part, group }
    })
  }

  async #readSystems({ systems }: ReportDocument, { images }: AnswerTable): Promise<SystemPart[]> {
    const asked = new Set<number>(images.map(({ imageId }) => imageId))
    const known = this.#deps.baselines.list()
    const parts: SystemPart[] = []
    for (const { b } of systems) {
      if (b.baselineId === null) continue
      const { name, tasks, of, notes } = await this.#deps.baselineRecords.answers(b.baselineId)
      const answers = [...of].filter(([image]) => asked.has(image)).toSorted(([x], [y]) => x - y)
      parts.push({
        baselineId: b.baselineId,
        kind: known.find(({ baselineId }) => baselineId === b.baselineId)?.kind ?? 'csv',
        name,
        tasks: allTasks.filter((task) => tasks.includes(task)),
        notes: [...notes],
        answers: answers.map(([image, answer]) => ({ image, ...answer })),
      })
    }
    return parts
  }

  #readLedger(report: ReportDocument): ChainPart {
    const { name, lines } = this.#deps.accessLog.readChain(report.ledger.n)
    return { ledger: name, lines: openLedger(lines, report) }
  }
}
