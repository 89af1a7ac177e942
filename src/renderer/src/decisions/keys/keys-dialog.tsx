import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { chordOf, formatChord, type Chord } from './chord.ts'
import { isActionOn, keyActionNames, keyActions, type KeyAction, type KeyScreen } from './key-actions.ts'
import { defaultBindings, rebind } from './key-bindings.ts'
import styles from './keys-dialog.module.css'
import { useKeyBindings } from './use-key-bindings.ts'

export interface KeysDialogProps {
  readonly screen: KeyScreen
  readonly onClose: () => void
}

/** Each action with its key; the next key that is pressed after a click becomes its key. */
export function KeysDialog({ screen, onClose }: KeysDialogProps) {
  const { bindings, setBindings, reset } = useKeyBindings()
  const names = keyActionNames.filter((action) => isActionOn(action, screen))
  const [waiting, setWaiting] = useState<KeyAction | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)

  const take = (event: React.KeyboardEvent, action: KeyAction) => {
    const chord = chordOf(event)
    if (chord === null || chord === 'tab' || chord === 'shift+tab') return
    event.preventDefault()
    event.stopPropagation()
    if (chord === 'escape') {
      setWaiting(null)
      return
    }
    const outcome = rebind(bindings, action, chord)
    if ('refusal' in outcome) {
      setRefusal(`${formatChord(chord)}: ${outcome.refusal}`)
      return
    }
    setBindings(outcome.bindings)
    setRefusal(null)
    setWaiting(null)
  }

  return (
    <Modal opened onClose={onClose} title="Keys of this screen" size="md" closeOnEscape={waiting === null}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          They are kept for you on this machine. What screens share has one key in all of them.
          {screen === 'curate' &&
            ' The digits choose labels and stay as they are; Esc unselects. The wheel zooms, a drag moves, a double click shows all of the image. A key that is held counts once; only the arrows go on.'}
        </Text>
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">Action</th>
              <th scope="col">Key</th>
            </tr>
          </thead>
          <tbody>
            {names.map((action) => (
              <tr key={action}>
                <th scope="row">{keyActions[action].title}</th>
                <td>
                  <Button
                    variant="default"
                    size="compact-xs"
                    className={styles['keyButton']}
                    data-waiting={waiting === action || undefined}
                    aria-label={`${keyActions[action].title}: ${nameKey(bindings[action])}. Change the key`}
                    onClick={() => {
                      setRefusal(null)
                      setWaiting(action)
                    }}
                    onBlur={() => setWaiting(null)}
                    onKeyDown={(event) => {
                      if (waiting === action) take(event, action)
                    }}
                  >
                    {waiting === action ? 'Press a key' : nameKey(bindings[action])}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <div role="alert" className={styles['refusal']}>
          {refusal}
        </div>
        <Group justify="space-between">
          <Button
            variant="default"
            disabled={keyActionNames.every((action) => bindings[action] === defaultBindings[action])}
            onClick={() => {
              setRefusal(null)
              reset()
            }}
          >
            Reset all
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

const nameKey = (chord: Chord | null): string => (chord === null ? 'no key' : formatChord(chord))
