import { Checkbox, NativeSelect, NumberInput } from '@mantine/core'
import {
  explanationSettings,
  hiddenFill,
  mostSamples,
  segmentKind,
  type ExplanationSettings,
} from '#shared/contract/explanation.contract.ts'
import styles from './explanation.module.css'

export const usualSettings = explanationSettings.parse({})

const segmentWords = {
  quickshift: 'Quickshift (as LIME)',
  slic: 'SLIC',
  landmarks: 'Parts of the face',
} as const satisfies Record<ExplanationSettings['segments'], string>

const fillWords = {
  mean: 'Mean of the region',
  blur: 'Blur',
  'training-mean': 'Mean of training pictures',
} as const satisfies Record<ExplanationSettings['fill'], string>

export interface SettingsFieldsProps {
  readonly settings: ExplanationSettings
  readonly onChange: (settings: ExplanationSettings) => void
}

/** What decides maps beside picture and model; the samples, regions and seed are LIME's alone. */
export function SettingsFields({ settings, onChange }: SettingsFieldsProps) {
  const change = (part: Partial<ExplanationSettings>) => onChange({ ...settings, ...part })
  const toNumber = (value: string | number, least: number) => Math.max(least, Math.round(Number(value) || 0))
  return (
    <fieldset className={styles['fields']} aria-label="Settings of the maps">
      <NumberInput
        label="LIME samples"
        size="xs"
        w={110}
        min={16}
        max={mostSamples}
        step={100}
        value={settings.samples}
        onChange={(value) => change({ samples: Math.min(mostSamples, toNumber(value, 16)) })}
      />
      <NativeSelect
        label="LIME regions"
        size="xs"
        value={settings.segments}
        onChange={(event) => change({ segments: segmentKind.parse(event.currentTarget.value) })}
        data={segmentKind.options.map((value) => ({ value, label: segmentWords[value] }))}
      />
      <NativeSelect
        label="Hidden parts become"
        size="xs"
        value={settings.fill}
        onChange={(event) => change({ fill: hiddenFill.parse(event.currentTarget.value) })}
        data={hiddenFill.options.map((value) => ({ value, label: fillWords[value] }))}
      />
      <NumberInput
        label="Seed"
        size="xs"
        w={80}
        min={0}
        value={settings.seed}
        onChange={(value) => change({ seed: toNumber(value, 0) })}
      />
      <Checkbox
        size="xs"
        label="More samples until stable"
        checked={settings.untilStable}
        onChange={(event) => change({ untilStable: event.currentTarget.checked })}
      />
      <Checkbox
        size="xs"
        label="Hold maps against chance"
        checked={settings.checks}
        onChange={(event) => change({ checks: event.currentTarget.checked })}
      />
    </fieldset>
  )
}
