import { Group, Radio, Stack } from '@mantine/core'
import type { ReactNode } from 'react'

interface RadioOption<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly isDisabled?: boolean
}

interface RadioChoiceProps<Value extends string> {
  readonly label: string
  readonly options: readonly RadioOption<Value>[]
  /** Null while nothing is chosen. */
  readonly value: Value | null
  readonly onChange: (value: Value) => void
  /** Where a dialog puts the focus when it opens. */
  readonly focused?: Value | undefined
  /** Beside each other instead of below. */
  readonly isInRow?: boolean
  /** What to know before choosing. */
  readonly children?: ReactNode
}

/** One of a few, in a dialog. */
export function RadioChoice<Value extends string>({
  label,
  options,
  value,
  onChange,
  focused,
  isInRow = false,
  children,
}: RadioChoiceProps<Value>) {
  const radios = options.map((option) => (
    <Radio
      key={option.value}
      size="xs"
      value={option.value}
      label={option.label}
      disabled={option.isDisabled === true}
      data-autofocus={option.value === focused || undefined}
    />
  ))
  return (
    <Radio.Group
      label={label}
      value={value}
      onChange={(chosen) => {
        const option = options.find((one) => one.value === chosen)
        if (option !== undefined) onChange(option.value)
      }}
    >
      {children}
      {isInRow ? (
        <Group gap="md" mt="xs">
          {radios}
        </Group>
      ) : (
        <Stack gap="sm" mt="xs">
          {radios}
        </Stack>
      )}
    </Radio.Group>
  )
}
