import { MostLike } from '../most-like.tsx'
import { Thumb } from '../thumb.tsx'
import { describeLabels } from '../tile-words.ts'
import styles from './image-neighbours.module.css'

const shown = 8

export interface NeighboursProps {
  readonly imageId: number
  readonly onOpen: (imageId: number) => void
}

/** The images most like this one; a click goes there. */
export function Neighbours({ imageId, onOpen }: NeighboursProps) {
  return (
    <MostLike imageId={imageId} count={shown}>
      {(items) => (
        <ul className={styles['neighbours']}>
          {items.map(({ tile, distance }) => (
            <li key={tile.id}>
              <button
                type="button"
                title={`${describeLabels(tile)}, distance ${distance.toFixed(2)}`}
                aria-label={`Image ${tile.id}, ${describeLabels(tile)}, distance ${distance.toFixed(2)}`}
                onClick={() => onOpen(tile.id)}
              >
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </MostLike>
  )
}
