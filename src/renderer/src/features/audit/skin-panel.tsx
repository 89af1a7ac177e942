import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { DatasetAudit, SkinAudit } from '#shared/contract/audit.contract.ts'
import {
  describeOnePerson,
  describeSkinCoverage,
  formatMeasure,
  isPortrayed,
  nameTone,
} from '#shared/derived/describe-audit.ts'
import { skinCells, skinSays, skinThresholds, smallCell } from '#shared/domain/audit-measures.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import styles from './audit.module.css'

type Tones = SkinAudit['tones'][number]

const titleTone = (cell: Parameters<typeof nameTone>[0]): string => {
  const name = nameTone(cell)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** Apparent skin colour beside race: how it spreads, of whom it is told, and how far pictures of one person differ. */
export function SkinPanel({ selected }: { readonly selected: DatasetAudit }) {
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const by = search.by ?? 'race'
  const rows = selected.skin.tones.filter(
    ({ axis, usable }) => axis === null || (axis === by && usable.n > 0),
  )
  return (
    <Panel
      title={`Apparent skin colour in ${selected.name}`}
      padded={false}
      actions={
        <SegmentedControl
          aria-label="Groups of skin colour by"
          size="xs"
          value={by}
          onChange={(value) =>
            void navigate({
              search: (before) => ({ ...before, by: tasks.find((one) => one === value) }),
              replace: true,
            })
          }
          data={tasks.map((value) => ({ value, label: taskTitles[value] }))}
        />
      }
    >
      {isPortrayed(selected) ? (
        <>
          <ScrollRegion label={`Apparent skin colour in ${selected.name}`}>
            <table className="ev-table" aria-label={`Apparent skin colour in ${selected.name} by ${by}`}>
              <thead>
                <tr>
                  <th scope="col">Labelled</th>
                  {skinCells.map((cell) => (
                    <th scope="col" className="num" key={nameTone(cell)}>
                      {titleTone(cell)}
                    </th>
                  ))}
                  <th scope="col" className="num">
                    Lightness
                  </th>
                  <th scope="col" className="num">
                    Hue
                  </th>
                  <th scope="col" className="num">
                    Told of
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((tones) => (
                  <ToneRow key={tones.group ?? ''} tones={tones} dataset={selected} />
                ))}
              </tbody>
            </table>
          </ScrollRegion>
          <ul className={styles['facts']}>
            <li>{describeSkinCoverage(selected)}</li>
            {describeOnePerson(selected).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      ) : (
        <p className={styles['note']}>Not measured yet.</p>
      )}
      <p className={styles['note']}>
        {skinSays} Light is L* from {skinThresholds.lightness}, yellow is a hue from {skinThresholds.hue}{' '}
        degrees (Thong, Joniak and Xiang 2023). Shares, and medians of people with 95% intervals over people;
        groups below {smallCell} images are counted alone.
      </p>
    </Panel>
  )
}

function ToneRow({ tones, dataset }: { readonly tones: Tones; readonly dataset: DatasetAudit }) {
  const { axis, group, cells, usable } = tones
  const n = cells.reduce((sum, cell) => sum + cell.n, 0)
  const isSmall = n < smallCell
  return (
    <tr>
      <th scope="row">{group === null ? 'All' : formatCategory(group)}</th>
      {cells.map((cell) => (
        <td className="num" key={nameTone(cell)}>
          {isSmall || cell.value === null ? formatCount(cell.n) : formatShare(cell.value)}
          {!isSmall && cell.low !== null && cell.high !== null && (
            <small className={styles['bounds']}>
              {formatShare(cell.low)}–{formatShare(cell.high)}
            </small>
          )}
        </td>
      ))}
      {(['skinLightness', 'skinHue'] as const).map((measure) => (
        <Typical
          key={measure}
          typical={
            isSmall || axis === null
              ? undefined
              : dataset.diversity
                  .find((one) => one.measure === measure && one.axis === axis)
                  ?.groups.find((one) => one.group === group)?.typical
          }
        />
      ))}
      <td className="num">
        {usable.value === null ? '–' : formatShare(usable.value)}
        <small className={styles['bounds']}>
          {formatCount(n)} of {formatCount(usable.n)}
        </small>
      </td>
    </tr>
  )
}

type Typical = DatasetAudit['diversity'][number]['groups'][number]['typical']

/** A median of people with its interval. */
export function Typical({
  typical,
  format = formatMeasure,
}: {
  readonly typical: Typical | undefined
  readonly format?: (value: number | null) => string
}) {
  if (typical === undefined || typical.value === null) return <td className="num">–</td>
  const { value, low, high } = typical
  return (
    <td className="num">
      {format(value)}
      {low !== null && high !== null && (
        <small className={styles['bounds']}>
          {format(low)}–{format(high)}
        </small>
      )}
    </td>
  )
}
