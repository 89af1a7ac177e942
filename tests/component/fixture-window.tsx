import { notifications } from '@mantine/notifications'
import { isContractProcedure } from '@orpc/contract'
import { createRouterClient, implement, type Router } from '@orpc/server'
import { createMemoryHistory, type RouterHistory } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import { runId } from '#shared/contract/base.contract.ts'
import { contract, type Contract } from '#shared/contract/contract.ts'
import type { ListedSensitivity } from '#shared/contract/sensitivity.contract.ts'
import type { Baseline } from '#shared/contract/baseline.contract.ts'
import type { CheckPreview, CheckSummary } from '#shared/contract/check.contract.ts'
import type { Calibration } from '#shared/contract/evaluation.contract.ts'
import type { CrossvalSummary } from '#shared/contract/crossval.contract.ts'
import type { ImportedCurves } from '#shared/contract/curves.contract.ts'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import type { PurposeList } from '#shared/contract/purpose.contract.ts'
import type { RunComparison, RunQueue, RunSummary, SweepResults } from '#shared/contract/run.contract.ts'
import type { SweepMetric, SweepSummary } from '#shared/contract/sweep.contract.ts'
import type { DeviceReport, EngineEvent } from '#shared/contract/system.contract.ts'
import { App } from '#renderer/app/app.tsx'
import type { ConnectionState, EngineClient } from '#renderer/engine/client.ts'
import type { EngineLine } from '#renderer/engine/engine-context.tsx'
import type { Host } from '#renderer/host/host.ts'
import { createDecisionProcedures } from './decision-fixtures.ts'
import {
  makeCrossval,
  makeCopy,
  makeDataset,
  makeErasurePreview,
  makeEvaluation,
  makeLedger,
  makeLedgerVerdict,
  makeFacets,
  makeImage,
  makeImportedCurves,
  makeImportPreview,
  makeImportRecord,
  makeJob,
  makeModel,
  makeProject,
  makePurpose,
  makeRun,
  makeRunDetail,
  makeRunEstimate,
  makeSavedQuery,
  makeSplit,
  makeSweep,
  makeTile,
} from './factories.ts'

/** Named, since the compiler writes no type as long as the one that it would infer. */
const os: ReturnType<typeof implement<Contract>> = implement(contract)

const noQueue: RunQueue = { running: null, waiting: [], leftOver: [] }

function makeSweepResults(metric: SweepMetric): SweepResults {
  return {
    sweep: makeSweep(),
    metric,
    axes: [{ path: 'learningRate', title: 'Learning rate' }],
    rows: [makeRun({ id: runId.parse(2), name: 'Run 2' }), makeRun()].map((run, index) => ({
      ...pickCompared(run),
      score: 0.6 - index / 10,
      values: [index === 0 ? '0.002' : '0.001'],
    })),
  }
}

/** What a comparison tells of a run. */
export function pickCompared(run: RunSummary) {
  const { id, name, state, splitId, splitHash, epochsDone, bestEpoch, best, seconds, imagesPerSecond, tags } =
    run
  return { id, name, state, splitId, splitHash, epochsDone, bestEpoch, best, seconds, imagesPerSecond, tags }
}

function makeDevice(known: Partial<DeviceReport>): DeviceReport {
  return {
    id: 'cpu',
    name: 'CPU',
    state: 'available',
    hardware: null,
    library: null,
    reason: null,
    measured: null,
    ...known,
  }
}

const makeCheck = (known: Partial<CheckSummary>): CheckSummary => ({
  id: 'dark',
  state: 'checked',
  reason: null,
  version: 1,
  params: {},
  finishedAt: null,
  images: 0,
  flagged: 0,
  open: 0,
  groups: null,
  cut: 0.32,
  defaultCut: 0.32,
  ...known,
})

const makeCheckPreview = (check: CheckSummary['id']): CheckPreview => ({
  check,
  cut: 0.32,
  n: 0,
  flagged: 0,
  race: [],
  gender: [],
  age: [],
  tests: { race: null, gender: null, age: null },
  below: [],
  above: [],
})

