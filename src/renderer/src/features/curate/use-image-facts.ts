import { useQueries, useQuery } from '@tanstack/react-query'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageDetail } from '#shared/contract/image.contract.ts'
import { labelSchemes, type LabelScheme } from '#shared/domain/label-schemes.ts'

export interface LabelChoices {
  readonly race: readonly string[]
  readonly gender: readonly string[]
}

export interface ImageFacts {
  /** Null until it is known. */
  readonly detail: ImageDetail | null
  /** The labels that the digits choose from. */
  readonly choices: LabelChoices | null
}

/**
 * Of the first image; those after it are read ahead.
 * @param imageIds The one in view, then the next ones.
 */
export function useImageFacts(imageIds: readonly number[]): ImageFacts {
  const api = useApi()
  const details = useQueries({
    queries: imageIds.map((imageId) => api.image.get.queryOptions({ input: { imageId } })),
  })
  const datasets = useQuery(api.dataset.list.queryOptions())
  const detail = details[0]?.data ?? null
  const scheme: LabelScheme | undefined = datasets.data?.find(
    ({ id }) => id === detail?.dataset.id,
  )?.labelScheme
  return { detail, choices: scheme === undefined ? null : labelSchemes[scheme] }
}
