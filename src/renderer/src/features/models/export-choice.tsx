import { Button, NativeSelect, Stack } from '@mantine/core'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { RecordPurpose } from '#renderer/components/record-purpose.tsx'
import type { Purpose, PurposeId } from '#shared/contract/purpose.contract.ts'
import type { GuardedTask } from '#shared/domain/guarded-tasks.ts'

export interface ExportChoiceProps {
  readonly guarded: readonly GuardedTask[]
  readonly purposes: readonly Purpose[]
  readonly onExport: (purposeId: PurposeId | undefined) => void
  readonly onClose: () => void
}

const without = 'without'

/** Under which purpose a model is handed out, or without the heads that want one. */
export function ExportChoice({ guarded, purposes, onExport, onClose }: ExportChoiceProps) {
  const [chosen, setChosen] = useState<string>(without)
  const [isRecording, setIsRecording] = useState(false)
  const open = purposes.filter(
    ({ state, tasks }) => state === 'open' && tasks.some((task) => guarded.includes(task)),
  )
  if (isRecording) {
    return (
      <RecordPurpose onRecorded={({ id }) => setChosen(String(id))} onClose={() => setIsRecording(false)} />
    )
  }
  return (
    <FormDialog
      title="Export ONNX"
      submitTitle="Export"
      isSubmitFirst
      onSubmit={() => onExport(open.find(({ id }) => String(id) === chosen)?.id)}
      onClose={onClose}
    >
      <Stack gap="sm">
        <NativeSelect
          label="Purpose"
          description="It stands in the metadata of the file and on its card."
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[
            { value: without, label: `None: the file goes without ${guarded.join(' and ')}` },
            ...open.map(({ id, what, until }) => ({
              value: String(id),
              label: `${id}: ${what}, until ${until}`,
            })),
          ]}
        />
        <div>
          <Button variant="default" onClick={() => setIsRecording(true)}>
            Record a purpose
          </Button>
        </div>
      </Stack>
    </FormDialog>
  )
}