/** Answers by the contract's own schemas; a test replaces the procedures it is about. */
export function createFixtureProcedures() {
  return {
    ...createDecisionProcedures(),
    system: {
      // Events come from FixtureLine.emit.
      events: os.system.events.handler(async function* () {}),
      info: os.system.info.handler(() => ({
        version: '0.1.0',
        node: 'v24',
        platform: 'linux x64',
        host: 'server',
        cores: 2,
        memoryBytes: 8e9,
        imageCodec: { name: 'sharp', reason: 'Native.' },
        onnxRuntime: '1.30.0',
      })),
      devices: os.system.devices.handler(() => ({
        devices: [makeDevice({}), makeDevice({ id: 'webgpu', name: 'WebGPU', state: 'untested' })],
        automatic: 'cpu',
      })),
      testDevice: os.system.testDevice.handler(({ input }) =>
        makeDevice({ id: input.device, name: 'WebGPU', state: 'unavailable', reason: 'No adapter.' }),
      ),
      folders: os.system.folders.handler(({ input }) => ({
        path: input.path ?? '/home',
        parent: input.path === undefined ? null : '/home',
        folders: input.path === undefined ? [{ name: 'faces', path: '/home/faces', isProject: false }] : [],
        files: 3,
      })),
    },
    project: {
      current: os.project.current.handler((): ProjectSummary | null => makeProject()),
      create: os.project.create.handler(({ input }) => makeProject({ folder: input.folder })),
      open: os.project.open.handler(({ input }) => makeProject({ folder: input.folder })),
      close: os.project.close.handler(() => ({ closed: true })),
      setAudience: os.project.setAudience.handler(({ input }) =>
        makeProject({ files: { audience: input.audience, notice: null } }),
      ),
      backUp: os.project.backUp.handler(() => makeCopy()),
      copies: os.project.copies.handler(() => ({ copies: [], rows: {} })),
      restore: os.project.restore.handler(({ input }) => ({
        ...input,
        replaced: '/faces/backups/replaced-catalogue.sqlite',
        before: {},
        after: {},
        erasedReturned: [],
      })),
      recent: os.project.recent.handler(() => []),
      createSample: os.project.createSample.handler(() => ({ jobId: makeJob().id, folder: '/home/sample' })),
    },
    baseline: {
      list: os.baseline.list.handler((): Baseline[] => []),
    },
    access: {
      list: os.access.list.handler(() => ({ lines: [], total: 0 })),
      verify: os.access.verify.handler(() => ({
        lines: 0,
        blanked: 0,
        head: '0'.repeat(64),
        holds: true,
        problems: [],
      })),
      export: os.access.export.handler(({ input }) => ({
        file: input.file,
        rows: 0,
        sha256: '0'.repeat(64),
      })),
    },
    purpose: {
      list: os.purpose.list.handler((): PurposeList => ({ purposes: [], guarded: ['race'] })),
      record: os.purpose.record.handler(({ input }) => makePurpose(input)),
      end: os.purpose.end.handler(({ input }) =>
        makePurpose({ id: input.purposeId, state: 'ended', endedAt: '2026-05-04T10:00:00.000Z' }),
      ),
      guard: os.purpose.guard.handler(({ input }): PurposeList => ({
        purposes: [],
        guarded: [...input.tasks],
      })),
    },
    job: {
      list: os.job.list.handler(() => [makeJob({ state: 'succeeded', finishedAt: makeJob().startedAt })]),
      get: os.job.get.handler(() => makeJob()),
      cancel: os.job.cancel.handler(() => makeJob({ state: 'cancelled' })),
      goFirst: os.job.goFirst.handler(() => makeJob({ state: 'queued' })),
      resume: os.job.resume.handler(() => makeJob()),
    },
    dataset: {
      list: os.dataset.list.handler(() => [makeDataset()]),
      issues: os.dataset.issues.handler(() => ({
        skipped: [{ file: 'broken.jpg', reason: 'It is empty.' }],
        repaired: [],
      })),
      undoImport: os.dataset.undoImport.handler(() => ({ jobId: makeJob().id })),
      imports: os.dataset.imports.handler(() => [makeImportRecord()]),
      preview: os.dataset.preview.handler(({ input }) =>
        makeImportPreview({ format: input.format ?? 'utkface' }),
      ),
      import: os.dataset.import.handler(() => ({ jobId: makeJob().id })),
    },
    savedQuery: {
      list: os.savedQuery.list.handler(() => []),
      save: os.savedQuery.save.handler(({ input }) => makeSavedQuery({ name: input.name, view: input.view })),
      rename: os.savedQuery.rename.handler(({ input }) => makeSavedQuery({ name: input.name })),
      remove: os.savedQuery.remove.handler(() => ({ removed: true })),
    },
    image: {
      query: os.image.query.handler(() => ({ items: [1, 2, 3].map((id) => makeTile(id)), nextCursor: null })),
      window: os.image.window.handler(() => ({
        total: 3,
        items: [1, 2, 3].map((id) => makeTile(id)),
        cells: [],
      })),
      tiles: os.image.tiles.handler(({ input }) => input.images.map((id) => makeTile(id))),
      export: os.image.export.handler(({ input }) => ({
        file: input.file,
        rows: 3,
        bytes: 10,
        sha256: '0'.repeat(64),
      })),
      facets: os.image.facets.handler(() => makeFacets()),
      get: os.image.get.handler(({ input }) => makeImage(input.imageId)),
    },
    split: {
      list: os.split.list.handler(() => [makeSplit()]),
      get: os.split.get.handler(() => makeSplit()),
      standings: os.split.standings.handler(() => []),
      cells: os.split.cells.handler(({ input }) => ({
        splitId: input.splitId,
        parts: { train: 0, val: 0, test: 0 },
        images: 0,
        cells: [],
      })),
      again: os.split.again.handler(() => ({ jobId: makeJob().id })),
      create: os.split.create.handler(() => ({ jobId: makeJob().id })),
      export: os.split.export.handler(({ input }) => ({
        file: input.file,
        rows: 3,
        sha256: makeSplit().hash,
      })),
    },
    audit: {
      read: os.audit.read.handler(() => ({ datasets: [] })),
      generalisation: os.audit.generalisation.handler(() => ({ generalisation: [] })),
      measure: os.audit.measure.handler(() => ({ jobId: makeJob().id })),
    },
    leakage: {
      standings: os.leakage.standings.handler(() => []),
      get: os.leakage.get.handler(() => null),
      certify: os.leakage.certify.handler(() => ({ jobId: makeJob().id })),
      verify: os.leakage.verify.handler(() => ({ jobId: makeJob().id })),
    },
    run: {
      list: os.run.list.handler(() => [makeRun()]),
      get: os.run.get.handler(() => makeRunDetail()),
      start: os.run.start.handler(() => ({ runId: makeRun().id, jobId: makeJob().id })),
      resume: os.run.resume.handler(() => ({ runId: makeRun().id, jobId: makeJob().id })),
      keep: os.run.keep.handler(() => ({ runId: makeRun().id, jobId: makeJob().id })),
      estimate: os.run.estimate.handler(() => makeRunEstimate()),
      pause: os.run.pause.handler(() => makeRun({ state: 'paused' })),
      stop: os.run.stop.handler(() => makeRun({ state: 'cancelled' })),
      rename: os.run.rename.handler(({ input }) => makeRun({ name: input.name })),
      setNotes: os.run.setNotes.handler(({ input }) => makeRun({ userNotes: input.notes })),
      setTags: os.run.setTags.handler(({ input }) => makeRun({ tags: input.tags })),
      archive: os.run.archive.handler(({ input }) => makeRun({ archived: input.archived })),
      disk: os.run.disk.handler(() => []),
      freeDisk: os.run.freeDisk.handler(() => ({ runs: 0, files: 0, bytes: 0 })),
      queue: os.run.queue.handler(() => noQueue),
      moveInQueue: os.run.moveInQueue.handler(() => noQueue),
      continueQueue: os.run.continueQueue.handler(() => noQueue),
      compare: os.run.compare.handler(({ input }): RunComparison => ({
        runs: input.runIds.map((id) => pickCompared(makeRun({ id, name: `Run ${id}` }))),
        fields: [],
        isSameValidation: true,
        warnings: [],
        curves: [],
      })),
      sweep: os.run.sweep.handler(() => ({ sweepId: makeSweep().id, runs: [] })),
      sweeps: os.run.sweeps.handler((): SweepSummary[] => []),
      sweepResults: os.run.sweepResults.handler(({ input }) => makeSweepResults(input.metric)),
      stopSweep: os.run.stopSweep.handler(() => makeSweepResults('mean')),
      resumeSweep: os.run.resumeSweep.handler(() => ({ sweepId: makeSweep().id, runs: [] })),
      importCurves: os.run.importCurves.handler(({ input }) => makeImportedCurves({ source: input.path })),
      importedCurves: os.run.importedCurves.handler((): ImportedCurves[] => []),
      curves: os.run.curves.handler(() => [
        {
          tag: 'val/race',
          points: [
            { step: 10, value: 0.4 },
            { step: 20, value: 0.6 },
          ],
        },
      ]),
    },
    crossval: {
      start: os.crossval.start.handler(() => ({ crossvalId: makeCrossval().id, jobId: makeJob().id })),
      list: os.crossval.list.handler((): CrossvalSummary[] => []),
      get: os.crossval.get.handler(() => ({ ...makeCrossval(), parts: [], leaks: null, notes: [] })),
      stop: os.crossval.stop.handler(() => makeCrossval({ state: 'cancelled' })),
      resume: os.crossval.resume.handler(() => ({ crossvalId: makeCrossval().id, jobId: makeJob().id })),
      predictions: os.crossval.predictions.handler(() => ({ labels: [], rows: [], next: null })),
      export: os.crossval.export.handler(({ input }) => ({
        file: input.file,
        rows: 3,
        sha256: makeCrossval().splitHash,
      })),
    },
    model: {
      list: os.model.list.handler(() => [makeModel()]),
      get: os.model.get.handler(() => makeModel()),
      export: os.model.export.handler(() => ({ jobId: makeJob().id })),
    },
    erasure: {
      preview: os.erasure.preview.handler(({ input }) => makeErasurePreview(input.images)),
      start: os.erasure.start.handler(() => ({ jobId: makeJob().id })),
    },
    sensitivity: {
      list: os.sensitivity.list.handler((): ListedSensitivity => ({ results: [], faulty: [] })),
    },
    evaluation: {
      list: os.evaluation.list.handler(() => [makeEvaluation()]),
      get: os.evaluation.get.handler(() => makeEvaluation()),
      calibration: os.evaluation.calibration.handler((): Calibration => null),
      answers: os.evaluation.answers.handler(({ input }) =>
        input.images.map((id) => ({
          imageId: id,
          evaluationId: makeEvaluation().evaluationId,
          task: 'race' as const,
          label: 'Black',
          years: null,
        })),
      ),
      create: os.evaluation.create.handler(() => ({ jobId: makeJob().id })),
      cell: os.evaluation.cell.handler(() => [
        { imageId: makeTile(7).id, thumb: 't7', probability: 0.91, years: null, labelledYears: null },
      ]),
    },
    ledger: {
      show: os.ledger.show.handler(() => makeLedger()),
      head: os.ledger.head.handler(() => makeLedger().head),
      verify: os.ledger.verify.handler(() => makeLedgerVerdict()),
    },
    integrity: {
      check: os.integrity.check.handler(() => ({ jobId: makeJob().id })),
    },
    scan: {
      start: os.scan.start.handler(() => ({ jobId: makeJob().id })),
      settings: os.scan.settings.handler(() => ({ detector: null })),
    },
    check: {
      list: os.check.list.handler((): CheckSummary[] => []),
      rates: os.check.rates.handler(() => []),
      histogram: os.check.histogram.handler(() => ({ edges: [0, 1], counts: [0], cut: 0.5, n: 0 })),
      preview: os.check.preview.handler(({ input }) => makeCheckPreview(input.check)),
      shortcuts: os.check.shortcuts.handler(() => ({ madeAt: null, tasks: [] })),
      setCut: os.check.setCut.handler(({ input }) => makeCheck({ id: input.check })),
    },
    finding: {
      queue: os.finding.queue.handler(() => ({ items: [], nextCursor: null })),
      group: os.finding.group.handler(({ input }) => ({
        groupId: input.groupId,
        members: [],
        suggestedKeep: null,
        conflict: null,
        clearest: null,
        answers: { race: [], gender: [], age: [] },
        suggestedLabels: { race: null, gender: null, age: null },
      })),
      countGroups: os.finding.countGroups.handler(() => ({
        groups: 0,
        agreeing: 0,
        leaving: 0,
        conflicting: 0,
      })),
      ofImage: os.finding.ofImage.handler(() => ({ measures: null, problem: null, findings: [] })),
    },
  }
}

