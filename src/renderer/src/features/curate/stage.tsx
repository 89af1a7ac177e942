import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ImageDetail, ImageTile } from '#shared/contract/image.contract.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { QueueEntry } from './queue-view.ts'
import styles from './stage.module.css'

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
}

/** One image, as large as there is room, on neutral grey. */
export function PictureStage({ imageId, alt, nextIds, labels, mark, origin }: PictureStageProps) {
  const host = useHost()
  return (
    <figure className={styles['stage']}>
      <div className={styles['picture']}>
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
      </div>
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

export interface StageProps extends Pick<PictureStageProps, 'nextIds'> {
  readonly entry: QueueEntry
  readonly detail: ImageDetail | null
}

/** The image in view with its labels as they stand. */
export function Stage({ entry, nextIds, detail }: StageProps) {
  const { tile } = entry.finding
  return (
    <PictureStage
      imageId={tile.id}
      alt={`Number ${tile.id}, labelled ${describeTile(tile)}`}
      nextIds={nextIds}
      labels={describeTile(tile)}
      mark={tile.isIdentitySuspect && <span className={styles['suspect']}>identity suspect</span>}
      origin={
        detail === null || detail.id !== tile.id
          ? `Image ${tile.id}`
          : `${detail.dataset.name} · ${detail.path} · ${tile.width} × ${tile.height} px`
      }
    />
  )
}
