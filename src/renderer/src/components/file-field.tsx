import { Button, TextInput } from '@mantine/core'
import { useHost } from '#renderer/engine/engine-context.tsx'
import styles from './folder-field.module.css'

export interface FileFieldProps {
  readonly label: string
  readonly description?: string
  /** Without the dot. */
  readonly extensions: readonly string[]
  readonly value: string
  readonly error?: string | undefined
  readonly isRequired?: boolean
  readonly onChange: (path: string) => void
}

/** The path of a file, typed or, where the host has one, picked in the system's dialog. */
export function FileField(props: FileFieldProps) {
  const { label, description, extensions, value, error, isRequired, onChange } = props
  const { pickFile } = useHost()
  const browse = async () => {
    const path = await pickFile?.({ title: label, extensions: [...extensions] })
    if (path !== null && path !== undefined) onChange(path)
  }
  return (
    <div className={styles['field']}>
      <TextInput
        className={styles['input']}
        label={label}
        description={description}
        error={error}
        value={value}
        spellCheck={false}
        required={isRequired === true}
        withAsterisk={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {pickFile !== null && (
        <Button variant="default" onClick={() => void browse()} aria-label={`Browse: ${label}`}>
          Browse
        </Button>
      )}
    </div>
  )
}
