import { NumberInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import styles from './splits.module.css'
import {
  emptySplitForm,
  sampleSplitForm,
  findSplitProblem,
  toSplitRequest,
  type SplitForm,
} from './splits-view.ts'

export interface CreateSplitDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

export function CreateSplitDialog({ isOpen, onClose }: CreateSplitDialogProps) {
  const api = useApi()
  const { project } = useProject()
  const blank = project?.isSynthetic === true ? sampleSplitForm : emptySplitForm
  const [form, setForm] = useState(blank)
  const change = (part: Partial<SplitForm>) => setForm((before) => ({ ...before, ...part }))
  const create = useMutation(
    api.split.create.mutationOptions({
      onSuccess: () => {
        setForm(blank)
        onClose()
      },
    }),
  )
  const problem = findSplitProblem(form)
  const percentField = (label: string, key: 'trainPercent' | 'valPercent' | 'testPercent') => (
    <NumberInput
      label={label}
      suffix="%"
      min={0}
      max={100}
      decimalScale={2}
      value={form[key]}
      onChange={(value) => change({ [key]: Number(value) })}
    />
  )
  return (
    <FormDialog
      title="New split"
      isOpen={isOpen}
      message={problem}
      error={create.error}
      submitTitle="Make split"
      isBusy={create.isPending}
      isDisabled={problem !== null}
      onSubmit={() => {
        if (problem === null) create.mutate(toSplitRequest(form))
      }}
      onClose={onClose}
    >
      <div className={styles['three']}>
        {percentField('Train', 'trainPercent')}
        {percentField('Validation', 'valPercent')}
        {percentField('Test', 'testPercent')}
      </div>
      <NumberInput
        label="Seed"
        description="The same seed on the same images gives the same split."
        min={0}
        allowDecimal={false}
        value={form.seed}
        onChange={(value) => change({ seed: Number(value) })}
      />
      <TextInput
        data-autofocus
        label="Name (optional)"
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
    </FormDialog>
  )
}
