import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Neighbours } from '#shared/contract/embedding.contract.ts'
import { toAppError } from '#renderer/engine/client.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { EmbedChoice } from './embed-choice.tsx'
import { Quiet } from './quiet.tsx'
import { ErrorState } from './states.tsx'

export interface MostLikeProps {
  readonly imageId: number
  readonly count: number
  readonly children: (items: Neighbours['items']) => ReactNode
}

/** The images most like one, nearest first, or what makes images comparable. */
export function MostLike({ imageId, count, children }: MostLikeProps) {
  const api = useApi()
  const spaces = useQuery(api.embedding.spaces.queryOptions())
  const hasSpaces = spaces.data !== undefined && spaces.data.length > 0
  const found = useQuery(
    api.embedding.neighbours.queryOptions({ input: { imageId, k: count }, enabled: hasSpaces }),
  )
  const failure = spaces.error ?? found.error
  return (
    <section aria-label="Most like it">
      <h3>Most like it</h3>
      {spaces.data !== undefined && !hasSpaces && <EmbedChoice text="Images cannot be compared yet." />}
      {failure !== null && <NotCompared error={failure} />}
      {failure === null && (spaces.isPending || (hasSpaces && found.isPending)) && <Skeleton h={96} />}
      {found.data !== undefined && children(found.data.items)}
    </section>
  )
}

/** An image without a face, say, is no failure. */
function NotCompared({ error }: { readonly error: unknown }) {
  const { code, message } = toAppError(error)
  return code === 'INTERNAL' ? <ErrorState error={error} compact /> : <Quiet>{message}</Quiet>
}
