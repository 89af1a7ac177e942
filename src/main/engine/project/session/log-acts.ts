import * as z from 'zod'
import { importRequest, importResult, importUndoResult } from '#shared/contract/dataset.contract.ts'
import type { JobKind } from '#shared/contract/job.contract.ts'
import { erasureResult } from '#shared/contract/erasure.contract.ts'
import { exportResult } from '#shared/contract/model.contract.ts'
import { bundleRequest, bundleResult, reportRequest, reportResult } from '#shared/contract/report.contract.ts'
import { modelId } from '#shared/contract/base.contract.ts'
import type { AccessEntry, AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { RegisteredJob } from '#engine/base/jobs/job.ts'
import type { AnyHandlers, Handlers } from '#engine/base/procedures/handlers.ts'
import { lookUp } from '#shared/domain/look-up.ts'

type Input<Name extends keyof Handlers> = Parameters<Handlers[Name]>[0]
type Output<Name extends keyof Handlers> = Awaited<ReturnType<Handlers[Name]>>
type Describers = {
  readonly [Name in keyof Handlers]?: (input: Input<Name>, output: Output<Name>) => AccessEntry | null
}
type AnyDescriber = { describe(input: unknown, output: unknown): AccessEntry | null }['describe']

const exported = (
  what: string,
  { file, ...subject }: { file: string; rows: number; sha256: string },
): AccessEntry => ({
  kind: 'exported',
  subject: { what, rows: subject.rows, sha256: subject.sha256 },
  named: { file },
})

/** Procedures by which content leaves a project or comes into it at once; what takes longer is a job. */
export const loggedProcedures = {
  'image.export': (_request, written) => exported('images', written),
  'split.export': (_request, written) => exported('split', written),
  'decision.export': (_request, written) => exported('decisions', written),
  'crossval.export': (_request, written) => exported('crossval', written),
  'access.export': (_request, written) => exported('access log', written),
  'decision.import': ({ file, isDryRun }) =>
    isDryRun ? null : { kind: 'imported', subject: { what: 'decisions' }, named: { file } },
  'run.importCurves': ({ path }, { sha256 }) => ({
    kind: 'imported',
    subject: { what: 'curves', sha256 },
    named: { path },
  }),
  'baseline.import': ({ path }, { baselineId, kind, matched }) =>
    baselineId === null
      ? null
      : {
          kind: 'imported',
          subject: { what: 'answers', baseline: baselineId, system: kind, images: matched },
          named: { path },
        },
  'project.backUp': (_request, { file, bytes, sha256 }) => ({
    kind: 'backed-up',
    subject: { bytes, sha256 },
    named: { file },
  }),
  'project.setAudience': ({ audience }) => ({ kind: 'audience-set', subject: { audience } }),
} as const satisfies Describers

const sampleRequest = z.object({ images: z.int(), seed: z.int() })
const exportRequest = z.object({ modelId })
const orderedBy = z.object({ actor: z.string() })

/** The same for jobs, with what they made. */
export const loggedJobs = {
  import: (input, result) => {
    const { source, name } = importRequest.parse(input)
    const { datasetId, seen, imported } = importResult.parse(result)
    return {
      kind: 'imported',
      subject: { what: 'images', dataset: datasetId, seen, imported },
      named: { source, name: name ?? null },
    }
  },
  sample: (input) => ({ kind: 'imported', subject: { what: 'sample', ...sampleRequest.parse(input) } }),
  erase: (input, result) => {
    const { erasureId, images } = erasureResult.parse(result)
    return {
      kind: 'erased',
      subject: { erasure: erasureId, images },
      actor: orderedBy.parse(input).actor,
    }
  },
  'undo-import': (input, result) => {
    const { importJobId, datasetId, dataset, images, labels } = importUndoResult.parse(result)
    return {
      kind: 'import-undone',
      subject: { import: importJobId, dataset: datasetId, images, labels },
      named: { name: dataset },
      actor: orderedBy.parse(input).actor,
    }
  },
  export: (input, result) => {
    const { file, sha256, purpose, withheld } = exportResult.parse(result)
    return {
      kind: 'exported',
      subject: {
        what: 'model',
        model: exportRequest.parse(input).modelId,
        sha256,
        purpose: purpose?.id ?? null,
        withheld: withheld?.tasks ?? [],
      },
      named: { file },
    }
  },
  bundle: (input, result) => {
    const { file, sha256 } = bundleResult.parse(result)
    const { evaluationId } = bundleRequest.parse(input)
    return {
      kind: 'exported',
      subject: { what: 'bundle', evaluation: evaluationId, sha256 },
      named: { file },
    }
  },
  report: (input, result) => {
    const { evaluationId, folder } = reportRequest.parse(input)
    const { files } = reportResult.parse(result)
    return {
      kind: 'exported',
      subject: { what: 'report', evaluation: evaluationId, files: files.map(({ sha256 }) => sha256) },
      named: { folder },
    }
  },
} as const satisfies Partial<Record<JobKind, AnyDescriber>>

const procedureDescribers: Readonly<Record<string, AnyDescriber>> = loggedProcedures
const jobDescribers: Readonly<Record<string, AnyDescriber>> = loggedJobs

type Log = Pick<AccessLog, 'record'>

/** The same handlers; the acts among them are written down when they have been done. */
export function logProcedures(handlers: AnyHandlers, findLog: () => Log): AnyHandlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => {
      const describe = lookUp(procedureDescribers, name)
      if (describe === undefined) return [name, handle]
      const logged = async (input: unknown, signal: AbortSignal): Promise<unknown> => {
        const output = await handle(input, signal)
        const entry = describe(input, output)
        if (entry !== null) await findLog().record(entry)
        return output
      }
      return [name, logged]
    }),
  )
}

/** The same jobs; a job that is run again after being killed is written down when it ends. */
export function logJobs(jobs: readonly RegisteredJob[], log: Log): RegisteredJob[] {
  return jobs.map((job) => {
    const describe = lookUp(jobDescribers, job.kind)
    if (describe === undefined) return job
    return {
      ...job,
      prepare: (unparsed) => {
        const prepared = job.prepare(unparsed)
        return {
          ...prepared,
          run: async (context) => {
            const result = await prepared.run(context)
            const entry = describe(prepared.input, result)
            if (entry !== null) await log.record(entry)
            return result
          },
        }
      },
    }
  })
}
