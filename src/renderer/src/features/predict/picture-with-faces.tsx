import { useState } from 'react'
import { formatCount } from '#shared/domain/format.ts'
import { frameSize, placeBox, type FacePrediction } from './predict-view.ts'
import styles from './predict.module.css'
import type { ShownImage } from './use-picked-image.ts'

export interface PictureWithFacesProps {
  readonly image: ShownImage
  /** From left to right. */
  readonly faces: readonly FacePrediction[]
  /** Position of the face that is shown. */
  readonly shown: number
  readonly onShow: (face: number) => void
}

/** The picture with a box around each face; of several a click chooses one. */
export function PictureWithFaces({ image, faces, shown, onShow }: PictureWithFacesProps) {
  const { name, url } = image
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  return (
    <div className={styles['picture']}>
      <div className={styles['frame']} style={size === null ? undefined : frameSize(size)}>
        <img
          src={url}
          alt={name}
          onLoad={(event) =>
            setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
          }
        />
        {size !== null &&
          faces.map(({ box }, at) => {
            const place = { className: styles['box'], style: placeBox(box, size) }
            return faces.length === 1 ? (
              <span key={`${box.x},${box.y}`} {...place} aria-hidden />
            ) : (
              <button
                key={`${box.x},${box.y}`}
                {...place}
                type="button"
                aria-label={`Show face ${at + 1}`}
                aria-pressed={at === shown}
                onClick={() => onShow(at)}
              >
                <span aria-hidden>{at + 1}</span>
              </button>
            )
          })}
      </div>
      <span className={styles['caption']}>
        {name}
        {size === null ? '' : `, ${formatCount(size.width)} × ${formatCount(size.height)} px`}
      </span>
    </div>
  )
}
