import type { Opening, TestPart, TestPartRecord } from '../contract/ledger.contract.ts'
import { countTimes, formatCount } from '../domain/format.ts'

/** "2026-11-30 by Ann: "last look before release"". */
export const describeOpening = ({ at, by, reason }: Pick<Opening, 'at' | 'by' | 'reason'>): string =>
  `${at.slice(0, 10)} by ${by}: ${reason === null ? 'the reason was blanked by an erasure' : `"${reason}"`}`

const seenElsewhere = (elsewhere: number): string =>
  elsewhere === 0
    ? ''
    : ` This machine saw them opened ${countTimes(elsewhere)} more in a copy of the project, or in a state of it that is gone.`

/** How often the pictures behind a figure were opened, as far as is known. */
export const countOpenings = ({ opening, earlier, later, elsewhere }: TestPartRecord): number =>
  earlier + later + elsewhere + (opening === null ? 0 : 1)

/** What a reader of figures of a test part must know: how often its pictures were opened, and whether this was the first time. */
export function describeTestPart({ opening, earlier, later, elsewhere }: TestPartRecord): string {
  if (opening === null) {
    const since = later === 0 ? '' : ` Its pictures have been opened ${countTimes(later)} since.`
    return `Test part, opened before sealing existed: nobody recorded how often, for what or by whom.${since}${seenElsewhere(elsewhere)}`
  }
  const total = earlier + 1 + later
  const which =
    earlier === 0
      ? 'These figures are of the first opening'
      : `These figures are of opening ${earlier + 1}: what was learned from the earlier ones can make them too good`
  const learned =
    opening.seenByRuns === 0
      ? ''
      : ` When it was opened, runs of other splits had learned from ${formatCount(opening.seenByRuns)} of the ${formatCount(opening.images)} pictures or had been chosen by them.`
  const certificate =
    opening.certificate === 'none'
      ? ' The split had no leakage certificate.'
      : ` Leakage certificate: ${opening.certificate}.`
  return `Test part, opened ${countTimes(total)}. ${which} (line ${opening.line}, ${describeOpening(opening)}).${learned}${certificate}${seenElsewhere(elsewhere)}`
}

/** "sealed", or "opened 3 times". */
export function describeSealState({ openings, elsewhere }: Pick<TestPart, 'openings' | 'elsewhere'>): string {
  const total = openings.length + elsewhere
  return total === 0 ? 'sealed' : `opened ${countTimes(total)}`
}
