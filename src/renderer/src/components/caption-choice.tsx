import { Button, Checkbox, Popover } from '@mantine/core'
import { IconTags } from '@tabler/icons-react'
import { captionKinds, captionTitles, type CaptionKind } from './tile-words.ts'
import styles from './choice-list.module.css'

export interface CaptionChoiceProps {
  readonly captions: readonly CaptionKind[]
  readonly onChange: (captions: readonly CaptionKind[]) => void
}

/** What stands below each picture. */
export function CaptionChoice({ captions, onChange }: CaptionChoiceProps) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconTags size={14} aria-hidden />}>
          Show
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <fieldset className={styles['list']} aria-label="Below each picture">
          {captionKinds.map((kind) => (
            <Checkbox
              key={kind}
              size="xs"
              label={captionTitles[kind]}
              checked={captions.includes(kind)}
              onChange={(event) => {
                const isWanted = event.currentTarget.checked
                onChange(captionKinds.filter((one) => (one === kind ? isWanted : captions.includes(one))))
              }}
            />
          ))}
        </fieldset>
      </Popover.Dropdown>
    </Popover>
  )
}
