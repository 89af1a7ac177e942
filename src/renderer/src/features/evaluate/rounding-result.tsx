import { describeGroupRates } from '#shared/domain/describe-group-rates.ts'
import { formatBounds, formatCount, formatPercent } from '#shared/domain/format.ts'
import type { TaskRounding } from '#shared/contract/evaluation.contract.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import styles from './evaluate.module.css'

/** How many answers bf16 changes, of all images and by group. */
export function RoundingResult({ rounding }: { readonly rounding: readonly TaskRounding[] }) {
  return (
    <section className={styles['rounding']} aria-label="bf16 beside float32">
      <table className="ev-table">
        <caption>Answers in bf16 that differ from float32, of the same file and images</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col" className="num">
              Differ (%)
            </th>
            <th scope="col" className="num">
              95% interval
            </th>
            <th scope="col" className="num">
              n
            </th>
            <th scope="col" className="num">
              Largest difference
            </th>
            <th scope="col" className="num">
              Accuracy (points)
            </th>
          </tr>
        </thead>
        <tbody>
          {rounding.map(({ task, changed: { value, low, high, n }, largest, accuracyGain }) => (
            <tr key={task}>
              <th scope="row">{taskTitles[task]}</th>
              <td className="num">{value === null ? '–' : formatPercent(value)}</td>
              <td className="num">{low === null || high === null ? '–' : formatBounds(low, high)}</td>
              <td className="num">{formatCount(n)}</td>
              <td className="num">{largest.toPrecision(2)}</td>
              <td className="num">{accuracyGain === null ? '–' : describePoints(accuracyGain)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul>
        {rounding.flatMap(({ task, byGroup }) =>
          byGroup.map(({ grouping, rates, test }) => (
            <li key={`${task} ${grouping}`}>
              {taskTitles[task]} by {describeGroupRates(grouping, { rates, test })}
            </li>
          )),
        )}
      </ul>
    </section>
  )
}

const describePoints = (gain: number): string => `${gain < 0 ? '−' : '+'}${Math.abs(gain * 100).toFixed(2)}`
