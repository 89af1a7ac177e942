import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { downloadText } from '#renderer/components/plot/download.ts'
import { toCsv } from '#renderer/components/plot/plot-figure.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { AuditDocument, DatasetAudit } from '#shared/contract/audit.contract.ts'
import { auditColumns, listAuditRows, listCrossRows } from '#shared/derived/describe-audit.ts'
import { formatCount } from '#shared/domain/format.ts'
import { summaryRows } from './audit-view.ts'
import styles from './audit.module.css'
import { CellMap } from './cell-map.tsx'
import { DiversityPanel } from './diversity-panel.tsx'
import { GeneralisationPanel } from './generalisation-panel.tsx'
import { MeasurePortraits } from './measure-portraits.tsx'
import { ParityPanel } from './parity-panel.tsx'
import { QualityPanel } from './quality-panel.tsx'
import { SkinPanel } from './skin-panel.tsx'

export function AuditScreen() {
  return (
    <NeedsProject>
      <Audit />
    </NeedsProject>
  )
}

function Audit() {
  const api = useApi()
  const navigate = useNavigate({ from: '/audit' })
  const search = useSearch({ from: '/audit' })
  const audit = useQuery(api.audit.read.queryOptions())
  const crossed = useQuery(api.audit.generalisation.queryOptions())
  if (audit.error !== null) {
    return (
      <Page>
        <ErrorState error={audit.error} onRetry={() => void audit.refetch()} />
      </Page>
    )
  }
  if (audit.data === undefined) {
    return (
      <Page>
        <output className={styles['note']}>Every image of the catalogue is being read.</output>
        <Skeleton h={480} />
      </Page>
    )
  }
  const { datasets } = audit.data
  const filled = datasets.filter(({ images }) => images > 0)
  const selected = filled.find(({ datasetId }) => datasetId === search.dataset) ?? filled[0]
  if (selected === undefined) {
    return (
      <EmptyState
        text="There is no data set yet to look at."
        action={<Button onClick={() => void navigate({ to: '/', search: {} })}>Import a folder</Button>}
      />
    )
  }
  return (
    <Page>
      <div className={styles['page']}>
        <MeasurePortraits datasets={filled} />
        <SummaryPanel datasets={filled} crossings={crossed.data?.generalisation ?? null} />
        <ParityPanel datasets={filled} />
        <CellMap datasets={filled} selected={selected} />
        <SkinPanel selected={selected} />
        <QualityPanel selected={selected} />
        <DiversityPanel datasets={filled} selected={selected} />
        {crossed.error !== null && (
          <ErrorState error={crossed.error} onRetry={() => void crossed.refetch()} />
        )}
        {crossed.data !== undefined && <GeneralisationPanel crossings={crossed.data.generalisation} />}
      </div>
    </Page>
  )
}

/** What the data sets are like, one column each. */
function SummaryPanel({
  datasets,
  crossings,
}: {
  readonly datasets: readonly DatasetAudit[]
  /** Null until they are known, and the files with them. */
  readonly crossings: AuditDocument['generalisation'] | null
}) {
  const saveCsv = (generalisation: AuditDocument['generalisation']): void =>
    downloadText(
      toCsv({
        columns: auditColumns,
        rows: [...listAuditRows(datasets), ...listCrossRows(generalisation)],
      }),
      { name: 'dataset-audit.csv', type: 'text/csv' },
    )
  const saveJson = (generalisation: AuditDocument['generalisation']): void =>
    downloadText(`${JSON.stringify({ datasets, generalisation }, null, 2)}\n`, {
      name: 'dataset-audit.json',
      type: 'application/json',
    })
  const removed = datasets.reduce((sum, one) => sum + one.removed, 0)
  return (
    <Panel
      title="Data sets side by side"
      note={removed > 0 ? `${formatCount(removed)} removed images are left out` : undefined}
      padded={false}
      actions={
        crossings !== null && (
          <>
            <Button size="compact-xs" variant="default" onClick={() => saveCsv(crossings)}>
              All figures as CSV
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => saveJson(crossings)}>
              As JSON
            </Button>
          </>
        )
      }
    >
      <ScrollRegion label="Data sets side by side">
        <table className={`ev-table ${styles['summary']}`} aria-label="Data sets side by side">
          <thead>
            <tr>
              <th scope="col">Criterion</th>
              <th scope="col">Figure</th>
              {datasets.map(({ datasetId, name }) => (
                <th scope="col" key={datasetId}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {summaryRows.map(({ criterion, title, help, cell }) => (
              <tr key={title}>
                <td>{criterion}</td>
                <th scope="row">
                  {title}
                  <small>{help}</small>
                </th>
                {datasets.map((dataset) => (
                  <td key={dataset.datasetId}>{cell(dataset)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles['note']}>
        Labels are what annotators wrote, not facts about people. Intervals hold for 95% of samples of people,
        with pictures of one person taken together, and copies of one picture where nobody is known.
      </p>
    </Panel>
  )
}
