import { Button, Checkbox } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatBytes, pluralise } from '#renderer/components/format.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunDisk } from '#shared/contract/run.contract.ts'

/** Gives back the disk of archived runs, after saying how much it is, what goes and what stays. */
export function FreeDisk() {
  const api = useApi()
  const [isOpen, setIsOpen] = useState(false)
  const { data: held = [] } = useQuery(api.run.disk.queryOptions())
  const bytes = held.reduce((sum, run) => sum + run.bytes, 0)
  if (held.length === 0) return null
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setIsOpen(true)}>
        {`Free ${formatBytes(bytes)} of archived runs…`}
      </Button>
      {isOpen && <FreeDiskDialog held={held} onClose={() => setIsOpen(false)} />}
    </>
  )
}

function FreeDiskDialog({
  held,
  onClose,
}: {
  readonly held: readonly RunDisk[]
  readonly onClose: () => void
}) {
  const api = useApi()
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())
  const free = useMutation(api.run.freeDisk.mutationOptions({ onSuccess: onClose }))
  const chosen = held.filter(({ runId }) => !left.has(runId))
  const bytes = chosen.reduce((sum, run) => sum + run.bytes, 0)
  const files = chosen.reduce((sum, run) => sum + run.files, 0)
  const choose = (runId: number, isChosen: boolean) =>
    setLeft((before) => new Set(isChosen ? [...before].filter((id) => id !== runId) : [...before, runId]))
  return (
    <FormDialog
      title="Free disk of archived runs"
      size="lg"
      error={free.error}
      submitTitle={`Delete ${pluralise(files, 'checkpoint')}, ${formatBytes(bytes)}`}
      isBusy={free.isPending}
      isDisabled={chosen.length === 0}
      onSubmit={() => free.mutate({ runIds: chosen.map(({ runId }) => runId) })}
      onClose={onClose}
    >
      <p>
        What goes: the checkpoints of the runs chosen below, for good. These runs can then no longer go on,
        and none of their epochs can become a model any more. What stays: curves, settings, notes, TensorBoard
        events and every model that was made.
      </p>
      {held.map((run) => (
        <Checkbox
          key={run.runId}
          label={`${run.name}: ${pluralise(run.files, 'checkpoint')}, ${formatBytes(run.bytes)}`}
          description={run.modelId === null ? 'It has made no model.' : `Its model ${run.modelId} stays.`}
          checked={!left.has(run.runId)}
          onChange={(event) => choose(run.runId, event.currentTarget.checked)}
        />
      ))}
    </FormDialog>
  )
}
