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

/** Of docs/measured.md, for whoever has measured nothing yet: 3,536 and 3,900 images to learn from, 2,063 and 2,275 to measure. */
const elsewhere =
  'On other data, each measured on some 2,000 images (docs/measured.md): FairFace, a probe in seconds race 55 %, gender 82 %, age bins 46 %, ResNet-18 from random weights in ten minutes 43, 78 and 39 %; UTKFace, gender 90 % and 6.4 years beside 87 % and 8.6.'

/** What this project has measured on the split already, for whoever is about to train longer. */
export function describeQuickLook({
  quickLook,
  isProbe,
}: Pick<RunEstimate, 'quickLook' | 'isProbe'>): string[] {
  const { probe, ofFaces, fromRandom } = quickLook
  const ofProbe =
    probe === null
      ? isProbe
        ? []
        : [
            'No probe has been trained on this split yet: it takes seconds once faces are scanned, and tells what a longer training has to beat.',
            elsewhere,
          ]
      : [`A probe on this split gives, on its validation part: ${describeRun(probe)}.`]
  const ofRandom =
    fromRandom === null
      ? []
      : [`The best training from random weights on this split so far: ${describeRun(fromRandom)}.`]
  const ofFaceResNet =
    ofFaces === null ? [] : [`The best face ResNet on this split so far: ${describeRun(ofFaces)}.`]
  return [...ofProbe, ...ofFaceResNet, ...ofRandom]
}
