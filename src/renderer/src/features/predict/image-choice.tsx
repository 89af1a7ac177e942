import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { imageId } from '#shared/contract/base.contract.ts'
import styles from './predict.module.css'

export interface ImageChoiceProps {
  readonly chosen: number | null
  readonly onChoose: (image: number) => void
}

/** Asks about an image of the project by its number, as the catalogue tells it. */
export function ImageChoice({ chosen, onChoose }: ImageChoiceProps) {
  const [text, setText] = useState(chosen === null ? '' : String(chosen))
  const read = /^\d+$/.test(text) ? imageId.safeParse(Number(text)).data : undefined
  return (
    <form
      className={styles['imageChoice']}
      aria-label="Image of the project"
      onSubmit={(event) => {
        event.preventDefault()
        if (read !== undefined) onChoose(read)
      }}
    >
      <TextInput
        aria-label="Number of an image"
        placeholder="or image no."
        w={120}
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button variant="default" type="submit" disabled={read === undefined}>
        Ask
      </Button>
    </form>
  )
}
