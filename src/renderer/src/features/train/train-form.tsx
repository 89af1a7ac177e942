import { Button, NativeSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useMemo, useReducer, useState } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunId } from '#shared/contract/base.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { trainPresets } from '#shared/derived/train-presets.ts'
import { Field, type FieldContext } from './field-control.tsx'
import type { FieldValue, TrainDraft, TrainFieldGroup } from './fields/train-field.ts'
import { trainFieldGroups } from './fields/train-fields.ts'
import { SweepDialog } from './sweep-dialog.tsx'
import { appliesTo, findChanges, toTrainRequest, type TrainRequest } from './train-draft.ts'
import { EstimatePanel, useEstimate } from './train-estimate.tsx'
import {
  changeTrainForm,
  openTrainForm,
  referenceOf,
  type FormSource,
  type TrainFormAction,
} from './train-form-state.ts'
import styles from './train-form.module.css'

export interface TrainFormPanelProps {
  readonly splits: readonly SplitSummary[]
  readonly source: FormSource
  /** Instead of the source's own, or of the newest where it has none. */
  readonly splitId?: number | undefined
  readonly onStarted: (runId: RunId) => void
  readonly onSweepStarted: (sweepId: number) => void
}

const foldedAtFirst: ReadonlySet<string> = new Set(
  trainFieldGroups.map(({ key }) => key).filter((key) => key !== 'data' && key !== 'network'),
)

/** Every choice of a run, filled from a preset or an earlier run, with what it would take. */
export function TrainFormPanel(props: TrainFormPanelProps) {
  const { splits, source, splitId, onStarted, onSweepStarted } = props
  const api = useApi()
  const [state, dispatch] = useReducer(changeTrainForm, null, () => {
    const opened = openTrainForm(source, splits[0]?.splitId ?? null)
    return splitId === undefined ? opened : { ...opened, draft: { ...opened.draft, splitId } }
  })
  const { draft } = state
  const reference = useMemo(() => referenceOf(state), [state])
  const changes = useMemo(() => findChanges(draft, reference), [draft, reference])
  const request = useMemo(() => toTrainRequest(draft), [draft])
  const [settled] = useDebouncedValue(request, 300)
  const estimate = useEstimate(settled.ok ? settled.config : null)
  const start = useMutation(api.run.start.mutationOptions({ onSuccess: ({ runId }) => onStarted(runId) }))
  const [isSweeping, setIsSweeping] = useState(false)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (request.ok) start.mutate(request.config)
  }
  return (
    <form className={styles['form']} onSubmit={submit} aria-label="New training run" noValidate>
      <div className={styles['scroll']}>
        <SourcePicker initial={source} source={state.source} changes={changes.size} dispatch={dispatch} />
        {trainFieldGroups.map((group) => (
          <FieldGroup
            key={group.key}
            group={group}
            form={{ draft, reference, changes, request }}
            context={{ splits, labels: estimate.estimate?.labels ?? null }}
            dispatch={dispatch}
          />
        ))}
      </div>
      <div className={styles['foot']}>
        {request.ok && <EstimatePanel {...estimate} />}
        {start.error !== null && <ErrorState error={start.error} compact />}
        <output className={styles['problem']}>{request.ok ? '' : describeProblems(request)}</output>
        <div className={styles['buttons']}>
          <Button variant="default" disabled={!request.ok} onClick={() => setIsSweeping(true)}>
            Sweep…
          </Button>
          <Button
            type="submit"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            disabled={!request.ok}
            loading={start.isPending}
          >
            Start training
          </Button>
        </div>
      </div>
      {request.ok && (
        <SweepDialog
          isOpen={isSweeping}
          base={request.config}
          draft={draft}
          onClose={() => setIsSweeping(false)}
          onStarted={onSweepStarted}
        />
      )}
    </form>
  )
}

function describeProblems(request: Extract<TrainRequest, { ok: false }>): string {
  const [first] = request.problems.values()
  return request.problems.size === 1
    ? (first ?? '')
    : `${pluralise(request.problems.size, 'field')} to put right before it can start.`
}

interface SourcePickerProps {
  /** What the form was opened with; an earlier run stays on offer. */
  readonly initial: FormSource
  readonly source: FormSource
  readonly changes: number
  readonly dispatch: (action: TrainFormAction) => void
}

function SourcePicker({ initial, source, changes, dispatch }: SourcePickerProps) {
  const sources: readonly (readonly [string, string, FormSource])[] = [
    ...(initial.kind === 'run' ? [['run', `Settings of ${initial.run.name}`, initial] as const] : []),
    ...trainPresets.map((preset) => [preset.id, preset.title, { kind: 'preset', preset }] as const),
  ]
  const chosen = source.kind === 'run' ? 'run' : source.preset.id
  return (
    <div className={styles['source']}>
      <NativeSelect
        label="Start from"
        description={
          source.kind === 'run' ? 'Every field as in that run; change what you like.' : source.preset.why
        }
        value={chosen}
        data={sources.map(([value, label]) => ({ value, label }))}
        onChange={(event) => {
          const next = sources.find(([value]) => value === event.currentTarget.value)
          if (next !== undefined) dispatch({ kind: 'fill', source: next[2] })
        }}
      />
      {changes > 0 && (
        <p className={styles['changes']}>
          {pluralise(changes, 'field')} changed.
          <Button variant="subtle" size="compact-xs" onClick={() => dispatch({ kind: 'fill', source })}>
            Reset all
          </Button>
        </p>
      )}
    </div>
  )
}

interface FieldGroupProps {
  readonly group: TrainFieldGroup
  readonly form: {
    readonly draft: TrainDraft
    readonly reference: TrainDraft
    readonly changes: ReadonlySet<string>
    readonly request: TrainRequest
  }
  readonly context: FieldContext
  readonly dispatch: (action: TrainFormAction) => void
}

function FieldGroup({ group, form, context, dispatch }: FieldGroupProps) {
  const { draft, reference, changes, request } = form
  const [isOpen, setIsOpen] = useState(!foldedAtFirst.has(group.key))
  const fields = group.fields.filter((field) => appliesTo(field, draft))
  if (fields.length === 0) return null
  const problems = request.ok ? new Map<string, string>() : request.problems
  const changed = fields.filter(({ path }) => changes.has(path)).length
  const wrong = fields.filter(({ path }) => problems.has(path)).length
  return (
    <details
      className={styles['group']}
      open={isOpen}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>
        <span className={styles['groupTitle']}>{group.title}</span>
        {wrong > 0 && <span className={styles['wrong']}>{wrong} to put right</span>}
        {wrong === 0 && changed > 0 && <span className={styles['changed']}>{changed} changed</span>}
        {!isOpen && <span className={styles['digest']}>{group.digest(draft)}</span>}
      </summary>
      {isOpen && (
        <div className={styles['fields']}>
          {fields.map((field) => (
            <Field
              key={field.path}
              field={field}
              value={readValue(draft, field.path)}
              changedFrom={changes.has(field.path) ? reference[field.path] : undefined}
              problem={problems.get(field.path)}
              context={context}
              onChange={(value) => dispatch({ kind: 'change', path: field.path, value })}
              onReset={() => dispatch({ kind: 'reset', path: field.path })}
            />
          ))}
        </div>
      )}
    </details>
  )
}

/** A field that is switched off holds null, which is not the same as an emptied one. */
function readValue(draft: TrainDraft, path: string): FieldValue {
  const value = draft[path]
  return value === undefined ? '' : value
}
