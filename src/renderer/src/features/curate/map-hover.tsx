import { useQuery } from '@tanstack/react-query'
import type { HoveredPoint } from '#renderer/components/plot/plot.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import type { CaptionKind } from '#renderer/components/tile-words.ts'
import { describeCaption } from '#renderer/components/tile-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './map-hover.module.css'

export interface MapHoverProps {
  readonly hovered: HoveredPoint
  readonly captions: readonly CaptionKind[]
}

const widthPx = 176

/** The picture below the pointer, beside it, on the side where there is room. */
export function MapHover({ hovered: { point, xPx, yPx }, captions }: MapHoverProps) {
  const api = useApi()
  const images = [point]
  const tiles = useQuery(api.image.tiles.queryOptions({ input: { images } }))
  const parts = useQuery(
    api.image.cells.queryOptions({
      input: { images, columns: ['part'] },
      enabled: captions.includes('part'),
    }),
  )
  const answers = useQuery(
    api.evaluation.answers.queryOptions({ input: { images }, enabled: captions.includes('prediction') }),
  )
  const tile = tiles.data?.[0]
  if (tile === undefined) return null
  const part = parts.data?.[0]?.[0]
  const lines = describeCaption(captions, {
    tile,
    part: typeof part === 'string' ? part : null,
    answers: answers.data ?? [],
  })
  const isLeft = xPx + widthPx + 24 > globalThis.innerWidth
  return (
    <div
      className={styles['hover']}
      style={{
        width: widthPx,
        left: isLeft ? xPx - widthPx - 16 : xPx + 16,
        top: Math.max(8, Math.min(yPx - 80, globalThis.innerHeight - 280)),
      }}
      aria-hidden
    >
      <span className={styles['picture']}>
        <Thumb imageId={tile.id} version={tile.thumb} alt="" />
      </span>
      <span>Image {tile.id}</span>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  )
}
