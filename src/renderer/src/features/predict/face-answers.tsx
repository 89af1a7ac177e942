import { NativeSelect } from '@mantine/core'
import type { Calibration } from '#shared/contract/evaluation.contract.ts'
import { formatShare } from '#shared/domain/format.ts'
import { describeCalibrated, describeFace, type FacePrediction } from './predict-view.ts'
import styles from './predict.module.css'

export interface FaceAnswersProps {
  readonly faces: readonly FacePrediction[]
  /** Position of the face that is shown. */
  readonly shown: number
  readonly onShow: (face: number) => void
  /** Null where no temperature is known. */
  readonly calibration: Calibration
}

/** The answers to one face, and of several which one. */
export function FaceAnswers({ faces, shown, onShow, calibration }: FaceAnswersProps) {
  const face = faces[shown]
  return (
    <>
      {faces.length > 1 && (
        <NativeSelect
          className={styles['faceChoice']}
          label={`Face, of ${faces.length} from the left`}
          size="xs"
          value={String(shown)}
          onChange={(event) => onShow(Number(event.currentTarget.value))}
          data={faces.map((one, at) => ({ value: String(at), label: nameFace(one, at) }))}
        />
      )}
      {face !== undefined && <FaceBars face={face} calibration={calibration} />}
      <p className={styles['care']}>
        What annotators would most likely write, not a fact about anybody.
        {face !== undefined &&
          describeFace(face).some(({ bars }) => bars.length > 0) &&
          (calibration === null
            ? " Probabilities are the model's own and not calibrated."
            : " Bars are the model's own probabilities; those that a temperature calibrates stand below them.")}
      </p>
    </>
  )
}

const nameFace = (face: FacePrediction, at: number): string =>
  [`Face ${at + 1}`, ...describeFace(face).map(({ answer }) => answer)].join(', ')

function FaceBars({
  face,
  calibration,
}: Pick<FaceAnswersProps, 'calibration'> & { readonly face: FacePrediction }) {
  return describeFace(face).map(({ task, title, answer, bars }) => (
    <section key={task} className={styles['task']} aria-label={title}>
      <h2>
        {title} <strong>{answer}</strong>
      </h2>
      {bars.length === 0 && (
        <p className={styles['care']}>This model answers with the years alone, without probabilities.</p>
      )}
      <ul>
        {bars.map((bar) => (
          <li key={bar.label} data-answer={bar.isAnswer || undefined}>
            <span className={styles['barLabel']}>{bar.label}</span>
            <span className={styles['track']} aria-hidden>
              <span style={{ width: `${bar.probability * 100}%` }} />
            </span>
            <span className={styles['barValue']}>{formatShare(bar.probability)}</span>
          </li>
        ))}
      </ul>
      {describeCalibrated(face, task, calibration).map((line) => (
        <p key={line} className={styles['care']}>
          {line}
        </p>
      ))}
    </section>
  ))
}
