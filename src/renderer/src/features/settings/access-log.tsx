import { Button, Group, NativeSelect, Stack } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FileField } from '#renderer/components/file-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatTime } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { accessKind, type AccessFilter, type AccessLine } from '#shared/contract/access.contract.ts'
import { accessWords, describeSubject } from '#shared/derived/describe-access.ts'
import { formatCount } from '#shared/domain/format.ts'
import styles from './settings.module.css'

const pageLines = 20

/** Who opened, imported, exported, predicted, unsealed and erased in the open project. */
export function AccessLog() {
  const { project } = useProject()
  if (project === null) return <p className={styles['text']}>Open a project to see who used it.</p>
  return <OpenLog folder={project.folder} />
}

function OpenLog({ folder }: { readonly folder: string }) {
  const api = useApi()
  const [kind, setKind] = useState<string>('')
  const [limit, setLimit] = useState(pageLines)
  const [isExporting, setIsExporting] = useState(false)
  const chosen = accessKind.safeParse(kind)
  const filter: AccessFilter = chosen.success ? { kinds: [chosen.data] } : {}
  const options = api.access.list.queryOptions({ input: { filter, limit } })
  // The log grows with acts of other hosts too, which tell this window nothing.
  const found = useQuery({ ...options, staleTime: 0, placeholderData: (before) => before })
  const verify = useMutation(api.access.verify.mutationOptions())
  const failure = found.error ?? verify.error
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <NativeSelect
          label="Acts"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={[
            { value: '', label: 'All' },
            ...accessKind.options.map((one) => ({ value: one, label: accessWords[one] })),
          ]}
        />
        <Group gap="sm">
          <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate({})}>
            Check the chain
          </Button>
          <Button variant="default" onClick={() => setIsExporting(true)}>
            Export as CSV
          </Button>
        </Group>
      </Group>
      {failure !== null && <ErrorState error={failure} compact />}
      {verify.data !== undefined && (
        <output className={styles['text']}>
          {verify.data.holds
            ? `All ${formatCount(verify.data.lines)} lines hold: none was changed or taken away.`
            : verify.data.problems.map(({ line, what }) => `Line ${line} does not hold. ${what}`).join(' ')}
        </output>
      )}
      {found.data?.lines.length === 0 && <p className={styles['text']}>There is no such line yet.</p>}
      {found.data !== undefined && found.data.lines.length > 0 && <LogTable lines={found.data.lines} />}
      {found.data !== undefined && found.data.total > limit && (
        <Button
          variant="default"
          disabled={limit >= 1000}
          onClick={() => setLimit(Math.min(1000, limit * 3))}
        >
          Show more of {formatCount(found.data.total)}
        </Button>
      )}
      {isExporting && <ExportLog filter={filter} folder={folder} onClose={() => setIsExporting(false)} />}
    </Stack>
  )
}

function LogTable({ lines }: { readonly lines: readonly AccessLine[] }) {
  return (
    <ScrollRegion label="Access log" className={styles['log']}>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Act</th>
            <th scope="col">Who</th>
            <th scope="col">Where</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.position} title={`Line ${line.position}, SHA-256 ${line.hash}`}>
              <td>{formatTime(line.at)}</td>
              <td>{accessWords[line.kind]}</td>
              <td>{line.actor}</td>
              <td>{line.host}</td>
              <td className={styles['subject']}>{describeSubject(line)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

interface ExportLogProps {
  readonly filter: AccessFilter
  readonly folder: string
  readonly onClose: () => void
}

function ExportLog({ filter, folder, onClose }: ExportLogProps) {
  const api = useApi()
  const [file, setFile] = useState(`${folder}/reports/access-log.csv`)
  const write = useMutation(api.access.export.mutationOptions())
  return (
    <FormDialog
      title="Export the access log"
      submitTitle="Export"
      closeTitle={write.data === undefined ? 'Cancel' : 'Close'}
      isBusy={write.isPending}
      isDisabled={file.trim() === ''}
      error={write.error}
      message={
        write.data === undefined ? undefined : `${formatCount(write.data.rows)} lines in ${write.data.file}`
      }
      onSubmit={() => write.mutate({ filter, file: file.trim() })}
      onClose={onClose}
    >
      <FileField label="CSV file" extensions={['csv']} value={file} onChange={setFile} />
    </FormDialog>
  )
}
