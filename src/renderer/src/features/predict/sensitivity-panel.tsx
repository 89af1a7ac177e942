import { Button, Progress } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ModelId } from '#shared/contract/base.contract.ts'
import type { ExplainedPicture } from '#shared/contract/explanation.contract.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './predict.module.css'
import { describeVaried, describeVariation, summarise } from './sensitivity-view.ts'

export interface SensitivityPanelProps {
  readonly of: ExplainedPicture
  readonly face: number | null
  readonly modelId: ModelId
}

/** How firm the answer is where the picture is cut, turned or lit a little otherwise. */
export function SensitivityPanel({ of, face, modelId }: SensitivityPanelProps) {
  const api = useApi()
  const queries = useQueryClient()
  const asked = api.explanation.vary.queryOptions({ input: { of, face, modelId } })
  // Whoever leaves the tab no longer waits for it, and the engine stops.
  const varied = useQuery(asked)
  if (varied.error !== null) return <ErrorState error={varied.error} compact />
  if (varied.data === undefined) {
    return varied.isFetching ? (
      <div className={styles['varying']}>
        <output>
          The picture is cut, turned and lit otherwise in 16 ways, and the model is asked about each.
        </output>
        <Progress aria-label="Asking about variations" value={100} animated />
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void queries.cancelQueries({ queryKey: asked.queryKey })}
        >
          Cancel
        </Button>
      </div>
    ) : (
      <Button size="compact-xs" variant="default" onClick={() => void varied.refetch()}>
        Ask about variations
      </Button>
    )
  }
  const { variations, seconds, shrunkBy } = varied.data
  const [first] = variations
  if (first === undefined) return null
  return (
    <>
      <ul className={styles['summary']} aria-label="How firm the answers are">
        {tasksForReading.flatMap((task) => {
          const words = summarise(varied.data, task)
          return words === null ? [] : [<li key={task}>{`${taskTitles[task]}: ${words}`}</li>]
        })}
      </ul>
      <ScrollRegion label="Answers to variations of the picture" className={styles['varied']}>
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">Change</th>
              {tasksForReading.map((task) => (
                <th key={task} scope="col">
                  {taskTitles[task]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {variations.map((one) => (
              <tr key={`${one.kind} ${one.amount}`}>
                <th scope="row">{describeVariation(one)}</th>
                {tasksForReading.map((task) => {
                  const answer = describeVaried(one, first, task)
                  return (
                    <td key={task} data-other={answer?.isOther || undefined}>
                      {answer?.text ?? '–'}
                      {answer?.isOther === true && ', another label'}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles['care']}>
        None of these changes alters who is seen, so that a firm answer should stay. {seconds.toFixed(1)} s.
        {shrunkBy > 1 &&
          ` The picture is large: before it was changed, each square of ${shrunkBy} x ${shrunkBy} pixels became one, which may move the answers a little.`}
      </p>
    </>
  )
}
