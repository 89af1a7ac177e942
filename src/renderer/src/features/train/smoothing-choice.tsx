import { SegmentedControl } from '@mantine/core'
import { smoothingMarks } from './figures/smooth.ts'
import styles from './train.module.css'

export interface SmoothingChoiceProps {
  readonly value: number
  readonly onChange: (value: number) => void
}

/** How much the lines of noisy curves are smoothed; what was measured stays in view behind them. */
export function SmoothingChoice({ value, onChange }: SmoothingChoiceProps) {
  return (
    <div className={styles['smoothing']}>
      <span>Smoothing</span>
      <SegmentedControl
        aria-label="Smoothing"
        size="xs"
        value={String(value)}
        data={smoothingMarks.map((mark) => ({
          value: String(mark),
          label: mark === 0 ? 'None' : String(mark),
        }))}
        onChange={(chosen) => onChange(Number(chosen))}
      />
    </div>
  )
}
