import { NativeSelect } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import type { DatasetAudit, ParityAudit } from '#shared/contract/audit.contract.ts'
import { smallCell } from '#shared/domain/audit-measures.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { parityOf } from './audit-view.ts'
import styles from './audit.module.css'

type Share = ParityAudit['shares'][number]

interface CellMapProps {
  readonly datasets: readonly DatasetAudit[]
  readonly selected: DatasetAudit
}

const unique = (labels: readonly (string | undefined)[]): string[] => [
  ...new Set(labels.filter((label) => label !== undefined)),
]

/** Every race with every gender and age: how many images it has, with the empty cells in sight. */
export function CellMap({ datasets, selected }: CellMapProps) {
  const navigate = useNavigate({ from: '/audit' })
  const cells = parityOf(selected, 'cells')
  if (cells === undefined) return null
  const { shares } = cells
  const ages = unique(shares.map(({ group }) => group.age))
  const rows = unique(shares.map(({ group }) => group.race)).flatMap((race) =>
    unique(shares.map(({ group }) => group.gender)).map((gender) => ({ race, gender })),
  )
  const most = Math.max(1, ...shares.map(({ n }) => n))
  return (
    <Panel
      title={`Cells of ${selected.name}`}
      note={`${formatCount(cells.empty)} of ${formatCount(cells.groups)} empty, ${formatCount(cells.small)} below ${smallCell} images; n ${formatCount(cells.labelled)}`}
      padded={false}
      actions={
        datasets.length > 1 && (
          <NativeSelect
            aria-label="Data set"
            size="xs"
            value={String(selected.datasetId)}
            onChange={(event) => {
              const dataset = Number(event.currentTarget.value)
              void navigate({ search: (before) => ({ ...before, dataset }), replace: true })
            }}
            data={datasets.map(({ datasetId, name }) => ({ value: String(datasetId), label: name }))}
          />
        )
      }
    >
      <ScrollRegion label={`Cells of ${selected.name}`}>
        <table
          className={`ev-table ${styles['cells']}`}
          aria-label={`Images of ${selected.name} by race, gender and age`}
        >
          <thead>
            <tr>
              <th scope="col">Labelled</th>
              {ages.map((age) => (
                <th scope="col" className="num" key={age}>
                  {age}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ race, gender }) => (
              <tr key={`${race} ${gender}`}>
                <th scope="row">
                  {formatCategory(race)}, {formatCategory(gender)}
                </th>
                {ages.map((age) => {
                  const share = shares.find(
                    ({ group }) => group.race === race && group.gender === gender && group.age === age,
                  )
                  return share === undefined ? null : (
                    <Cell key={age} share={share} most={most} datasetId={selected.datasetId} />
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  )
}

interface CellProps {
  readonly share: Share
  readonly most: number
  readonly datasetId: DatasetAudit['datasetId']
}

function Cell({ share, most, datasetId }: CellProps) {
  const { n, value, low, high, group } = share
  const name = Object.values(group).map(formatCategory).join(', ')
  if (n === 0) return <td className={`num ${styles['empty']}`}>none</td>
  const bounds = low === null || high === null ? '' : ` (${formatShare(low)} to ${formatShare(high)})`
  const labels = {
    ...(group.race === undefined ? {} : { race: [group.race] }),
    ...(group.gender === undefined ? {} : { gender: [group.gender] }),
    ...(group.age === undefined ? {} : { age: [group.age] }),
  }
  return (
    <td className="num" data-small={n < smallCell || undefined}>
      <Link
        to="/catalogue"
        search={{ datasets: [datasetId], status: ['undecided', 'kept'], ...labels }}
        title={`${formatShare(value)}${bounds}`}
        aria-label={`${formatCount(n)} images labelled ${name}`}
      >
        {formatCount(n)}
      </Link>
      <span className={styles['bar']} style={{ width: `${(100 * n) / most}%` }} aria-hidden />
    </td>
  )
}
