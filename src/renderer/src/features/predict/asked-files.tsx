import { UnstyledButton } from '@mantine/core'
import { formatShare } from '#shared/domain/format.ts'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import type { AskedFile } from './predict-files.ts'
import { chooseFace, describeFace, type FacePrediction } from './predict-view.ts'
import styles from './predict.module.css'

export interface AskedFilesProps {
  readonly files: readonly AskedFile[]
  readonly shown: AskedFile | null
  readonly onShow: (file: AskedFile) => void
}

/** Every file with its answer; the chosen one is shown below with all of its probabilities. */
export function AskedFiles({ files, shown, onShow }: AskedFilesProps) {
  return (
    <ScrollRegion label="Predicted files" className={styles['files']}>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">File</th>
            {tasksForReading.map((task) => (
              <th key={task} scope="col">
                {taskTitles[task]}
              </th>
            ))}
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {files.map((one, index) => {
            const prediction = one.response?.predictions[0]
            return (
              <tr key={`${index} ${one.name}`} data-selected={one === shown || undefined}>
                <th scope="row">
                  <UnstyledButton
                    className={styles['fileName']}
                    aria-current={one === shown}
                    onClick={() => onShow(one)}
                  >
                    {one.name}
                  </UnstyledButton>
                </th>
                {tasksForReading.map((task) => (
                  <td key={task}>{describeFirst(prediction?.faces, task)}</td>
                ))}
                <td>{noteOf(one)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function describeFirst(
  faces: readonly FacePrediction[] | undefined,
  task: (typeof tasksForReading)[number],
): string {
  const face = faces?.[chooseFace(faces, null)]
  const found = face === undefined ? undefined : describeFace(face).find((one) => one.task === task)
  if (found === undefined) return '–'
  const sure = found.bars.find(({ isAnswer }) => isAnswer)
  return sure === undefined ? found.answer : `${found.answer} ${formatShare(sure.probability)}`
}

function noteOf({ response, failure }: AskedFile): string {
  const prediction = response?.predictions[0]
  if (failure !== null) return failure
  if (prediction === undefined) return 'waiting'
  const { error, warning, faces } = prediction
  if (error !== undefined) return error
  if (warning !== undefined) return warning
  return faces.length === 1
    ? ''
    : faces.length === 0
      ? 'no face was found'
      : `${faces.length} faces; the largest is told`
}
