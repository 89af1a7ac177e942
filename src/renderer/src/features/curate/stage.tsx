import type { ImageTile } from '#shared/contract/image.contract.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { ImageDetail } from '#shared/contract/image.contract.ts'
import type { QueueEntry } from './queue-view.ts'
import styles from './curate.module.css'

/** "White · Female · 34"; what is missing says so. */
export function describeTile(tile: Pick<ImageTile, 'race' | 'gender' | 'ageYears' | 'ageBin'>): string {
  const age = tile.ageYears === null ? tile.ageBin : String(tile.ageYears)
  const words = [tile.race ?? 'no race', tile.gender ?? 'no gender', age ?? 'no age']
  return words.map(formatCategory).join(' · ')
}

export interface StageProps {
  readonly entry: QueueEntry
  /** Of the next images, which are drawn out of sight so that they stand at once when their turn comes. */
  readonly nextIds: readonly number[]
  readonly detail: ImageDetail | null
}

/** One image, as large as there is room, on neutral grey. */
export function Stage({ entry, nextIds, detail }: StageProps) {
  const host = useHost()
  const { tile } = entry.finding
  return (
    <figure className={styles['stage']}>
      <div className={styles['picture']}>
        {[tile.id, ...nextIds].map((id) => (
          <img
            key={id}
            src={host.imageUrl(id)}
            alt={id === tile.id ? `Number ${tile.id}, labelled ${describeTile(tile)}` : ''}
            data-ahead={id === tile.id ? undefined : true}
            aria-hidden={id !== tile.id}
            draggable={false}
          />
        ))}
      </div>
      <figcaption>
        <strong>{describeTile(tile)}</strong>
        {tile.isIdentitySuspect && <span className={styles['suspect']}>identity suspect</span>}
        <span className={styles['origin']}>
          {detail === null || detail.id !== tile.id
            ? `Image ${tile.id}`
            : `${detail.dataset.name} · ${detail.path} · ${tile.width} × ${tile.height} px`}
        </span>
      </figcaption>
    </figure>
  )
}
