import { Button, Progress } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type {
  Explanation,
  ExplanationMap,
  ExplanationSettings,
} from '#shared/contract/explanation.contract.ts'
import { describeMapTrust, nameMap } from '#shared/derived/explanation-svg.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { ErrorState } from '../states.tsx'
import { saveJson, savePng, saveSvg } from './explanation-files.ts'
import styles from './explanation.module.css'
import type { ExplanationHandle } from './use-explanation.ts'

export interface MethodPanelProps {
  readonly title: string
  /** What the method does, in one sentence. */
  readonly words: string
  readonly settings: ExplanationSettings
  readonly task: Task
  readonly handle: ExplanationHandle
}

/** One method's map of one task, as far as it has come, with what speaks for and against it. */
export function MethodPanel({ title, words, settings, task, handle }: MethodPanelProps) {
  const { state, isRunning, error, start, cancel } = handle
  const explanation = state?.explanation ?? null
  const map = explanation?.maps.find((one) => one.task === task)
  return (
    <section className={styles['method']} aria-label={title}>
      <header>
        <h3>{title}</h3>
        {isRunning ? (
          <Button size="compact-xs" variant="default" onClick={cancel}>
            Cancel
          </Button>
        ) : (
          <Button size="compact-xs" variant="default" onClick={() => start(settings)}>
            {explanation === null ? 'Run' : 'Run again'}
          </Button>
        )}
      </header>
      <p className={styles['dim']}>{words}</p>
      <MapState state={state} isRunning={isRunning} title={title} />
      {error !== null && <ErrorState error={error} compact />}
      {explanation !== null && map === undefined && (
        <p className={styles['dim']}>The model does not answer this task.</p>
      )}
      {explanation !== null && map !== undefined && (
        <MapFigure explanation={explanation} map={map} title={title} />
      )}
    </section>
  )
}

export function MapState({
  state,
  isRunning,
  title,
}: Pick<ExplanationHandle, 'state' | 'isRunning'> & { readonly title: string }) {
  if (isRunning) {
    const { phase, done, total } = state?.progress ?? { phase: 'Beginning', done: 0, total: 0 }
    const words = total === 0 ? phase : `${phase}: ${formatCount(done)} of ${formatCount(total)}`
    return (
      <div className={styles['progress']}>
        <output>{words}</output>
        <Progress
          size="xs"
          aria-label={`Progress of ${title}`}
          value={total === 0 ? 100 : (done / total) * 100}
          animated={total === 0}
        />
      </div>
    )
  }
  if (state?.state === 'cancelled') {
    return (
      <output className={styles['dim']}>
        {state.explanation === null
          ? 'Cancelled before the first map.'
          : 'Cancelled. This is the map as far as it had come.'}
      </output>
    )
  }
  if (state?.state === 'failed' && state.failure !== null)
    return (
      <p className={styles['refusal']} role="alert">
        {state.failure.message}
      </p>
    )
  return null
}

interface MapFigureProps {
  readonly explanation: Explanation
  readonly map: ExplanationMap
  readonly title: string
}

/** The map over its picture, with its passport. */
export function MapFigure({ explanation, map, title }: MapFigureProps) {
  const refusal = map.checks?.refusal ?? null
  return (
    <figure className={styles['figure']}>
      <img src={map.overlay} alt={`${title} of ${nameMap(map)}`} />
      <figcaption>
        <strong>{nameMap(map)}</strong>
        {refusal !== null && (
          <p className={styles['refusal']} role="note">
            <IconAlertTriangle size={14} aria-hidden /> {refusal}
          </p>
        )}
        <ul aria-label={`How far the map by ${title} can be relied on`}>
          {describeMapTrust(map, explanation.samples).map((line) => (
            <li key={line}>{line}</li>
          ))}
          {map.checks === null && <li>Not held against chance.</li>}
          {explanation.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
        <div className={styles['exports']}>
          {(
            [
              ['PNG', savePng],
              ['SVG', saveSvg],
              ['JSON', saveJson],
            ] as const
          ).map(([name, save]) => (
            <Button
              key={name}
              size="compact-xs"
              variant="default"
              aria-label={`Save the map by ${title} as ${name}`}
              onClick={() => save(explanation, map)}
            >
              {name}
            </Button>
          ))}
        </div>
      </figcaption>
    </figure>
  )
}
