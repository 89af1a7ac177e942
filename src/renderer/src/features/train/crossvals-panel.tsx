import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import type { CrossvalSummary } from '#shared/contract/crossval.contract.ts'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { Result } from './runs-table.tsx'
import { runStateWords } from './runs-view.ts'
import styles from './runs.module.css'

const foldChoices = ['2', '3', '5', '10']

export interface CrossvalsPanelProps {
  /** Whose choices a new cross-validation takes; null before there is a run. */
  readonly run: RunSummary | null
}

/** Out-of-sample predictions: every image is answered by a model that has not seen it. */
export function CrossvalsPanel({ run }: CrossvalsPanelProps) {
  const api = useApi()
  const crossvals = useQuery(api.crossval.list.queryOptions())
  const all = crossvals.data ?? []
  return (
    <Panel
      title="Cross-validation"
      {...(all.length === 0 ? {} : { note: pluralise(all.length, 'cross-validation') })}
      padded={false}
    >
      {run !== null && <StartCrossval run={run} />}
      {crossvals.error !== null && <ErrorState error={crossvals.error} compact />}
      {all.length > 0 && <CrossvalTable crossvals={all} />}
    </Panel>
  )
}

function StartCrossval({ run }: { readonly run: RunSummary }) {
  const api = useApi()
  const [folds, setFolds] = useState('5')
  const start = useMutation(api.crossval.start.mutationOptions())
  const { name: _name, ...config } = run.config
  return (
    <div className={styles['toolbar']}>
      <NativeSelect
        aria-label="Folds"
        value={folds}
        data={foldChoices.map((value) => ({ value, label: `${value} folds` }))}
        onChange={(event) => setFolds(event.currentTarget.value)}
      />
      <Button
        variant="default"
        size="compact-xs"
        loading={start.isPending}
        onClick={() => start.mutate({ config, folds: Number(folds), seed: 1 })}
      >
        Cross-validate with the choices of {run.name}
      </Button>
      <span className={styles['dim']}>
        Trains one model per fold on the train and validation images outside it. The test part stays sealed.
      </span>
      {start.error !== null && <ErrorState error={start.error} compact />}
    </div>
  )
}

function CrossvalTable({ crossvals }: { readonly crossvals: readonly CrossvalSummary[] }) {
  return (
    <ScrollRegion label="Cross-validations" className={styles['tableScroll']}>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Cross-validation</th>
            <th scope="col" className="num">
              Folds
            </th>
            {tasksForReading.map((task) => (
              <th key={task} scope="col" className="num">
                {taskTitles[task]} (%)
              </th>
            ))}
            <th scope="col">State</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {crossvals.map((crossval) => (
            <tr key={crossval.id}>
              <th scope="row">{crossval.name}</th>
              <td className="num">
                {crossval.foldsDone} of {crossval.folds}
              </td>
              {tasksForReading.map((task) => (
                <td key={task} className="num">
                  <Result accuracy={crossval.results?.[task]?.accuracy ?? null} />
                </td>
              ))}
              <td title={crossval.error ?? undefined}>{runStateWords[crossval.state]}</td>
              <td>
                <CrossvalActions crossval={crossval} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function CrossvalActions({ crossval: { id, state, name } }: { readonly crossval: CrossvalSummary }) {
  const api = useApi()
  const stop = useMutation(api.crossval.stop.mutationOptions())
  const resume = useMutation(api.crossval.resume.mutationOptions())
  const failure = stop.error ?? resume.error
  if (state === 'succeeded') return null
  const isActive = isJobActive(state)
  const { mutate, isPending } = isActive ? stop : resume
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        aria-label={isActive ? `Stop ${name}` : `Resume ${name}`}
        loading={isPending}
        onClick={() => mutate({ crossvalId: id })}
      >
        {isActive ? 'Stop' : 'Resume'}
      </Button>
      {failure !== null && <ErrorState error={failure} compact />}
    </>
  )
}
