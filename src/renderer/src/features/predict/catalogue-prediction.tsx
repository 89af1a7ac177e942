import { useQuery } from '@tanstack/react-query'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import { useApi, useEngineLine, useHost } from '#renderer/engine/engine-context.tsx'
import { PredictionPanel } from './prediction-panel.tsx'

export interface CataloguePredictionProps {
  readonly imageId: ImageId
  readonly model: ModelSummary
  readonly beside: ModelSummary | null
}

/** What models answer to an image of the project. */
export function CataloguePrediction({ imageId, model, beside }: CataloguePredictionProps) {
  const api = useApi()
  const host = useHost()
  const { client } = useEngineLine()
  const asked = useQuery({
    ...api.explanation.answer.queryOptions({ input: { imageId, modelId: model.id } }),
    retry: false,
  })
  return (
    <PredictionPanel
      image={{ name: `Image ${imageId}`, url: host.imageUrl(imageId) }}
      imageId={imageId}
      beside={beside}
      ask={(second, signal) => client.explanation.answer({ imageId, modelId: second.id }, { signal })}
      response={asked.data ?? null}
      error={asked.error}
    />
  )
}
