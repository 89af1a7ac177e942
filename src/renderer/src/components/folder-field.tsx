import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useHost } from '#renderer/engine/engine-context.tsx'
import { FolderDialog } from './folder-dialog.tsx'
import styles from './folder-field.module.css'

export interface FolderFieldProps {
  readonly label: string
  readonly description?: string
  readonly value: string
  /** What the folder is called, where that much is known: browsing then asks for the folder it lies in. */
  readonly name?: string | undefined
  readonly onChange: (path: string) => void
}

/** A path that can be typed, or picked in the system's dialog or ours. */
export function FolderField({ label, description, value, name, onChange }: FolderFieldProps) {
  const { pickFolder } = useHost()
  const [isBrowsing, setIsBrowsing] = useState(false)
  const browse = async () => {
    if (pickFolder === null) {
      setIsBrowsing(true)
      return
    }
    const path = await pickFolder({ title: label })
    if (path !== null) onChange(path)
  }
  return (
    <div className={styles['field']}>
      <TextInput
        label={label}
        description={description}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-autofocus
        required
        withAsterisk={false}
        spellCheck={false}
        className={styles['input']}
      />
      <Button variant="default" onClick={() => void browse()} aria-label={`Browse: ${label}`}>
        Browse
      </Button>
      <FolderDialog
        title={label}
        name={name}
        isOpen={isBrowsing}
        onClose={() => setIsBrowsing(false)}
        onPick={onChange}
      />
    </div>
  )
}
