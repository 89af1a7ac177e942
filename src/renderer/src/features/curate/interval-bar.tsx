import type { Estimate } from '#shared/domain/intervals.ts'
import styles from './interval-bar.module.css'

export interface IntervalBarProps {
  readonly estimate: Estimate
  /** The share at the right end. */
  readonly widest?: number
  readonly color?: string
  /** Where blind guessing stands, as a line. */
  readonly chance?: number
  /** In words, where the figures do not stand beside it. */
  readonly label?: string
}

/** A share as a dot on its 95% interval. */
export function IntervalBar({ estimate, widest = 1, color, chance, label }: IntervalBarProps) {
  const { value, low, high } = estimate
  const place = (share: number) => `${(100 * share) / widest}%`
  return (
    // Drawn elements that read as one picture.
    <span
      className={styles['bar']}
      data-scale={chance !== undefined || undefined}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {chance !== undefined && <span className={styles['chance']} style={{ left: place(chance) }} />}
      {low !== null && high !== null && (
        <span
          className={styles['interval']}
          style={{ left: place(low), width: place(Math.max(high - low, 0)) }}
        />
      )}
      {value !== null && <span className={styles['dot']} style={{ left: place(value), background: color }} />}
    </span>
  )
}
