import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconFileExport } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { describeParity } from '#shared/derived/describe-model.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import { ErasedNote } from '#renderer/components/erased-note.tsx'
import { formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { architectureNames } from '#shared/domain/architectures.ts'
import { orderModels } from '#shared/domain/order-models.ts'
import { ExportChoice } from './export-choice.tsx'
import styles from './models.module.css'
import { describeHeads, describeYearsError, isFaithful, listGuarded } from './models-view.ts'

export function ModelsScreen() {
  return (
    <NeedsProject>
      <Models />
    </NeedsProject>
  )
}

function Models() {
  const api = useApi()
  const navigate = useNavigate()
  const search = useSearch({ from: '/models' })
  const models = useQuery(api.model.list.queryOptions())
  const runs = useQuery(api.run.list.queryOptions())
  const failure = models.error ?? runs.error
  return (
    <Page>
      {failure !== null && <ErrorState error={failure} />}
      {models.isPending && <Skeleton h={240} />}
      {models.data?.length === 0 && (
        <EmptyState
          text="No model yet. A finished run leaves one here."
          action={<Button onClick={() => void navigate({ to: '/train', search: {} })}>Train a model</Button>}
        />
      )}
      <div className={styles['models']}>
        {orderModels(models.data ?? []).map((model) => (
          <ModelPanel
            key={model.id}
            model={model}
            run={runs.data?.find((run) => run.id === model.runId)}
            isChosen={model.id === search.model}
          />
        ))}
      </div>
    </Page>
  )
}

interface ModelPanelProps {
  readonly model: ModelSummary
  readonly run: RunSummary | undefined
  readonly isChosen: boolean
}

function ModelPanel({ model, run, isChosen }: ModelPanelProps) {
  return (
    <Panel
      title={model.name}
      note={formatTime(model.createdAt)}
      className={isChosen ? styles['chosen'] : undefined}
      actions={<ModelActions model={model} />}
    >
      <StatList
        stats={[
          { term: 'Backbone', value: architectureNames[model.arch] },
          { term: 'Input', value: `${model.inputSize} × ${model.inputSize} px` },
          { term: 'Heads', value: describeHeads(model) },
          ...tasksForReading.flatMap((task) => {
            const accuracy = run?.best?.[task]?.accuracy
            return accuracy === undefined
              ? []
              : [{ term: `${taskTitles[task]}, validation`, value: formatEstimate(accuracy) }]
          }),
          ...describeYearsError(run?.best?.age?.years ?? null),
          { term: 'SHA-256 of the weights', value: <HashText hash={model.weightsSha256} of="the weights" /> },
        ]}
      />
      <ErasedNote images={model.erasedImages} what="learned" />
      <ErasedNote images={run?.erasedValidationImages} what="measured" />
      <Exports model={model} />
    </Panel>
  )
}

function ModelActions({ model }: { readonly model: ModelSummary }) {
  const api = useApi()
  const { running, waiting } = useJobs()
  const [isChoosing, setIsChoosing] = useState(false)
  const purposes = useQuery(api.purpose.list.queryOptions())
  const start = useMutation(api.model.export.mutationOptions())
  const guarded = listGuarded(model, purposes.data?.guarded ?? ['race'])
  const isExporting = start.isPending || [...running, ...waiting].some(({ kind }) => kind === 'export')
  return (
    <>
      {start.error !== null && <span className={styles['failed']}>{start.error.message}</span>}
      <Link to="/predict" search={{ model: model.id }} className={styles['link']}>
        Predict
      </Link>
      {model.runId !== null && (
        <Link to="/train" search={{ run: model.runId }} className={styles['link']}>
          Its run
        </Link>
      )}
      <Button
        variant="default"
        leftSection={<IconFileExport size={14} aria-hidden />}
        loading={isExporting}
        onClick={() => (guarded.length === 0 ? start.mutate({ modelId: model.id }) : setIsChoosing(true))}
      >
        Export ONNX
      </Button>
      {isChoosing && (
        <ExportChoice
          guarded={guarded}
          purposes={purposes.data?.purposes ?? []}
          onExport={(purposeId) => {
            start.mutate({ modelId: model.id, purposeId })
            setIsChoosing(false)
          }}
          onClose={() => setIsChoosing(false)}
        />
      )}
    </>
  )
}

function ExportNote({ made: { purpose, withheld } }: { readonly made: ModelSummary['exports'][number] }) {
  if (purpose === null && withheld === null) return null
  return (
    <p className={styles['none']}>
      {purpose !== null && `Under purpose ${purpose.id}, until ${purpose.until}: ${purpose.what}. `}
      {withheld !== null && `Without ${withheld.tasks.join(' and ')}.`}
    </p>
  )
}

function Exports({ model }: { readonly model: ModelSummary }) {
  const { revealPath } = useHost()
  if (model.exports.length === 0) {
    return (
      <p className={styles['none']}>
        Not exported yet. An export is compared with the trainer on real images.
      </p>
    )
  }
  return (
    <div className={styles['exports']}>
      <table className="ev-table">
        <caption className={styles['caption']}>Exports</caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Parity with the trainer</th>
            <th scope="col">SHA-256</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {model.exports.map((one) => (
            <tr key={`${one.at} ${one.file}`}>
              <td className="path">
                {one.file}
                <ExportNote made={one} />
                {revealPath !== null && (
                  <Button variant="subtle" size="compact-xs" onClick={() => void revealPath(one.file)}>
                    Show in folder
                  </Button>
                )}
              </td>
              <td>
                <span className={styles['parity']} data-faithful={isFaithful(one.parity)}>
                  {isFaithful(one.parity) ? (
                    <IconCheck size={14} aria-hidden />
                  ) : (
                    <IconAlertTriangle size={14} aria-hidden />
                  )}
                  {describeParity(one.parity)}
                </span>
              </td>
              <td>
                <HashText hash={one.sha256} of="the exported file" />
              </td>
              <td>{formatTime(one.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
