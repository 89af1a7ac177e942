import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { ModelId } from '#shared/contract/base.contract.ts'
import type {
  ExplainedPicture,
  ExplanationId,
  ExplanationSettings,
  ExplanationState,
} from '#shared/contract/explanation.contract.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'

/** Maps come in steps of seconds, and each reading carries its pictures. */
const readEveryMs = 500

export interface ExplanationHandle {
  /** Null before the first. */
  readonly state: ExplanationState | null
  readonly isRunning: boolean
  readonly error: unknown
  readonly start: (settings: ExplanationSettings) => void
  readonly cancel: () => void
}

/** One explanation at a time of one picture: begun, followed, cancelled, and let go of when nobody looks at it any more. */
export function useExplanation(of: ExplainedPicture, modelId: ModelId): ExplanationHandle {
  const api = useApi()
  const queries = useQueryClient()
  const [id, setId] = useState<ExplanationId | null>(null)
  const read = useQuery({
    ...api.explanation.read.queryOptions({ input: id === null ? skipToken : { explanationId: id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? readEveryMs : false),
    gcTime: 0,
  })
  const { mutate: forget } = useMutation(api.explanation.forget.mutationOptions())
  useEffect(() => {
    if (id === null) return undefined
    return () => forget({ explanationId: id })
  }, [id, forget])
  const isShown = useRef(true)
  useEffect(() => {
    isShown.current = true
    return () => {
      isShown.current = false
    }
  }, [])
  const begin = useMutation(api.explanation.start.mutationOptions())
  const beginOne = async (settings: ExplanationSettings): Promise<void> => {
    // What went wrong is told by the mutation.
    const begun = await begin.mutateAsync({ of, modelId, settings }).catch(() => null)
    if (begun === null) return
    // Left while it was begun: there is nobody who would let go of it later.
    if (isShown.current) setId(begun.explanationId)
    else forget(begun)
  }
  const stop = useMutation(
    api.explanation.cancel.mutationOptions({
      onSuccess: (state) =>
        queries.setQueryData(
          api.explanation.read.queryKey({ input: { explanationId: state.explanationId } }),
          state,
        ),
    }),
  )
  const state = read.data ?? null
  return {
    state,
    isRunning:
      begin.isPending ||
      (id !== null && (state === null || state.state === 'running') && read.error === null),
    error: begin.error ?? read.error ?? stop.error,
    start: (settings) => void beginOne(settings),
    cancel: () => {
      if (id !== null) stop.mutate({ explanationId: id })
    },
  }
}