export type FixtureProcedures = ReturnType<typeof createFixtureProcedures>

export { os as fixtureImplementer }

/** What no fixture answers fails when it is called, so that a procedure that no screen asks for needs no line here. */
function completeRouter(procedures: FixtureProcedures): Router<typeof contract, Record<never, never>> {
  const refuse = (name: string, procedure: unknown) =>
    isContractProcedure(procedure)
      ? implement(procedure).handler(() => {
          throw new Error(`No fixture answers ${name}`)
        })
      : procedure
  const complete = ([noun, verbs]: [string, object]) => {
    const refused = Object.entries(verbs).map(([verb, procedure]) => [
      verb,
      refuse(`${noun}.${verb}`, procedure),
    ])
    return [noun, { ...Object.fromEntries(refused), ...Reflect.get(procedures, noun) }]
  }
  return Object.fromEntries(Object.entries(contract).map(complete))
}

/** A line whose state and events the test decides. */
export class FixtureLine implements EngineLine {
  readonly client: EngineClient
  state: ConnectionState = 'open'
  readonly #stateListeners = new Set<(state: ConnectionState) => void>()
  readonly #eventListeners = new Set<(event: EngineEvent) => void>()

  constructor(procedures: FixtureProcedures) {
    this.client = createRouterClient(completeRouter(procedures))
  }

