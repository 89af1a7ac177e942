import { Button, Loader, VisuallyHidden } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import styles from './home.module.css'
import type { LoopStep } from './loop-view.ts'

const stateWords = { done: 'done', running: 'running', next: 'next', later: 'not yet' } as const

export interface LoopChecklistProps {
  readonly steps: readonly LoopStep[]
  readonly onImport: () => void
}

export function LoopChecklist({ steps, onImport }: LoopChecklistProps) {
  const navigate = useNavigate()
  return (
    <ol className={styles['steps']}>
      {steps.map((step, index) => (
        <li key={step.key} data-state={step.state}>
          <span className={styles['bullet']} aria-hidden>
            <StepMark state={step.state} number={index + 1} />
          </span>
          <div className={styles['stepText']}>
            <strong>
              {step.title}
              <VisuallyHidden> ({stateWords[step.state]})</VisuallyHidden>
            </strong>
            <span>{step.note}</span>
          </div>
          <Button
            variant={step.state === 'next' ? 'filled' : 'default'}
            disabled={step.state === 'later'}
            onClick={() => (step.key === 'import' ? onImport() : void navigate({ to: step.to }))}
          >
            {step.action}
          </Button>
        </li>
      ))}
    </ol>
  )
}

function StepMark({ state, number }: { readonly state: LoopStep['state']; readonly number: number }) {
  if (state === 'done') return <IconCheck size={14} stroke={2.5} />
  if (state === 'running') return <Loader size={14} />
  return number
}
