import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import type * as z from 'zod'
import styles from './explain.module.css'

type Choices = z.output<typeof groupMapChoices>

export interface GroupMapsFormProps {
  readonly action: string
  readonly isPending: boolean
  readonly onMake: (choices: Choices) => void
}

/** Of how many images the maps are made, and how differences are held against chance. */
export function GroupMapsForm({ action, isPending, onMake }: GroupMapsFormProps) {
  const [given, setGiven] = useState<{ perGroup: number | null; draws: number; seed: number }>({
    perGroup: null,
    draws: 1000,
    seed: 1,
  })
  const read = groupMapChoices.safeParse(given)
  const toNumber = (value: string | number): number | null => (typeof value === 'number' ? value : null)
  return (
    <form
      className={styles['controls']}
      aria-label="How average maps are made"
      onSubmit={(event) => {
        event.preventDefault()
        if (read.success) onMake(read.data)
      }}
    >
      <NumberInput
        label="Images of each race"
        placeholder="all"
        size="xs"
        w={140}
        min={1}
        max={100_000}
        value={given.perGroup ?? ''}
        onChange={(value) => setGiven((before) => ({ ...before, perGroup: toNumber(value) }))}
      />
      <NumberInput
        label="Deals"
        size="xs"
        w={100}
        min={100}
        max={10_000}
        value={given.draws}
        onChange={(value) => setGiven((before) => ({ ...before, draws: toNumber(value) ?? 0 }))}
      />
      <NumberInput
        label="Seed"
        size="xs"
        w={100}
        min={0}
        value={given.seed}
        onChange={(value) => setGiven((before) => ({ ...before, seed: toNumber(value) ?? -1 }))}
      />
      <Button size="xs" variant="default" type="submit" loading={isPending} disabled={!read.success}>
        {action}
      </Button>
    </form>
  )
}
