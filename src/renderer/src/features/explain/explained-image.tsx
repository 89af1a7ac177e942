import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { ImageId, ModelId } from '#shared/contract/base.contract.ts'
import type { ExplanationMethod } from '#shared/contract/explanation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { usualSettings } from '#renderer/components/explanation/explanation-settings.tsx'
import { MapFigure, MapState } from '#renderer/components/explanation/method-panel.tsx'
import { useExplanation } from '#renderer/components/explanation/use-explanation.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import styles from './explain.module.css'

export interface ExplainedImageProps {
  readonly image: {
    readonly imageId: ImageId
    readonly labelled: string
    readonly predicted: string | null
    readonly isRight: boolean
  }
  readonly modelId: ModelId
  readonly task: Task
  readonly method: ExplanationMethod
}

/** One image of the query with its map: class activation at once, what takes longer when it is asked for. */
export function ExplainedImage({ image, modelId, task, method }: ExplainedImageProps) {
  const { imageId, labelled, predicted, isRight } = image
  const handle = useExplanation({ imageId }, modelId)
  const { state, isRunning, error, start, cancel } = handle
  const settings = { ...usualSettings, method, checks: false }
  const begun = useRef(false)
  const quick = method === 'cam'
  useEffect(() => {
    if (!quick || begun.current) return
    begun.current = true
    start(settings)
  })
  const explanation = state?.explanation ?? null
  const map = explanation?.maps.find((one) => one.task === task)
  const name = `image ${imageId}`
  return (
    <li className={styles['card']} aria-label={`Image ${imageId}`}>
      <header>
        <Link to="/catalogue" search={{ image: imageId }}>
          Image {imageId}
        </Link>
        <span>
          {isRight
            ? `${formatCategory(labelled)}, answered right`
            : `${formatCategory(labelled)} → ${predicted === null ? 'no answer' : formatCategory(predicted)}`}
        </span>
      </header>
      <MapState state={state} isRunning={isRunning} title={name} />
      {error !== null && <ErrorState error={error} compact />}
      {explanation !== null && map !== undefined && (
        <MapFigure explanation={explanation} map={map} title={name} />
      )}
      <div className={styles['actions']}>
        {isRunning ? (
          <Button size="compact-xs" variant="default" onClick={cancel}>
            Cancel
          </Button>
        ) : (
          <>
            {(!quick || state?.state === 'cancelled' || state?.state === 'failed' || error !== null) && (
              <Button size="compact-xs" variant="default" onClick={() => start(settings)}>
                Run
              </Button>
            )}
            <Button size="compact-xs" variant="default" onClick={() => start({ ...settings, checks: true })}>
              Hold against chance
            </Button>
          </>
        )}
      </div>
    </li>
  )
}
