import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ImageDetail, ImageTile } from '#shared/contract/image.contract.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { QueueEntry } from './queue-view.ts'
import styles from './stage.module.css'
import type { Zoom } from './use-zoom.ts'
import { ZoomPane } from './zoom-pane.tsx'

/** "White · Female · 34"; what is missing says so. */
export function describeTile(tile: Pick<ImageTile, 'race' | 'gender' | 'ageYears' | 'ageBin'>): string {
  const age = tile.ageYears === null ? tile.ageBin : String(tile.ageYears)
  const words = [tile.race ?? 'no race', tile.gender ?? 'no gender', age ?? 'no age']
  return words.map(formatCategory).join(' · ')
}

export interface PictureStageProps {
  readonly imageId: number
  readonly alt: string
  /** Of the next images, which are drawn out of sight so that they stand at once when their turn comes. */
  readonly nextIds: readonly number[]
  readonly labels: string
  readonly mark?: ReactNode
  readonly origin: string
  readonly zoom: Zoom
}

/** One image, as large as there is room, on neutral grey. */
export function PictureStage(props: PictureStageProps) {
  const { imageId, alt, nextIds, labels, mark, origin, zoom } = props
  const host = useHost()
  return (
    <figure className={styles['stage']}>
      <ZoomPane zoom={zoom} className={styles['picture']}>
        {[imageId, ...nextIds].map((id) => (
          <img
            key={id}
            src={host.imageUrl(id)}
            alt={id === imageId ? alt : ''}
            data-ahead={id === imageId ? undefined : true}
            aria-hidden={id !== imageId}
            draggable={false}
          />
        ))}
      </ZoomPane>
      <figcaption>
        <strong>{labels}</strong>
        {mark}
        <span className={styles['origin']}>{origin}</span>
      </figcaption>
    </figure>
  )
}

export function StageSkeleton() {
  return (
    <div className={styles['stage']} aria-busy="true">
      <Skeleton h="100%" radius={0} />
    </div>
  )
}

export interface StageProps extends Pick<PictureStageProps, 'nextIds' | 'zoom'> {
  readonly entry: QueueEntry
  readonly detail: ImageDetail | null
}

const decidedWords = { undecided: 'decided', kept: 'kept', removed: 'removed' } as const

/** The image in view with its labels as they stand. */
export function Stage({ entry, nextIds, detail, zoom }: StageProps) {
  const { tile, isDecided } = entry.finding
  return (
    <PictureStage
      imageId={tile.id}
      alt={`Number ${tile.id}, labelled ${describeTile(tile)}`}
      nextIds={nextIds}
      labels={describeTile(tile)}
      mark={
        <>
          {isDecided && <span className={styles['decided']}>{decidedWords[tile.status]}</span>}
          {tile.isIdentitySuspect && <span className={styles['suspect']}>identity suspect</span>}
        </>
      }
      zoom={zoom}
      origin={
        detail === null || detail.id !== tile.id
          ? `Image ${tile.id}`
          : `${detail.dataset.name} · ${detail.path} · ${tile.width} × ${tile.height} px`
      }
    />
  )
}
