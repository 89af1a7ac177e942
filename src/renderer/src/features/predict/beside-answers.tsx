import { useQuery } from '@tanstack/react-query'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import { compareFaces, type FacePrediction } from './predict-view.ts'
import styles from './predict.module.css'

/** Asks one model about the picture that is shown. */
export type AskModel = (model: ModelSummary, signal: AbortSignal) => Promise<PredictResponse>

export interface BesideAnswersProps {
  /** Names the picture among all that are asked about. */
  readonly picture: string
  readonly face: FacePrediction
  /** Position of the face, counted from the left as in every answer about the picture. */
  readonly at: number
  readonly first: string
  readonly second: ModelSummary
  readonly ask: AskModel
}

/** What a second model answers to the same face, line by line beside the first. */
export function BesideAnswers({ picture, face, at, first, second, ask }: BesideAnswersProps) {
  const asked = useQuery({
    queryKey: ['answers beside', picture, second.id],
    queryFn: ({ signal }) => ask(second, signal),
    gcTime: 0,
    retry: false,
  })
  if (asked.error !== null) return <ErrorState error={asked.error} compact />
  const prediction = asked.data?.predictions[0]
  if (prediction === undefined) return <output>Asking {second.name}</output>
  const other = prediction.faces[at]
  if (other === undefined)
    return (
      <p className={styles['care']}>{prediction.error ?? `${second.name} gave no answer to this face.`}</p>
    )
  return (
    <table className="ev-table" aria-label="Answers of two models">
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">{first}</th>
          <th scope="col">{second.name}</th>
        </tr>
      </thead>
      <tbody>
        {compareFaces(face, other).map(({ task, own, others, isOther }) => (
          <tr key={task}>
            <th scope="row">{taskTitles[task]}</th>
            <td>{own ?? '–'}</td>
            <td data-other={isOther || undefined}>
              {others ?? '–'}
              {isOther && ', another label'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
