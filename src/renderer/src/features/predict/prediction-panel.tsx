import { Button, Code, Skeleton, Tabs } from '@mantine/core'
import { IconAlertTriangle, IconCopy } from '@tabler/icons-react'
import { skipToken, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { modelId, type ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { toAppError } from '#renderer/engine/client.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { formatFigure } from '#renderer/components/format.ts'
import { ExplanationPanel } from '#renderer/components/explanation/explanation-panel.tsx'
import { HashText } from '#renderer/components/hash-text.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { BesideAnswers, type AskModel } from './beside-answers.tsx'
import { FaceAnswers } from './face-answers.tsx'
import { PictureWithFaces } from './picture-with-faces.tsx'
import { LikenessPanel } from './likeness-panel.tsx'
import { SensitivityPanel } from './sensitivity-panel.tsx'
import { chooseFace } from './predict-view.ts'
import styles from './predict.module.css'
import type { ShownImage } from './use-picked-image.ts'

export interface PredictionPanelProps {
  readonly image: ShownImage
  /** The image of the project that it is; null for a picture that was dropped. */
  readonly imageId: ImageId | null
  /** A second model that answers beside the first; null for none. */
  readonly beside: ModelSummary | null
  readonly ask: AskModel
  readonly response: PredictResponse | null
  readonly error: unknown
}

export function PredictionPanel({ image, imageId, beside, ask, response, error }: PredictionPanelProps) {
  const [face, setFace] = useState<number | null>(null)
  const api = useApi()
  const answering = modelId.safeParse(Number(response?.model.id)).data
  const calibrated = useQuery(
    api.evaluation.calibration.queryOptions({
      input: answering === undefined ? skipToken : { modelId: answering },
      retry: false,
    }),
  )
  const calibration = calibrated.data ?? null
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
  const faces = prediction?.faces ?? []
  const shown = chooseFace(faces, face)
  const answered = faces[shown]
  return (
    <div className={styles['whole']}>
      <div className={styles['result']}>
        <PictureWithFaces image={image} faces={faces} shown={shown} onShow={setFace} />
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
              {calibrated.error !== null && (
                <p className={styles['warning']} role="alert">
                  <IconAlertTriangle size={16} aria-hidden /> Whether a temperature calibrates this model
                  could not be read: {toAppError(calibrated.error).message}
                </p>
              )}
              {faces.length === 0 && <EmptyState text="No face was found in this image." />}
              <FaceAnswers faces={faces} shown={shown} onShow={setFace} calibration={calibration} />
              {beside !== null && answered !== undefined && (
                <BesideAnswers
                  picture={image.url}
                  face={answered}
                  at={shown}
                  first={response.model.name}
                  second={beside}
                  ask={ask}
                />
              )}
              <Foot response={response} />
            </>
          )}
        </div>
      </div>
      {response !== null && prediction !== undefined && (
        <More
          key={`${prediction.picture ?? ''} ${response.model.id} ${shown}`}
          response={response}
          imageId={imageId}
          face={answered?.cut === undefined ? null : shown + 1}
        />
      )}
    </div>
  )
}

function Foot({ response: { model, milliseconds } }: { readonly response: PredictResponse }) {
  return (
    <footer className={styles['foot']}>
      <span>
        decoding {formatFigure(milliseconds.decode)} ms, inference {formatFigure(milliseconds.inference)} ms
      </span>
      <span>
        {model.name} <HashText hash={model.sha256} of="the model" />
      </span>
    </footer>
  )
}

interface MoreProps {
  readonly response: PredictResponse
  readonly imageId: ImageId | null
  /** Null for the picture as it is. */
  readonly face: number | null
}

/** What else can be asked about the face that is shown. */
function More({ response, imageId, face }: MoreProps) {
  const picture = response.predictions[0]?.picture
  const of = imageId !== null ? { imageId } : picture === undefined ? null : { picture }
  const model = modelId.safeParse(Number(response.model.id)).data
  const json = JSON.stringify(response, null, 2)
  const isKnown = of !== null && model !== undefined
  // An explanation goes on while another tab is looked at; the others are asked for when they are.
  const [tab, setTab] = useState<string | null>('explanation')
  const unknown = (
    <EmptyState text="A model of this project explains its answers; this one has no number in it." />
  )
  return (
    <Tabs value={tab} onChange={setTab} className={styles['more']}>
      <Tabs.List>
        <Tabs.Tab value="explanation">Explanation</Tabs.Tab>
        <Tabs.Tab value="neighbours">Quality and neighbours</Tabs.Tab>
        <Tabs.Tab value="sensitivity">Sensitivity</Tabs.Tab>
        <Tabs.Tab value="json">JSON</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="explanation" pt={12}>
        {isKnown ? <ExplanationPanel of={of} modelId={model} face={face} /> : unknown}
      </Tabs.Panel>
      <Tabs.Panel value="neighbours" pt={12}>
        {isKnown ? tab === 'neighbours' && <LikenessPanel of={of} face={face} /> : unknown}
      </Tabs.Panel>
      <Tabs.Panel value="sensitivity" pt={12}>
        {isKnown
          ? tab === 'sensitivity' && <SensitivityPanel of={of} modelId={model} face={face} />
          : unknown}
      </Tabs.Panel>
      <Tabs.Panel value="json" pt={12}>
        <Button
          size="compact-xs"
          variant="default"
          mb={8}
          leftSection={<IconCopy size={14} aria-hidden />}
          onClick={() => void navigator.clipboard.writeText(json)}
        >
          Copy as JSON
        </Button>
        <Code block tabIndex={0} className={styles['json']}>
          {json}
        </Code>
      </Tabs.Panel>
    </Tabs>
  )
}
