import { migration0010 } from '#engine/base/db/migrations/0010-foundation.ts'
import { migration0020 } from '#engine/base/db/migrations/0020-training.ts'
import { migration0030 } from '#engine/base/db/migrations/0030-crossval.ts'
import { migration0040 } from '#engine/base/db/migrations/0040-curation.ts'
import { migration0050 } from '#engine/base/db/migrations/0050-decisions.ts'
import { migration0060 } from '#engine/base/db/migrations/0060-catalogue.ts'
import { migration0070 } from '#engine/base/db/migrations/0070-scans.ts'
import { migration0080 } from '#engine/base/db/migrations/0080-open-findings.ts'
import { migration0100 } from '#engine/base/db/migrations/0100-integrity.ts'
import { migration0110 } from '#engine/base/db/migrations/0110-made-by-job.ts'
import { migration0120 } from '#engine/base/db/migrations/0120-access.ts'
import { migration0130 } from '#engine/base/db/migrations/0130-erasures.ts'
import { migration0170 } from '#engine/base/db/migrations/0170-freed-runs.ts'
import { migration0230 } from '#engine/base/db/migrations/0230-remeasured-cuts.ts'
import { migration0250 } from '#engine/base/db/migrations/0250-numbers.ts'
import { migration0260 } from '#engine/base/db/migrations/0260-import-undo.ts'
import { migration0270 } from '#engine/base/db/migrations/0270-settlements.ts'
import { migration0300 } from '#engine/base/db/migrations/0300-contested-labels.ts'
import { migration0360 } from '#engine/base/db/migrations/0360-split-plans.ts'
import { migration0380 } from '#engine/base/db/migrations/0380-identities.ts'
import { migration0420 } from '#engine/base/db/migrations/0420-relinks.ts'
import { migration0440 } from '#engine/base/db/migrations/0440-leak-certificates.ts'
import { migration0450 } from './migrations/0450-openings.ts'
import { migration0460 } from '#engine/base/db/migrations/0460-baselines.ts'
import { migration0480 } from './migrations/0480-lean-indexes.ts'
import { migration0530 } from '#engine/base/db/migrations/0530-portraits.ts'

export interface Migration {
  /** Numbered in tens; kept in `user_version`. */
  readonly version: number
  readonly name: string
  readonly sql: string
}

/** Every change of the schema in order. A released migration is never edited; a new one is added below. */
export const migrations: readonly Migration[] = [
  migration0010,
  migration0020,
  migration0030,
  migration0040,
  migration0050,
  migration0060,
  migration0070,
  migration0080,
  migration0100,
  migration0110,
  migration0120,
  migration0130,
  migration0170,
  migration0230,
  migration0250,
  migration0260,
  migration0270,
  migration0300,
  migration0360,
  migration0380,
  migration0420,
  migration0440,
  migration0450,
  migration0460,
  migration0480,
  migration0530,
]
