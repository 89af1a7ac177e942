import { Button, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type * as z from 'zod'
import type { readingContract, ReadingResult } from '#shared/contract/reading.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { describeSettling } from '#shared/domain/settling-words.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { keyActions, type KeyAction } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf } from '#renderer/decisions/keys/key-bindings.ts'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { ActionBar } from '#renderer/decisions/action-bar.tsx'
import { ageChoices } from './age-choices.ts'
import { LabelPicker } from './label-picker.tsx'
import { describeAnswer, describeImported, findLastSettled } from './reading-view.ts'
import styles from './settle-panel.module.css'
import { PictureStage } from './stage.tsx'
import { useImageFacts } from './use-image-facts.ts'
import { useZoom } from './use-zoom.ts'

type SettleOrder = z.input<NonNullable<(typeof readingContract.settle)['~orpc']['inputSchema']>>
type Differing = ReadingResult['disagreements'][number]

export interface SettlePanelProps {
  readonly readingId: number
  readonly disagreements: ReadingResult['disagreements']
}

/** What the readers differ on, one after the other, until each is settled or marked as beyond telling. */
export function SettlePanel({ readingId, disagreements }: SettlePanelProps) {
  const api = useApi()
  const queryClient = useQueryClient()
  const open = disagreements.filter(({ settled }) => settled === null)
  const settings = useQuery(api.settings.get.queryOptions())
  const reviewer = settings.data?.reviewer
  const last = reviewer === undefined ? null : findLastSettled(disagreements, reviewer)
  const call = useMutation({
    ...api.reading.settle.mutationOptions(),
    scope: { id: 'decisions' },
    onSuccess: (result) =>
      queryClient.setQueryData(api.reading.result.queryKey({ input: { readingId } }), result),
  })
  const settle = (order: Omit<SettleOrder, 'readingId'>) => {
    if (!call.isPending) call.mutate({ readingId, ...order })
  }
  const takeBack = last === null ? null : () => settle({ imageId: last.imageId, choice: 'open' })
  const [current, ...next] = open
  return (
    <Panel
      title="Settle the differences"
      note={`${formatCount(disagreements.length - open.length)} of ${formatCount(disagreements.length)} settled`}
      padded={false}
    >
      {call.error !== null && <ErrorState error={call.error} compact />}
      <output className={styles['told']}>
        {call.isSuccess && describeSettling({ choice: call.variables.choice, ...call.data.outcome })}
      </output>
      {current === undefined ? (
        <div className={styles['done']}>
          <Quiet>Every difference is settled or marked as unsure.</Quiet>
          {takeBack !== null && (
            <Button size="compact-xs" variant="default" onClick={takeBack}>
              Take the last one back
            </Button>
          )}
        </div>
      ) : (
        <SettleStage
          key={current.imageId}
          current={current}
          nextIds={next.slice(0, 3).map(({ imageId }) => imageId)}
          onSettle={(order) => settle({ imageId: current.imageId, revision: current.revision, ...order })}
          onTakeBack={takeBack}
        />
      )}
    </Panel>
  )
}

interface SettleStageProps {
  readonly current: Differing
  readonly nextIds: readonly number[]
  readonly onSettle: (order: Pick<SettleOrder, 'choice' | 'action' | 'task' | 'value'>) => void
  readonly onTakeBack: (() => void) | null
}

function SettleStage({ current, nextIds, onSettle, onTakeBack }: SettleStageProps) {
  const { imageId, first, firstReviewer, second } = current
  const { bindings } = useKeyBindings()
  const [picking, setPicking] = useState<Task | null>(null)
  const zoom = useZoom(imageId)
  const { detail, choices } = useImageFacts([imageId, ...nextIds.slice(0, 1)])
  const labels = picking === null ? [] : picking === 'age' ? ageChoices : (choices?.[picking] ?? [])
  const pick = (value: string) => {
    if (picking !== null) onSettle({ choice: 'other', action: 'relabel', task: picking, value })
  }
  const runs: Partial<Record<KeyAction, () => void>> = {
    keep: () => onSettle({ choice: 'other', action: 'keep' }),
    remove: () => onSettle({ choice: 'other', action: 'remove' }),
    'take-labels': () => setPicking('race'),
    gender: () => setPicking('gender'),
    age: () => setPicking('age'),
    skip: () => onSettle({ choice: 'unsure' }),
    undo: () => onTakeBack?.(),
    zoom: zoom.zoomIn,
  }
  useShortcuts((chord) => {
    if (/^[1-9]$/.test(chord)) {
      const label = labels[Number(chord) - 1]
      if (label !== undefined) pick(label)
      else if (picking === null && chord === '1') onSettle({ choice: 'first' })
      else if (picking === null && chord === '2') onSettle({ choice: 'second' })
      else return false
      return true
    }
    if (chord === 'escape' && picking !== null) {
      setPicking(null)
      return true
    }
    const action = actionOf(bindings, chord, 'curate')
    const run = action === null ? undefined : runs[action]
    run?.()
    return run !== undefined
  })
  const titles: Partial<Record<KeyAction, string>> = {
    'take-labels': 'Relabel race',
    skip: 'Unsure',
    undo: 'Take the last one back',
    zoom: 'Zoom',
  }
  return (
    <div className={styles['stage']}>
      <PictureStage
        imageId={imageId}
        alt={`Number ${imageId}`}
        nextIds={nextIds}
        labels={detail?.id === imageId ? describeImported(detail.labels) : ''}
        origin="as imported"
        zoom={zoom}
      />
      <fieldset className={styles['answers']} aria-label="What the readers said">
        <Said place="1" reader={firstReviewer} answer={first} onTake={() => onSettle({ choice: 'first' })} />
        <Said
          place="2"
          reader="Second reader"
          answer={second}
          onTake={() => onSettle({ choice: 'second' })}
        />
      </fieldset>
      <ActionBar
        label="Settle"
        picker={
          picking !== null && (
            <LabelPicker
              task={picking}
              labels={labels}
              current={null}
              onPick={pick}
              onClose={() => setPicking(null)}
            />
          )
        }
        actions={(['keep', 'remove', 'take-labels', 'gender', 'age', 'skip', 'undo', 'zoom'] as const).map(
          (action) => ({
            title: titles[action] ?? keyActions[action].title,
            chord: bindings[action],
            run: () => runs[action]?.(),
          }),
        )}
      />
    </div>
  )
}

interface SaidProps {
  readonly place: '1' | '2'
  readonly reader: string
  readonly answer: string
  readonly onTake: () => void
}

function Said({ place, reader, answer, onTake }: SaidProps) {
  return (
    <UnstyledButton className={styles['said']} onClick={onTake}>
      <kbd>{place}</kbd>
      <span>{reader}: </span>
      <strong>{describeAnswer(answer)}</strong>
    </UnstyledButton>
  )
}
