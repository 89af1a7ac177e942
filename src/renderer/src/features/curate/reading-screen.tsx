import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type * as z from 'zod'
import type { readingContract, ReadingSummary } from '#shared/contract/reading.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { FailurePage } from '#renderer/components/screen.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { keyActions, type KeyAction } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf } from '#renderer/decisions/keys/key-bindings.ts'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { ActionBar } from '#renderer/decisions/action-bar.tsx'
import { ageChoices } from './age-choices.ts'
import styles from './reading-screen.module.css'
import { LabelPicker } from './label-picker.tsx'
import { Toolbar } from '#renderer/components/middle.tsx'
import { describeImported } from './reading-view.ts'
import { ReadingResult } from './reading-result.tsx'
import { PictureStage } from './stage.tsx'
import { useImageFacts } from './use-image-facts.ts'
import { useZoom } from './use-zoom.ts'

type AnswerOrder = z.input<NonNullable<(typeof readingContract.answer)['~orpc']['inputSchema']>>
type Answer = Pick<AnswerOrder, 'action' | 'task' | 'value'>

export interface ReadingScreenProps {
  readonly readingId: number
  readonly onClose: () => void
}

/** A second reading: one image after the other, with nothing of what the first reader did. */
export function ReadingScreen({ readingId, onClose }: ReadingScreenProps) {
  const api = useApi()
  const reading = useQuery(api.reading.get.queryOptions({ input: { readingId } }))
  if (reading.error !== null) {
    return (
      <FailurePage>
        <ErrorState error={reading.error} />
        <Button variant="default" onClick={onClose}>
          Back to the queue
        </Button>
      </FailurePage>
    )
  }
  if (reading.data === undefined) return <Skeleton h="100%" radius={0} />
  return (
    <section className={styles['reading']} aria-label="Second reading">
      <Toolbar
        start={<strong>Second reading: {checks[reading.data.check].title}</strong>}
        position={
          <>
            {formatCount(reading.data.answered)} of {formatCount(reading.data.images)} answered, as{' '}
            {reading.data.reviewer}
          </>
        }
      >
        {!reading.data.isFinished && <FinishButton readingId={readingId} />}
        <Button size="compact-xs" variant="default" onClick={onClose}>
          Back to the queue
        </Button>
      </Toolbar>
      {reading.data.isFinished ? (
        <ReadingResult readingId={readingId} />
      ) : (
        <BlindQueue key={readingId} reading={reading.data} />
      )}
    </section>
  )
}

function FinishButton({ readingId }: { readonly readingId: number }) {
  const api = useApi()
  const queryClient = useQueryClient()
  const finish = useMutation(
    api.reading.finish.mutationOptions({
      onSuccess: (summary) =>
        queryClient.setQueryData(api.reading.get.queryKey({ input: { readingId } }), summary),
    }),
  )
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={finish.isPending}
      onClick={() => finish.mutate({ readingId })}
    >
      End it here
    </Button>
  )
}

function BlindQueue({ reading }: { readonly reading: ReadingSummary }) {
  const api = useApi()
  const queryClient = useQueryClient()
  const { bindings } = useKeyBindings()
  const [answered, setAnswered] = useState<ReadonlySet<number>>(new Set())
  const [picking, setPicking] = useState<'gender' | 'age' | null>(null)
  const waiting = reading.open.filter((id) => !answered.has(id))
  const [current, ...next] = waiting
  const zoom = useZoom(current ?? null)
  const { detail, choices } = useImageFacts(waiting.slice(0, 2))
  const call = useMutation({
    ...api.reading.answer.mutationOptions(),
    scope: { id: 'decisions' },
    onSuccess: (summary) =>
      queryClient.setQueryData(api.reading.get.queryKey({ input: { readingId: reading.id } }), summary),
    onError: (_error, { imageId }) =>
      setAnswered((before) => new Set([...before].filter((id) => id !== imageId))),
  })
  const answer = (given: Answer) => {
    if (current === undefined) return
    setAnswered((before) => new Set([...before, current]))
    setPicking(null)
    call.mutate({ readingId: reading.id, imageId: current, ...given })
  }
  const labels = picking === 'age' ? ageChoices : (choices?.[picking ?? 'race'] ?? [])
  const pick = (value: string) => answer({ action: 'relabel', task: picking ?? 'race', value })
  const runs: Partial<Record<KeyAction, () => void>> = {
    keep: () => answer({ action: 'keep' }),
    remove: () => answer({ action: 'remove' }),
    gender: () => setPicking('gender'),
    age: () => setPicking('age'),
    zoom: zoom.zoomIn,
  }
  useShortcuts((chord) => {
    const label = /^[1-9]$/.test(chord) ? labels[Number(chord) - 1] : undefined
    if (label !== undefined) pick(label)
    else if (chord === 'escape' && picking !== null) setPicking(null)
    else {
      const action = actionOf(bindings, chord, 'curate')
      const run = action === null ? undefined : runs[action]
      if (run === undefined) return false
      run()
    }
    return true
  })
  if (current === undefined) return <Skeleton h="100%" radius={0} />
  return (
    <>
      <PictureStage
        imageId={current}
        alt={`Number ${current}`}
        nextIds={next.slice(0, 3)}
        labels={detail === null || detail.id !== current ? '' : describeImported(detail.labels)}
        origin="as imported"
        zoom={zoom}
      />
      {call.error !== null && <ErrorState error={call.error} compact />}
      <ActionBar
        label="Answers"
        picker={
          choices !== null && (
            <LabelPicker
              task={picking ?? 'race'}
              labels={labels}
              current={null}
              onPick={pick}
              onClose={picking === null ? null : () => setPicking(null)}
            />
          )
        }
        actions={(['keep', 'remove', 'gender', 'age', 'zoom'] as const).map((action) => ({
          title: action === 'zoom' ? 'Zoom' : keyActions[action].title,
          chord: bindings[action],
          run: () => runs[action]?.(),
        }))}
      />
    </>
  )
}
