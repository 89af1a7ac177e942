import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { ScanReportService } from '#engine/curation/checks/scan-report.service.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import type { CrossvalService } from '#engine/learning/crossval/crossval.service.ts'
import { createLabelStep } from './label-checks.step.ts'
import { LabelSourceRepo } from './label-source.repo.ts'
import { createNeighbourStep } from './neighbour-checks.step.ts'
import { ShortcutSourceRepo } from './shortcut-source.repo.ts'
import { ShortcutService } from './shortcut.service.ts'

interface LabelChecksLent extends Lent {
  readonly checkScores: CheckScoreService
  readonly scanReports: ScanReportService
  readonly crossvals: CrossvalService
  readonly vectorSource: VectorSource
}

export function openLabelChecks(lent: LabelChecksLent) {
  const { db, workers, checkScores: scores, scanReports, crossvals, vectorSource: vectors } = lent
  const labels = new LabelSourceRepo(db)
  const found = { scores, labels, vectors, workers, catalogue: db.file }
  const shortcuts = new ShortcutService({
    ...found,
    reports: scanReports,
    source: new ShortcutSourceRepo(db),
  })
  return {
    services: {
      shortcutStep: shortcuts.createStep(),
      neighbourStep: createNeighbourStep(found),
      labelStep: createLabelStep({ ...found, crossvals }),
    },
    jobs: [],
    // Its figures are of the whole set, and it holds no row of an image.
    holder: {
      rows: null,
      settle: async ({ images }: ErasureWork) => {
        if (images.length > 0) shortcuts.forget()
      },
    },
    handlers: answer({ 'check.shortcuts': () => shortcuts.read() }),
  }
}
