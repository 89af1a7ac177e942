import { Link } from '@tanstack/react-router'
import { MostLike } from '#renderer/components/most-like.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import styles from './neighbour-strip.module.css'
import { describeTile } from './stage.tsx'

const shown = 6

/** The images most like one, with their labels: what a person compares a doubtful label with. */
export function NeighbourStrip({ imageId }: { readonly imageId: number }) {
  return (
    <MostLike imageId={imageId} count={shown}>
      {(items) => (
        <ul className={styles['neighbours']}>
          {items.map(({ tile, distance }) => (
            <li key={tile.id}>
              <Link
                to="/catalogue"
                search={{ image: tile.id }}
                aria-label={`Image ${tile.id}, labelled ${describeTile(tile)}, distance ${distance.toFixed(2)}`}
              >
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
              </Link>
              <span>{describeTile(tile)}</span>
              <span className={styles['distance']}>{distance.toFixed(2)}</span>
            </li>
          ))}
        </ul>
      )}
    </MostLike>
  )
}
