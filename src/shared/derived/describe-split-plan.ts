import type { SplitPlan } from '#shared/contract/split.contract.ts'
import { formatCount } from '#shared/domain/format.ts'

const images = (count: number): string => `${formatCount(count)} ${count === 1 ? 'image' : 'images'}`
const cellsNamed = 3
const linesNamed = 10

const nameCell = ({ race, gender, age }: SplitPlan['infeasible'][number]): string =>
  [race, gender, age].map((label) => label ?? 'unlabelled').join(', ')

const nameLines = (lines: readonly number[]): string =>
  `line ${lines.slice(0, linesNamed).join(', ')}${lines.length > linesNamed ? ', ...' : ''}`

function describeOrigin({ imported, keptTest }: SplitPlan): string[] {
  const lines: string[] = []
  if (imported !== null) {
    lines.push(`Taken over as it is from ${imported.from}: ${formatCount(imported.rows)} rows.`)
    if (imported.unknown > 0) {
      lines.push(
        `${formatCount(imported.unknown)} of its names are no image here, or one that is removed: ${nameLines(imported.unknownLines)}.`,
      )
    }
    if (imported.ambiguous > 0) {
      lines.push(
        `${formatCount(imported.ambiguous)} of its names are paths in several data sets, so that no image is meant: ${nameLines(imported.ambiguousLines)}. Write <data set>/<path> there.`,
      )
    }
    if (imported.notNamed > 0)
      lines.push(`It does not name ${images(imported.notNamed)} of the data sets; they stand in no part.`)
  }
  if (keptTest !== null) {
    lines.push(
      `The test part of the split ${keptTest.hash.slice(0, 12)} is kept: ${images(keptTest.kept)}, ${formatCount(keptTest.gone)} gone since, ${formatCount(keptTest.joined)} more joined it because they belong to one of its groups.`,
    )
  }
  return lines
}

/** What came of the plan, one sentence a line: what was lost, what cannot be had, what holds images together. */
export function describePlan(plan: SplitPlan): string[] {
  const { infeasible, lostLabels, missing, tied, notCompared, cutGroups } = plan
  const lines = describeOrigin(plan)
  if (cutGroups > 0)
    lines.push(`${formatCount(cutGroups)} groups of images that belong together stand in more than one part.`)
  for (const { dataset, label, images: count } of lostLabels) {
    lines.push(
      `The race "${label}" of ${dataset} has no word in the split's labels: ${images(count)} count as unlabelled by race.`,
    )
  }
  const unlabelled = Object.entries(missing).filter(([, count]) => count > 0)
  if (unlabelled.length > 0)
    lines.push(
      `Without a label: ${unlabelled.map(([task, count]) => `${task} ${formatCount(count)}`).join(', ')}.`,
    )
  if (infeasible.length > 0) {
    const first = infeasible.slice(0, cellsNamed).map(nameCell).join('; ')
    lines.push(
      `${formatCount(infeasible.length)} cells have fewer groups than there are parts, so that a part goes without: ${first}${infeasible.length > cellsNamed ? '; ...' : '.'}`,
    )
  }
  const ties = Object.entries({
    'by identity': tied.identity,
    'by inferred person': tied.person,
    'by equal files': tied.file,
    'by equal pixels': tied.pixel,
    'as near copies': tied.near,
  }).filter(([, count]) => count > 0)
  if (ties.length > 0)
    lines.push(`Held together: ${ties.map(([how, count]) => `${formatCount(count)} ${how}`).join(', ')}.`)
  if (notCompared > 0)
    lines.push(
      `${images(notCompared)} were not compared with the others by a scan: near copies of them may stand in two parts. Scan (evenhand scan), then split again.`,
    )
  return lines
}
