import { Checkbox, NativeSelect, Switch } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  defaultDetector,
  labelsBy,
  type CheckSummary,
  type LabelsBy,
} from '#shared/contract/check.contract.ts'
import { checks, checkSourceIds, checkSources, type CheckSource } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { FileField } from '#renderer/components/file-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './scan-dialog.module.css'

export interface ScanDialogProps {
  readonly summaries: readonly CheckSummary[]
  readonly onClose: () => void
}

/** Which checks to run, with what; the work itself shows in the job bar. */
export function ScanDialog({ summaries, onClose }: ScanDialogProps) {
  const api = useApi()
  const [chosen, setChosen] = useState<ReadonlySet<CheckSource>>(() => new Set(checkSourceIds))
  const [judges, setJudges] = useState<LabelsBy>('both')
  const [crossval, setCrossval] = useState('')
  const [detector, setDetector] = useState<string | null>(null)
  const [isFresh, setIsFresh] = useState(false)
  const crossvals = useQuery(api.crossval.list.queryOptions())
  const settings = useQuery(api.scan.settings.queryOptions())
  const start = useMutation(api.scan.start.mutationOptions({ onSuccess: onClose }))
  const finished = (crossvals.data ?? []).filter(({ state }) => state === 'succeeded')
  const picked = summaries.map(({ id }) => id).filter((id) => chosen.has(checks[id].source))
  const submit = () => {
    const named = judges === 'embeddings' ? [] : finished.filter(({ id }) => String(id) === crossval)
    start.mutate({
      ...(chosen.size === checkSourceIds.length ? {} : { checks: picked }),
      labelsBy: judges,
      ...(named.length === 0 ? {} : { crossvalIds: named.map(({ id }) => id) }),
      ...(detector === null ? {} : { detector: detector.trim() === '' ? defaultDetector : detector.trim() }),
      fresh: isFresh,
    })
  }
  const toggle = (source: CheckSource) =>
    setChosen((before) =>
      before.has(source)
        ? new Set([...before].filter((other) => other !== source))
        : new Set([...before, source]),
    )
  return (
    <FormDialog
      title="Scan for images that do not belong"
      size="lg"
      error={start.error}
      submitTitle="Start the scan"
      isBusy={start.isPending}
      isDisabled={picked.length === 0}
      isSubmitFirst
      onSubmit={submit}
      onClose={onClose}
    >
      <fieldset className={styles['sources']}>
        <legend>Checks</legend>
        {checkSourceIds.map((source) => (
          <Checkbox
            key={source}
            checked={chosen.has(source)}
            onChange={() => toggle(source)}
            label={`${checkSources[source].title} (${formatCount(summaries.filter(({ id }) => checks[id].source === source).length)})`}
            description={checkSources[source].help}
          />
        ))}
      </fieldset>
      {chosen.has('labels') && (
        <NativeSelect
          label="Who judges the labels"
          description="Models that never saw the picture. Where several answer, their mean counts, the better ones more."
          value={judges}
          onChange={(event) => setJudges(labelsBy.parse(event.currentTarget.value))}
          data={[
            { value: 'both', label: 'Cross-validations and the descriptors' },
            { value: 'crossval', label: 'Cross-validations' },
            { value: 'embeddings', label: "The faces' descriptors" },
          ]}
        />
      )}
      {chosen.has('labels') && judges !== 'embeddings' && (
        <NativeSelect
          label="Which cross-validation"
          description="Its models predict only images that they never saw. Train makes one."
          value={crossval}
          onChange={(event) => setCrossval(event.currentTarget.value)}
          data={[
            {
              value: '',
              label: finished.length === 0 ? 'None yet' : 'All that have finished',
            },
            ...finished.map(({ id, name }) => ({ value: String(id), label: `${id}: ${name}` })),
          ]}
        />
      )}
      {chosen.has('faces') && settings.data !== undefined && (
        <DetectorField value={detector ?? settings.data.detector ?? ''} onChange={setDetector} />
      )}
      <Switch
        checked={isFresh}
        onChange={(event) => setIsFresh(event.currentTarget.checked)}
        label="Work everything out again"
        description="Without it only new and changed images are worked on."
      />
    </FormDialog>
  )
}

interface DetectorFieldProps {
  /** Empty for the default, `tiny`, or a path. */
  readonly value: string
  readonly onChange: (detector: string) => void
}

function DetectorField({ value, onChange }: DetectorFieldProps) {
  const [kind, setKind] = useState(value === '' || value === 'tiny' ? value : 'file')
  return (
    <>
      <NativeSelect
        label="Face detector"
        value={kind}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          setKind(chosen)
          onChange(chosen === 'file' ? '' : chosen)
        }}
        data={[
          { value: '', label: 'BlazeFace, three looks: finds more faces' },
          { value: 'tiny', label: 'Tiny: one network of face-api' },
          { value: 'file', label: 'A file of your own' },
        ]}
      />
      {kind === 'file' && (
        <FileField
          label="Face detector file"
          description="YuNet or SCRFD, as .onnx"
          extensions={['onnx']}
          value={value}
          isRequired
          onChange={onChange}
        />
      )}
    </>
  )
}
