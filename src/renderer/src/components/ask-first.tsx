import { Button, Group, Modal, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'

export interface Question {
  readonly title: string
  /** What would be lost and what stays. */
  readonly text: string
  /** What the button says that goes ahead. */
  readonly yes: string
}

interface OpenQuestion extends Question {
  readonly answer: (isYes: boolean) => void
}

let open: OpenQuestion | null = null
const listeners = new Set<() => void>()

function show(question: OpenQuestion | null): void {
  open?.answer(false)
  open = question
  for (const listen of listeners) listen()
}

/** Asks before something that costs; false when it was thought better of. */
export const askFirst = (question: Question): Promise<boolean> =>
  new Promise((resolve) => show({ ...question, answer: resolve }))

const subscribe = (listen: () => void): (() => void) => {
  listeners.add(listen)
  return () => listeners.delete(listen)
}

/** Shows what `askFirst` asks; once in the window. */
export function AskFirst() {
  const question = useSyncExternalStore(subscribe, () => open)
  const answer = (isYes: boolean): void => {
    question?.answer(isYes)
    show(null)
  }
  return (
    <Modal opened={question !== null} onClose={() => answer(false)} title={question?.title} size="sm">
      <Text size="sm">{question?.text}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" data-autofocus onClick={() => answer(false)}>
          Cancel
        </Button>
        <Button onClick={() => answer(true)}>{question?.yes}</Button>
      </Group>
    </Modal>
  )
}
