import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import { reportDocument, type ReportDocument } from '#shared/contract/report.contract.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { chainStart } from '#engine/base/ledger/domain/chain.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import type { BaselineService } from '#engine/assessment/baselines/baseline.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { EvaluationSeals } from '#engine/assessment/evaluation/evaluation-seals.ts'
import type { ModelOrigins } from '#engine/assessment/evaluation/model-origins.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { computeFigures, type FigureSources } from './compute-figures.ts'
import { assembleReport, type ReportFacts } from './domain/assemble-report.ts'

interface ReportServiceDeps extends FigureSources {
  readonly records: EvaluationRecords
  readonly seals: Pick<EvaluationSeals, 'list'>
  readonly baselines: Pick<BaselineService, 'list'>
  readonly leakage: Pick<LeakageService, 'get'>
  readonly models: Pick<ModelService, 'get'>
  readonly origins: Pick<ModelOrigins, 'find'>
  readonly accessLog: Pick<AccessLog, 'find'>
  readonly isSynthetic: boolean
}

export interface AskedReport {
  readonly evaluationId: EvaluationId
  /** All whose answers are about its images where it is left out. */
  readonly baselines?: readonly BaselineId[] | undefined
  readonly draws: number
}

/** Lines of the access log that a report rests on; reading and exporting adds others, which change no report. */
export const reportedKinds = ['unsealed', 'evaluated', 'erased'] as const

/** Reports of evaluations, from the services that answer everything else. */
export class ReportService {
  readonly #deps: ReportServiceDeps

  constructor(deps: ReportServiceDeps) {
    this.#deps = deps
  }

  /**
   * The whole document: the same for the same records, whenever and wherever it is asked for.
   * @throws AppError as the evaluation's records do, so that nothing is reported that is no longer what was stored
   */
  async read(asked: AskedReport, context: Pick<JobContext, 'signal' | 'report'>): Promise<ReportDocument> {
    const { records, baselines } = this.#deps
    const { evaluationId, draws } = asked
    const evaluation = await records.describe(evaluationId)
    const facts = await this.#readFacts(evaluation, draws, context.signal)
    const known = baselines
      .list()
      .map(({ baselineId }) => baselineId)
      .toSorted((a, b) => a - b)
    const figures = await computeFigures(
      this.#deps,
      {
        evaluationId,
        results: evaluation.tasks,
        baselines: asked.baselines ?? known,
        passesStrangers: asked.baselines === undefined,
        draws,
      },
      context,
    )
    return reportDocument.parse(assembleReport(facts, figures))
  }

  async #readFacts(
    evaluation: Awaited<ReturnType<EvaluationRecords['describe']>>,
    draws: number,
    signal: AbortSignal,
  ): Promise<ReportFacts> {
    const { models, leakage, seals, accessLog, isSynthetic } = this.#deps
    const { evaluationId, modelId, splitId, splitHash, testPart } = evaluation
    const model = models.get(modelId)
    const certificate = await leakage.get(splitId, signal)
    const last = accessLog.find(reportedKinds).at(-1)
    const ledger = { n: last?.position ?? 0, sha256: last?.hash ?? chainStart, time: last?.at ?? null }
    const times = [evaluation.createdAt, certificate?.madeAt, ledger.time].filter(
      (time) => typeof time === 'string',
    )
    return {
      format: 'evenhand-report',
      version: 1,
      madeBy: readVersion(),
      at: times.toSorted().at(-1) ?? evaluation.createdAt,
      isSynthetic,
      subject: {
        evaluationId,
        evaluatedAt: evaluation.createdAt,
        modelId,
        model: evaluation.model,
        arch: model.arch,
        inputSize: model.inputSize,
        ageReadOut: model.ageReadOut,
        trainedAt: model.createdAt,
        weightsSha256: evaluation.weightsSha256,
        splitId,
        split: evaluation.split,
        splitHash,
        part: evaluation.part,
        images: evaluation.images,
        computedBy: evaluation.computedBy,
        learned: this.#deps.origins.find(modelId, { splitId, part: evaluation.part }),
        predictionsSha256: seals.list().find(({ id }) => id === evaluationId)?.predictionsSha256 ?? null,
      },
      certificate: certificate === null ? null : describeCertificate(certificate),
      testPart,
      ledger,
      method: {
        intervals: evaluation.intervals,
        bootstrap: evaluation.bootstrap,
        draws: { seed: 1, count: draws },
      },
      notes: evaluation.notes,
    }
  }
}

type Certificate = NonNullable<Awaited<ReturnType<LeakageService['get']>>>

/** Without its pairs, which name images. */
function describeCertificate({
  sealed,
  ...certificate
}: Certificate): NonNullable<ReportFacts['certificate']> {
  const { state, broken, madeAt, madeBy, splitHash } = certificate
  const { joins, found, undecided, compared, threshold, missed, missedPairs, thresholdOf } = certificate
  const findings = { joins, found, undecided, compared, threshold, missed, missedPairs, thresholdOf }
  return {
    ...findings,
    state,
    broken,
    madeAt,
    madeBy,
    splitHash,
    sealedState: sealed.state,
    sha256: sealed.sha256,
  }
}
