import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { ImportedCurvesRepo } from './imported-curves.repo.ts'
import { ImportedCurvesService } from './imported-curves.service.ts'

export function openImportedCurves({ db, workers, now, publishChange }: Lent) {
  const curves = new ImportedCurvesService({
    curves: new ImportedCurvesRepo(db),
    workers,
    now,
    publishChange,
  })
  return {
    services: { curves },
    jobs: [],
    handlers: answer({
      'run.importCurves': (request, signal) => curves.import(request, signal),
      'run.importedCurves': () => curves.list(),
      'run.curves': ({ curvesId, tags }) => curves.read(curvesId, tags),
    }),
  }
}
