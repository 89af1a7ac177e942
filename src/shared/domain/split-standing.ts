import { formatCount } from './format.ts'

/** Images by what curation has done to them since a split was made. */
export interface StandingCounts {
  readonly removed: number
  readonly relabelled: number
  readonly restored: number
}

export const isOvertaken = ({ removed, relabelled, restored }: StandingCounts): boolean =>
  removed + relabelled + restored > 0

/** "12 removed, 4 relabelled since"; empty where nothing has changed. */
export function describeStanding({ removed, relabelled, restored }: StandingCounts): string {
  const changes = [
    { count: removed, word: 'removed' },
    { count: relabelled, word: 'relabelled' },
    { count: restored, word: 'brought back' },
  ].flatMap(({ count, word }) => (count === 0 ? [] : [`${formatCount(count)} ${word}`]))
  return changes.length === 0 ? '' : `${changes.join(', ')} since`
}
