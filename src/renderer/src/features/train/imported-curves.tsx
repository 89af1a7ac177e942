import { Button, Checkbox, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { useMutation, useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { pluralise, shortenHash } from '#renderer/components/format.ts'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import type { ImportedCurves } from '#shared/contract/curves.contract.ts'
import type { OverlaidCurve } from './figures/comparison-figure.ts'
import styles from './runs.module.css'

/** A curve that is drawn beside the runs; steps become epochs by the number given here. */
export interface CurveChoice {
  readonly curvesId: number
  readonly tag: string
  readonly stepsPerEpoch: number
}

/** The points of the chosen curves, as far as they have arrived. */
export function useOverlaidCurves(
  choices: readonly CurveChoice[],
  imported: readonly ImportedCurves[],
): OverlaidCurve[] {
  const api = useApi()
  return useQueries({
    queries: choices.map(({ curvesId, tag }) =>
      api.run.curves.queryOptions({ input: { curvesId, tags: [tag] }, staleTime: Infinity }),
    ),
    combine: (results) =>
      choices.flatMap((choice, index): OverlaidCurve[] => {
        const curve = results[index]?.data?.[0]
        const name = imported.find(({ id }) => id === choice.curvesId)?.name ?? 'Imported'
        return curve === undefined ? [] : [{ ...choice, name, points: curve.points }]
      }),
  })
}

export interface ImportedCurvesPanelProps {
  readonly imported: readonly ImportedCurves[]
  readonly choices: readonly CurveChoice[]
  readonly onChoose: (choices: readonly CurveChoice[]) => void
}

/** Curves of other programs, read from TensorBoard event files, to draw beside the runs. */
export function ImportedCurvesPanel({ imported, choices, onChoose }: ImportedCurvesPanelProps) {
  return (
    <Panel title="Curves of other programs" note={pluralise(imported.length, 'import')} padded={false}>
      {imported.map((entry) => (
        <CurveEntry
          key={entry.id}
          entry={entry}
          choice={choices.find(({ curvesId }) => curvesId === entry.id) ?? null}
          onChoose={(choice) =>
            onChoose([
              ...choices.filter(({ curvesId }) => curvesId !== entry.id),
              ...(choice === null ? [] : [choice]),
            ])
          }
        />
      ))}
      <ImportForm />
    </Panel>
  )
}

interface CurveEntryProps {
  readonly entry: ImportedCurves
  readonly choice: CurveChoice | null
  readonly onChoose: (choice: CurveChoice | null) => void
}

function CurveEntry({ entry, choice, onChoose }: CurveEntryProps) {
  const [tag, setTag] = useState(choice?.tag ?? entry.tags[0]?.tag ?? '')
  const [stepsPerEpoch, setStepsPerEpoch] = useState(choice?.stepsPerEpoch ?? 1)
  const change = (part: { readonly tag?: string; readonly stepsPerEpoch?: number }) => {
    const next = { curvesId: entry.id, tag, stepsPerEpoch, ...part }
    setTag(next.tag)
    setStepsPerEpoch(next.stepsPerEpoch)
    if (choice !== null) onChoose(next)
  }
  return (
    <div className={styles['curveChoice']}>
      <div>
        <strong>{entry.name}</strong>
        <p>
          {entry.source}, SHA-256 {shortenHash(entry.sha256)}
        </p>
        <NoteList label={`About ${entry.name}`} notes={entry.notes} />
      </div>
      <NativeSelect
        label="Curve"
        value={tag}
        data={entry.tags.map((one) => ({ value: one.tag, label: `${one.tag} (${one.points})` }))}
        onChange={(event) => change({ tag: event.currentTarget.value })}
      />
      <NumberInput
        label="Steps in an epoch"
        min={1}
        allowDecimal={false}
        value={stepsPerEpoch}
        onChange={(value) => change({ stepsPerEpoch: Math.max(1, Number(value)) })}
      />
      <Checkbox
        label="Draw"
        aria-label={`Draw ${entry.name}`}
        disabled={tag === ''}
        checked={choice !== null}
        onChange={(event) =>
          onChoose(event.currentTarget.checked ? { curvesId: entry.id, tag, stepsPerEpoch } : null)
        }
      />
    </div>
  )
}

function ImportForm() {
  const api = useApi()
  const { pickFolder } = useHost()
  const [path, setPath] = useState('')
  const add = useMutation(api.run.importCurves.mutationOptions({ onSuccess: () => setPath('') }))
  const browse = async () => {
    const picked = (await pickFolder?.({ title: 'Folder with event files' })) ?? null
    if (picked !== null) setPath(picked)
  }
  return (
    <form
      className={styles['import']}
      aria-label="Import curves"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate({ path: path.trim() })
      }}
    >
      <TextInput
        label="TensorBoard event file, or a folder of them"
        value={path}
        spellCheck={false}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      {pickFolder !== null && (
        <Button variant="default" onClick={() => void browse()} aria-label="Browse: event files">
          Browse
        </Button>
      )}
      <Button type="submit" variant="default" disabled={path.trim() === ''} loading={add.isPending}>
        Import curves
      </Button>
      {add.error !== null && <ErrorState error={add.error} compact />}
    </form>
  )
}
