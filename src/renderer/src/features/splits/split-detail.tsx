import { Alert, Button, TextInput, VisuallyHidden } from '@mantine/core'
import { IconFileExport } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { ErasedNote } from '#renderer/components/erased-note.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { OvertakenNote } from '#renderer/components/overtaken-note.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { partTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { joinPath } from '#renderer/components/folder-dialog.tsx'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { CellsView } from './cells-view.tsx'
import { CertificateView } from './certificate-view.tsx'
import styles from './splits.module.css'

const parts = ['train', 'val', 'test'] as const

export interface SplitDetailProps {
  readonly split: SplitSummary
}

export function SplitDetail({ split }: SplitDetailProps) {
  const api = useApi()
  const navigate = useNavigate()
  const [isExporting, setIsExporting] = useState(false)
  const verified = useQuery(api.split.get.queryOptions({ input: { splitId: split.splitId } }))
  const total = parts.reduce((sum, part) => sum + split.parts[part].images, 0)
  return (
    <Panel
      title={split.name}
      actions={
        <Button
          variant="default"
          leftSection={<IconFileExport size={14} aria-hidden />}
          onClick={() => setIsExporting(true)}
        >
          Export CSV
        </Button>
      }
    >
      {verified.error !== null && <ErrorState error={verified.error} compact />}
      <OvertakenNote
        key={split.splitId}
        split={split}
        use={{
          title: 'Show the new split',
          run: (made) => void navigate({ to: '/splits', search: { split: made } }),
        }}
      />
      <StatList
        stats={[
          { term: 'Images', value: formatCount(total) },
          { term: 'Seed', value: split.seed },
          { term: 'Made', value: formatTime(split.createdAt) },
          { term: 'SHA-256 of the split', value: <HashText hash={split.hash} of="the split" /> },
        ]}
      />
      <ErasedNote images={split.erasedImages} what="held" />
      <div className={styles['shares']} aria-hidden>
        {parts.map((part) => (
          <span key={part} data-part={part} style={{ flexGrow: split.parts[part].images }}>
            {partTitles[part]}
          </span>
        ))}
      </div>
      <div className="ev-scroll-x">
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col" className="num">
                Images
              </th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="num">
                Asked for
              </th>
              <th scope="col" className="num">
                Groups
              </th>
              <th scope="col" className="num">
                Total variation
              </th>
              <th scope="col" className="num">
                Catalogue
              </th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part}>
                <th scope="row">{partTitles[part]}</th>
                <td className="num">{formatCount(split.parts[part].images)}</td>
                <td className="num">
                  {formatShare(total === 0 ? null : split.parts[part].images / total, 2)}
                </td>
                <td className="num">{formatShare(split.ratios[part], 2)}</td>
                <td className="num">{formatCount(split.parts[part].groups)}</td>
                <td className="num">{formatShare(split.totalVariation[part], 2)}</td>
                <td className="num">
                  <Link to="/catalogue" search={{ split: split.splitId, parts: [part] }}>
                    Images<VisuallyHidden> of {partTitles[part]}</VisuallyHidden>
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles['explain']}>
        A group is one person, by the data set or inferred from the faces, with all files, pixels and near
        copies that hang together with it; a split planned here keeps each in one part. Total variation is the
        share of a part that would have to change its race, gender and age cell to match the whole: 0% is a
        perfect match.
      </p>
      <CertificateView key={`certificate ${split.splitId}`} split={split} />
      <CellsView key={`cells ${split.splitId}`} splitId={split.splitId} />
      <ExportDialog split={split} isOpen={isExporting} onClose={() => setIsExporting(false)} />
    </Panel>
  )
}

interface ExportDialogProps {
  readonly split: SplitSummary
  readonly isOpen: boolean
  readonly onClose: () => void
}

function ExportDialog({ split, isOpen, onClose }: ExportDialogProps) {
  const api = useApi()
  const { project } = useProject()
  const [file, setFile] = useState(
    joinPath(project?.folder ?? '', `${split.name.replaceAll(/[^\w.-]+/g, '-')}.csv`),
  )
  const write = useMutation(api.split.export.mutationOptions())
  return (
    <FormDialog
      title={`Export ${split.name}`}
      size="lg"
      isOpen={isOpen}
      error={write.error}
      submitTitle="Write file"
      closeTitle="Close"
      isBusy={write.isPending}
      isDisabled={file.trim() === ''}
      onSubmit={() => write.mutate({ splitId: split.splitId, file })}
      onClose={onClose}
    >
      <TextInput
        label="File"
        description="A CSV file with the columns image, group, race, gender, age, part and sha256."
        value={file}
        spellCheck={false}
        onChange={(event) => setFile(event.currentTarget.value)}
      />
      {write.data !== undefined && (
        <Alert color="accent" title={`${formatCount(write.data.rows)} rows written`}>
          <span className={styles['written']}>{write.data.file}</span>
          <HashText hash={write.data.sha256} of="the CSV file" />
        </Alert>
      )}
    </FormDialog>
  )
}
