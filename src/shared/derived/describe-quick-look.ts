import type { QuickLook, RunEstimate } from '../contract/run.contract.ts'
import { formatDuration, formatEstimate } from '../domain/format.ts'
import { tasks } from '../domain/tasks.ts'

/** "race 82.6 % (n = 588), gender 91.4 % in 20 s (run 3)" */
function describeRun({ runId, seconds, validation }: QuickLook): string {
  const figures = tasks.flatMap((task) => {
    const measured = validation[task]
    if (measured === null) return []
    const years = 'years' in measured ? measured.years : null
    const mean = years === null ? '' : `, ${years.mae.toFixed(1)} years off`
    return [`${task} ${formatEstimate(measured.accuracy)}${mean}`]
  })
  return `${figures.join('; ')} in ${formatDuration(seconds)} (run ${runId})`
}

/** What this project has measured on the split already, for whoever is about to train longer. */
export function describeQuickLook({
  quickLook,
  isProbe,
}: Pick<RunEstimate, 'quickLook' | 'isProbe'>): string[] {
  const { probe, fromRandom } = quickLook
  const ofProbe =
    probe === null
      ? isProbe
        ? []
        : [
            'No probe has been trained on this split yet: it takes seconds once faces are scanned, and tells what a longer training has to beat.',
          ]
      : [`A probe on this split gives, on its validation part: ${describeRun(probe)}.`]
  const ofRandom =
    fromRandom === null
      ? []
      : [`The best training from random weights on this split so far: ${describeRun(fromRandom)}.`]
  return [...ofProbe, ...ofRandom]
}
