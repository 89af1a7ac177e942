import * as z from 'zod'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ScanReportService } from '#engine/curation/checks/scan-report.service.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { MapGroupRepo } from './map-group.repo.ts'
import { MapRepo } from './map.repo.ts'
import { MapService } from './map.service.ts'

interface MapsLent extends Lent {
  readonly scanReports: ScanReportService
  readonly vectorSource: VectorSource
}

export function openMaps({ db, jobs, workers, scanReports, vectorSource }: MapsLent) {
  const points = new MapRepo(db)
  const maps = new MapService({
    maps: points,
    reports: scanReports,
    groups: new MapGroupRepo(db),
    vectors: vectorSource,
    jobs,
    workers,
    catalogue: db.file,
  })
  return {
    services: {},
    holder: { rows: points.held },
    jobs: [
      registerJob({
        kind: 'map',
        input: z.object({ space: z.string(), seed: z.int() }),
        changes: ['checks'],
        title: ({ space }) => `Lay out the map of ${space}`,
        run: (asked, context) => maps.make(asked, context),
      }),
    ],
    handlers: answer({
      'map.start': (request) => maps.start(request),
      'map.points': ({ space }, signal) => maps.points(space, signal),
      'map.groups': (request, signal) => maps.groups(request, signal),
    }),
  }
}
