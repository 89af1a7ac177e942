import * as z from 'zod'
import type { MapResult } from '#shared/contract/map.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import type { MapService } from './map.service.ts'

const input = z.object({ space: z.string(), seed: z.int() })

export const createMapJob = (maps: MapService): JobHandler<z.infer<typeof input>, MapResult> => ({
  kind: 'map',
  parse: (stored) => parseInput(input, stored, 'The stored map job'),
  title: ({ space }) => `Lay out the map of ${space}`,
  run: (asked, context) => maps.make(asked, context),
})
