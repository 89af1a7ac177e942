import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { pluralise } from './format.ts'

type Counted = Pick<CheckSummary, 'open' | 'groups'>

/** How often one has to decide in the queue of a check: copies of one picture are decided together. */
export const countStops = ({ open, groups }: Counted): number => (groups ?? { open }).open

/** "312 open", and of copies "140 groups open". */
export const describeStops = (check: Counted): string =>
  `${check.groups === null ? formatCount(check.open) : pluralise(check.groups.open, 'group')} open`
