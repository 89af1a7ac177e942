import { ActionIcon, NativeSelect, Slider, TextInput, Tooltip } from '@mantine/core'
import { IconSearch, IconSortAscending, IconSortDescending } from '@tabler/icons-react'
import { useState } from 'react'
import { formatCount } from '#shared/domain/format.ts'
import { imageSort } from '#shared/contract/image.contract.ts'
import styles from './catalogue.module.css'
import type { CatalogueSearch } from './catalogue-search.ts'
import { defaultTileSizePx } from './grid-view.ts'

const sortTitles = {
  id: 'Order of import',
  path: 'File name',
  age: 'Age',
  pixels: 'Size in pixels',
  bytes: 'Size of file',
  imported: 'Time of import',
  finding: 'Score of the finding',
} as const

export interface CatalogueToolbarProps {
  readonly search: CatalogueSearch
  readonly total: number | undefined
  readonly onChange: (search: CatalogueSearch) => void
}

export function CatalogueToolbar({ search, total, onChange }: CatalogueToolbarProps) {
  const directionLabel = search.descending === true ? 'Sort ascending' : 'Sort descending'
  return (
    <div className={styles['toolbar']}>
      <SearchField
        key={search.text ?? ''}
        text={search.text ?? ''}
        onSubmit={(text) => onChange({ ...search, text: text === '' ? undefined : text })}
      />
      <output className={styles['total']}>{total === undefined ? '' : `${formatCount(total)} images`}</output>
      <NativeSelect
        className={styles['sort']}
        aria-label="Sort by"
        value={search.sort ?? 'id'}
        onChange={(event) => onChange({ ...search, sort: imageSort.parse(event.currentTarget.value) })}
        data={imageSort.options.map((value) => ({ value, label: sortTitles[value] }))}
      />
      <Tooltip label={directionLabel}>
        <ActionIcon
          aria-label={directionLabel}
          onClick={() => onChange({ ...search, descending: search.descending === true ? undefined : true })}
        >
          {search.descending === true ? <IconSortDescending size={16} /> : <IconSortAscending size={16} />}
        </ActionIcon>
      </Tooltip>
      <Slider
        className={styles['sizeSlider']}
        thumbLabel="Size of the thumbnails"
        size={4}
        min={64}
        max={256}
        step={16}
        label={(size) => `${size} px`}
        value={search.size ?? defaultTileSizePx}
        onChange={(size) => onChange({ ...search, size })}
      />
    </div>
  )
}

interface SearchFieldProps {
  readonly text: string
  readonly onSubmit: (text: string) => void
}

/** Typing stays here until Enter or leaving the field; the address then holds it. */
function SearchField({ text, onSubmit }: SearchFieldProps) {
  const [draft, setDraft] = useState(text)
  const submit = () => {
    if (draft.trim() !== text) onSubmit(draft.trim())
  }
  return (
    <search className={styles['search']}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <TextInput
          aria-label="Search file names and identities"
          placeholder="Search file names and identities"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onBlur={submit}
        />
      </form>
    </search>
  )
}
