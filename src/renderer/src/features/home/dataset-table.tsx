import { Button, Skeleton, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import { formatCount } from '#shared/domain/format.ts'
import { askFirst } from '#renderer/components/ask-first.tsx'
import { formatTime, pluralise } from '#renderer/components/format.ts'
import { showFailure } from '#renderer/components/notices.ts'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { DatasetId } from '#shared/contract/base.contract.ts'
import type { DatasetSummary, ImportRecord } from '#shared/contract/dataset.contract.ts'
import { ImportReport } from './import-report.tsx'
import styles from './home.module.css'
import { formatTitles } from './import-formats.ts'

export interface DatasetTableProps {
  readonly onImport: () => void
}

export function DatasetTable({ onImport }: DatasetTableProps) {
  const api = useApi()
  const datasets = useQuery(api.dataset.list.queryOptions())
  const imports = useQuery(api.dataset.imports.queryOptions())
  const [openId, setOpenId] = useState<DatasetId | null>(null)
  if (datasets.error !== null) return <ErrorState error={datasets.error} />
  if (datasets.isPending) return <Skeleton h={120} m={16} w="auto" />
  if (datasets.data.length === 0) {
    return (
      <EmptyState
        text="No images yet. Import a folder; its files are read in place and never changed."
        action={<Button onClick={onImport}>Import images</Button>}
      />
    )
  }
  return (
    <div className="ev-scroll-x">
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Format</th>
            <th scope="col" className="num">
              Images
            </th>
            <th scope="col" className="num">
              Identities
            </th>
            <th scope="col" className="num">
              Skipped
            </th>
            <th scope="col" className="num">
              Repaired
            </th>
            <th scope="col">
              <VisuallyHidden>Take back</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {datasets.data.map((dataset) => (
            <Fragment key={dataset.id}>
              <DatasetRow
                dataset={dataset}
                newest={imports.data?.find(({ datasetId }) => datasetId === dataset.id)}
                isOpen={openId === dataset.id}
                onToggle={() => setOpenId((id) => (id === dataset.id ? null : dataset.id))}
              />
              {openId === dataset.id && (
                <tr>
                  <td colSpan={7} className={styles['issues']}>
                    <DatasetIssues datasetId={dataset.id} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface DatasetRowProps {
  readonly dataset: DatasetSummary
  /** Of its imports. */
  readonly newest: ImportRecord | undefined
  readonly isOpen: boolean
  readonly onToggle: () => void
}

function DatasetRow({ dataset, newest, isOpen, onToggle }: DatasetRowProps) {
  const hasIssues = dataset.skipped + dataset.repaired > 0
  const issueButton = (count: number, word: string) =>
    count === 0 ? (
      '0'
    ) : (
      <UnstyledButton
        className={styles['link']}
        aria-expanded={isOpen}
        aria-label={`${formatCount(count)} ${word} in ${dataset.name}: ${isOpen ? 'hide' : 'show'}`}
        onClick={onToggle}
      >
        {formatCount(count)}
      </UnstyledButton>
    )
  return (
    <tr data-selected={(isOpen && hasIssues) || undefined}>
      <th scope="row">
        <Link to="/catalogue" search={{ datasets: [dataset.id] }} className={styles['link']}>
          {dataset.name}
        </Link>
      </th>
      <td>{formatTitles[dataset.format]}</td>
      <td className="num">{formatCount(dataset.images)}</td>
      <td className="num">{dataset.identities === 0 ? '–' : formatCount(dataset.identities)}</td>
      <td className="num">{issueButton(dataset.skipped, 'skipped files')}</td>
      <td className="num">{issueButton(dataset.repaired, 'repaired values')}</td>
      <td className="num">{newest !== undefined && <TakeBack newest={newest} />}</td>
    </tr>
  )
}

/** Undoes the newest import of a data set, as long as nothing stands on it. */
function TakeBack({ newest }: { readonly newest: ImportRecord }) {
  const api = useApi()
  const undo = useMutation(api.dataset.undoImport.mutationOptions({ onError: showFailure }))
  const { jobId, dataset, at } = newest
  const ask = async () => {
    const question = {
      title: `Take back the import of ${dataset}?`,
      text: `${describeBrought(newest)}, brought on ${formatTime(at)}, would leave the project, with copies that it made of the pictures. The folder that they came from stays as it is and can be imported again.${describeRelink(newest)}`,
      yes: 'Take it back',
    }
    if (await askFirst(question)) undo.mutate({ jobId })
  }
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={undo.isPending}
      aria-label={`Undo import, the newest of ${dataset}`}
      onClick={() => void ask()}
    >
      Undo import
    </Button>
  )
}

const describeBrought = ({ images, labels }: ImportRecord): string =>
  labels === 0
    ? pluralise(images, 'image')
    : `${pluralise(images, 'image')} and ${pluralise(labels, 'label')} of earlier images`

const describeRelink = ({ relinked }: ImportRecord): string =>
  relinked === null
    ? ''
    : ` It linked the data set to ${relinked.to}: this is taken back if ${relinked.from}, from where it was read before, holds its images again; otherwise the link stays.`

function DatasetIssues({ datasetId }: { readonly datasetId: DatasetId }) {
  const api = useApi()
  const issues = useQuery(api.dataset.issues.queryOptions({ input: { datasetId } }))
  if (issues.error !== null) return <ErrorState error={issues.error} />
  if (issues.isPending) return <Skeleton h={80} />
  return <ImportReport skipped={issues.data.skipped} repaired={issues.data.repaired} />
}