  onStateChange(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  async followEvents(
    handlers: { onEvent: (event: EngineEvent) => void },
    signal: AbortSignal,
  ): Promise<void> {
    this.#eventListeners.add(handlers.onEvent)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    this.#eventListeners.delete(handlers.onEvent)
  }

  setState(state: ConnectionState): void {
    this.state = state
    for (const listener of this.#stateListeners) listener(state)
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#eventListeners) listener(event)
  }
}

export function createFixtureHost(part: Partial<Host> = {}): Host {
  return {
    kind: 'browser',
    transport: { kind: 'message-port', openPort: () => Promise.reject(new Error('no port in this test')) },
    pickFolder: null,
    pickFile: null,
    pathOfFile: null,
    revealPath: null,
    signIns: null,
    openExternal: () => Promise.resolve(),
    thumbUrl: (imageId, version) => `/media/thumb/${imageId}?v=${version}`,
    imageUrl: (imageId) => `/media/image/${imageId}`,
    predict: () => Promise.reject(new Error('no prediction in this test')),
    ...part,
  }
}

export interface FixtureWindowOptions {
  readonly path: string
  readonly procedures?: FixtureProcedures
  readonly host?: Host
  /** One of the test's own, at its place. */
  readonly history?: RouterHistory
}

/** The whole window at an address, on fixture answers. */
export function renderWindow({ path, procedures, host, history }: FixtureWindowOptions): FixtureLine {
  // They outlive the window they were shown in, and test files share a process.
  notifications.clean()
  const line = new FixtureLine(procedures ?? createFixtureProcedures())
  render(
    <App
      line={line}
      host={host ?? createFixtureHost()}
      history={history ?? createMemoryHistory({ initialEntries: [path] })}
    />,
  )
  return line
}
