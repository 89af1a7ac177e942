import { useHost } from '#renderer/engine/engine-context.tsx'
import styles from './thumb.module.css'

export interface ThumbProps {
  readonly imageId: number
  readonly version: string
  /** Empty where the words stand beside it. */
  readonly alt: string
}

/** A thumbnail on neutral grey, square-cornered, so that colour casts can be judged. */
export function Thumb({ imageId, version, alt }: ThumbProps) {
  const host = useHost()
  return (
    <span className={styles['thumb']}>
      <img
        src={host.thumbUrl(imageId, version)}
        alt={alt}
        loading="lazy"
        decoding="async"
        draggable={false}
      />
    </span>
  )
}
