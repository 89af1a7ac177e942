import { Button, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import type { ModelId } from '#shared/contract/base.contract.ts'
import type { ExplainedPicture, ExplanationMethod } from '#shared/contract/explanation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { tasksForReading, taskTitles } from '../task-words.ts'
import styles from './explanation.module.css'
import { SettingsFields, usualSettings } from './explanation-settings.tsx'
import { MethodPanel } from './method-panel.tsx'
import { useExplanation } from './use-explanation.ts'

export interface ExplanationPanelProps {
  readonly of: ExplainedPicture
  readonly modelId: ModelId
  /** Counted from 1 at the left; the picture as it is where null. */
  readonly face: number | null
}

interface MethodWords {
  readonly title: string
  readonly words: string
}

const methods = {
  cam: {
    title: 'Class activation',
    words:
      'Where the last layer’s number for the answer comes from. After a global average Grad-CAM is the same map.',
  },
  lime: {
    title: 'LIME',
    words: 'A linear model of how the answer changes while regions of the picture are hidden by chance.',
  },
  occlusion: {
    title: 'Occlusion',
    words: 'How far the answer falls while a patch hides each place in turn.',
  },
} as const satisfies Partial<Record<ExplanationMethod, MethodWords>>

/** Three ways to ask what of a picture an answer hangs on, side by side; all tasks come of one run. */
export function ExplanationPanel({ of, modelId, face }: ExplanationPanelProps) {
  const [task, setTask] = useState<Task>('race')
  const [chosen, setChosen] = useState(usualSettings)
  const handles = {
    cam: useExplanation(of, modelId),
    lime: useExplanation(of, modelId),
    occlusion: useExplanation(of, modelId),
  }
  const names = ['cam', 'lime', 'occlusion'] as const
  const settingsOf = (method: ExplanationMethod) => ({ ...chosen, method, face })
  return (
    <div className={styles['panel']}>
      <div className={styles['controls']}>
        <SegmentedControl
          size="xs"
          aria-label="Task"
          value={task}
          onChange={(value) => setTask(tasksForReading.find((one) => one === value) ?? task)}
          data={tasksForReading.map((one) => ({ value: one, label: taskTitles[one] }))}
        />
        <SettingsFields settings={chosen} onChange={setChosen} />
        <Button
          size="xs"
          onClick={() => {
            for (const name of names) if (!handles[name].isRunning) handles[name].start(settingsOf(name))
          }}
        >
          Run all three
        </Button>
      </div>
      <div className={styles['methods']}>
        {names.map((name) => (
          <MethodPanel
            key={name}
            {...methods[name]}
            settings={settingsOf(name)}
            task={task}
            handle={handles[name]}
          />
        ))}
      </div>
      <p className={styles['dim']}>
        Orange: its presence raises the answer. Blue: it lowers it. A map shows what this answer hangs on, not
        why, and not whether it is right. Maps are not kept: their JSON is the recipe that makes them again.
      </p>
    </div>
  )
}
