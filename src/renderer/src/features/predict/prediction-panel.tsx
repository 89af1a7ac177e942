import { Code, Skeleton, Tabs } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { formatFigure } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { AppError } from '#shared/contract/errors.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { describeFace, frameSize, placeBox, type FacePrediction } from './predict-view.ts'
import styles from './predict.module.css'
import type { PickedImage } from './use-picked-image.ts'

export interface PredictionPanelProps {
  readonly image: PickedImage
  readonly response: PredictResponse | null
  readonly error: unknown
}

export function PredictionPanel({ image, response, error }: PredictionPanelProps) {
  const prediction = response?.predictions[0]
  const failure =
    error ?? (prediction?.error === undefined ? null : new AppError('INVALID_INPUT', prediction.error))
  if (failure !== null) {
    return (
      <div className={styles['failure']}>
        <ErrorState error={failure} />
        <p>Drop, paste or choose another image.</p>
      </div>
    )
  }
  return (
    <div className={styles['result']}>
      <Picture image={image} faces={prediction?.faces ?? []} />
      <div className={styles['answers']}>
        {response === null || prediction === undefined ? (
          <>
            <Skeleton h={120} mb={16} />
            <Skeleton h={64} mb={16} />
            <Skeleton h={200} />
          </>
        ) : (
          <>
            {prediction.warning !== undefined && (
              <p className={styles['warning']} role="alert">
                <IconAlertTriangle size={16} aria-hidden /> {prediction.warning}
              </p>
            )}
            <Answers response={response} faces={prediction.faces} />
          </>
        )}
      </div>
    </div>
  )
}

function Picture({
  image,
  faces,
}: {
  readonly image: PickedImage
  readonly faces: readonly FacePrediction[]
}) {
  const { file, url } = image
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  return (
    <div className={styles['picture']}>
      <div className={styles['frame']} style={size === null ? undefined : frameSize(size)}>
        <img
          src={url}
          alt={file.name}
          onLoad={(event) =>
            setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
          }
        />
        {size !== null &&
          faces.map((face) => (
            <span
              key={`${face.box.x},${face.box.y}`}
              className={styles['box']}
              style={placeBox(face.box, size)}
              aria-hidden
            />
          ))}
      </div>
      <span className={styles['caption']}>
        {file.name}
        {size === null ? '' : `, ${formatCount(size.width)} × ${formatCount(size.height)} px`}
      </span>
    </div>
  )
}

interface AnswersProps {
  readonly response: PredictResponse
  readonly faces: readonly FacePrediction[]
}

function Answers({ response, faces }: AnswersProps) {
  const { model, milliseconds } = response
  return (
    <Tabs defaultValue="probabilities" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="probabilities">Probabilities</Tabs.Tab>
        <Tabs.Tab value="json">JSON</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="probabilities" pt={12}>
        {faces.length === 0 && <EmptyState text="No face was found in this image." />}
        {faces.map((face) => (
          <FaceBars key={`${face.box.x},${face.box.y}`} face={face} />
        ))}
        <p className={styles['care']}>
          What annotators would most likely write, not a fact about anybody.
          {faces.some(hasProbabilities) && " Probabilities are the model's own and not calibrated."}
        </p>
      </Tabs.Panel>
      <Tabs.Panel value="json" pt={12}>
        <Code block tabIndex={0} className={styles['json']}>
          {JSON.stringify(response, null, 2)}
        </Code>
      </Tabs.Panel>
      <footer className={styles['foot']}>
        <span>
          decoding {formatFigure(milliseconds.decode)} ms, inference {formatFigure(milliseconds.inference)} ms
        </span>
        <span>
          {model.name} <HashText hash={model.sha256} of="the model" />
        </span>
      </footer>
    </Tabs>
  )
}

function hasProbabilities(face: FacePrediction): boolean {
  return describeFace(face).some(({ bars }) => bars.length > 0)
}

function FaceBars({ face }: { readonly face: FacePrediction }) {
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
    </section>
  ))
}
