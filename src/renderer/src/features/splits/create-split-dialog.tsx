import { Button, Modal, NumberInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './splits.module.css'
import { emptySplitForm, findSplitProblem, toSplitRequest, type SplitForm } from './splits-view.ts'

export interface CreateSplitDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

export function CreateSplitDialog({ isOpen, onClose }: CreateSplitDialogProps) {
  const api = useApi()
  const [form, setForm] = useState(emptySplitForm)
  const change = (part: Partial<SplitForm>) => setForm((before) => ({ ...before, ...part }))
  const create = useMutation(
    api.split.create.mutationOptions({
      onSuccess: () => {
        setForm(emptySplitForm)
        onClose()
      },
    }),
  )
  const problem = findSplitProblem(form)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (problem === null) create.mutate(toSplitRequest(form))
  }
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
    <Modal opened={isOpen} onClose={onClose} title="New split">
      <form className={styles['form']} onSubmit={submit}>
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
        {create.error !== null && <ErrorState error={create.error} compact />}
        <div className={styles['formFoot']}>
          <output className={styles['problem']}>{problem}</output>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={problem !== null} loading={create.isPending}>
            Make split
          </Button>
        </div>
      </form>
    </Modal>
  )
}
