import type { FuzzTarget } from './fuzz-target.ts'
import { eventTarget } from './targets/event-target.ts'
import { imageTarget } from './targets/image-target.ts'
import { modelTarget } from './targets/model-target.ts'
import { parquetTarget } from './targets/parquet-target.ts'
import { serverTargets } from './targets/server-targets.ts'
import { tableTargets } from './targets/table-targets.ts'
import { textTarget } from './targets/text-target.ts'
import { userFileTarget } from './targets/user-file-target.ts'
import { weightTargets } from './targets/weight-targets.ts'

export const fuzzTargets: readonly FuzzTarget[] = [
  ...weightTargets,
  modelTarget,
  eventTarget,
  ...tableTargets,
  textTarget,
  imageTarget,
  userFileTarget,
  parquetTarget,
  ...serverTargets,
]
