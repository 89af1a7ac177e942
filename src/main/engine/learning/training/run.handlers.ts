import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { ImportedCurvesService } from '#engine/networks/tensorboard/imported-curves.service.ts'
import type { RunComparisonService } from './run-comparison.service.ts'
import type { RunControlService } from './run-control.service.ts'
import type { RunEstimateService } from './run-estimate.service.ts'
import type { RunService } from './run.service.ts'
import type { SweepService } from './sweep.service.ts'

interface RunServices {
  readonly runs: RunService
  readonly runControl: RunControlService
  readonly runEstimates: RunEstimateService
  readonly runComparison: RunComparisonService
  readonly sweeps: SweepService
  readonly curves: ImportedCurvesService
}

/** @param services gives the open project's services, or throws PRECONDITION */
export function createRunHandlers(os: EngineImplementer['run'], services: () => RunServices) {
  return {
    start: os.start.handler(({ input, signal }) => services().runControl.start(input, signal)),
    estimate: os.estimate.handler(({ input, signal }) => services().runEstimates.estimate(input, signal)),
    resume: os.resume.handler(({ input }) => services().runControl.resume(input.runId, input.device)),
    pause: os.pause.handler(({ input }) => services().runControl.pause(input.runId)),
    stop: os.stop.handler(({ input }) => services().runControl.stop(input.runId)),
    keep: os.keep.handler(({ input }) => services().runControl.keep(input.runId)),
    list: os.list.handler(() => services().runs.list()),
    get: os.get.handler(({ input }) => services().runs.get(input.runId)),
    rename: os.rename.handler(({ input }) => services().runs.rename(input.runId, input.name)),
    setNotes: os.setNotes.handler(({ input }) => services().runs.setNotes(input.runId, input.notes)),
    setTags: os.setTags.handler(({ input }) => services().runs.setTags(input.runId, input.tags)),
    archive: os.archive.handler(({ input }) => services().runs.archive(input.runId, input.archived)),
    queue: os.queue.handler(() => services().runControl.queue()),
    moveInQueue: os.moveInQueue.handler(({ input }) =>
      services().runControl.moveInQueue(input.runId, input.position),
    ),
    continueQueue: os.continueQueue.handler(() => services().runControl.continueQueue()),
    compare: os.compare.handler(({ input }) =>
      services().runComparison.compare(input.runIds, input.curvesIds),
    ),
    sweep: os.sweep.handler(({ input, signal }) => services().sweeps.start(input, signal)),
    sweeps: os.sweeps.handler(() => services().sweeps.list()),
    sweepResults: os.sweepResults.handler(({ input }) =>
      services().sweeps.results(input.sweepId, input.metric),
    ),
    stopSweep: os.stopSweep.handler(({ input }) => services().sweeps.stop(input.sweepId)),
    resumeSweep: os.resumeSweep.handler(({ input }) => services().sweeps.resume(input.sweepId)),
    importCurves: os.importCurves.handler(({ input, signal }) => services().curves.import(input, signal)),
    importedCurves: os.importedCurves.handler(() => services().curves.list()),
    curves: os.curves.handler(({ input }) => services().curves.read(input.curvesId, input.tags)),
  }
}
