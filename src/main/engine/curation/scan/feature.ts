import { scanRequest } from '#shared/contract/check.contract.ts'
import { checkIds } from '#shared/domain/checks.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { ScanStep } from '#engine/curation/checks/scan-step.ts'
import type { MeasureStep } from '#engine/curation/pixels/measure.step.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import type { FaceStep } from '#engine/curation/faces/faces.step.ts'
import { createPictureStep } from './picture.step.ts'
import { ScanService } from './scan.service.ts'

interface ScanLent extends Lent {
  readonly checkScores: CheckScoreService
  readonly measureStep: MeasureStep
  readonly duplicateStep: ScanStep
  readonly shortcutStep: ScanStep
  readonly faceStep: FaceStep
  readonly neighbourStep: ScanStep
  readonly labelStep: ScanStep
  readonly findDetector: () => string | null
  readonly vectorSource: VectorSource
}

export function openScans(lent: ScanLent) {
  const { jobs, workers, cores, publishChange, checkScores, findDetector, vectorSource } = lent
  const { measureStep, faceStep } = lent
  const scans = new ScanService({
    jobs,
    scores: checkScores,
    measures: measureStep,
    findDetector,
    hasFaceVectors: () =>
      vectorSource.listSpaces().some(({ name, images }) => name === faceSpace && images > 0),
    steps: [
      createPictureStep({ measureStep, faceStep, workers, cores }),
      lent.duplicateStep,
      faceStep,
      lent.neighbourStep,
      lent.labelStep,
      // A report on the whole set, of minutes that no check waits for.
      lent.shortcutStep,
    ],
    publishChange,
  })
  return {
    services: {},
    jobs: [
      registerJob({
        kind: 'scan',
        input: scanRequest,
        changes: ['checks', 'images', 'project'],
        title: ({ checks = checkIds }) =>
          checks.length === checkIds.length
            ? 'Scan for images that do not belong'
            : `Scan: ${checks.length} ${checks.length === 1 ? 'check' : 'checks'}`,
        run: (request, context) => scans.run(request, context),
      }),
    ],
    handlers: answer({
      'scan.start': (request) => ({ jobId: scans.start(request) }),
      'scan.settings': () => scans.readSettings(),
    }),
  }
}
