import { ActionIcon, Button, NativeSelect, SegmentedControl, Slider, Tooltip } from '@mantine/core'
import { IconDownload, IconKeyboard, IconSortAscending, IconSortDescending } from '@tabler/icons-react'
import { memo } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { imageSort } from '#shared/contract/image.contract.ts'
import styles from './catalogue-toolbar.module.css'
import { CaptionChoice } from '#renderer/components/caption-choice.tsx'
import { canSortByFinding, noCaptions, shownColumns, type CatalogueSearch } from './catalogue-search.ts'
import { ColumnChoice } from './column-choice.tsx'
import { defaultTileSizePx } from './grid-view.ts'
import { SavedQueries } from './saved-queries.tsx'
import { SearchField } from './search-field.tsx'

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
  readonly onExport: () => void
  readonly onKeys: () => void
}

export const CatalogueToolbar = memo(function CatalogueToolbar(props: CatalogueToolbarProps) {
  const { search, total, onChange, onExport, onKeys } = props
  const directionLabel = search.descending === true ? 'Sort ascending' : 'Sort descending'
  const isTable = search.view === 'table'
  return (
    <div className={styles['toolbar']}>
      <SearchField
        key={search.search ?? ''}
        text={search.search ?? ''}
        onSubmit={(text) => onChange({ ...search, search: text === '' ? undefined : text })}
      />
      <output className={styles['total']}>{total === undefined ? '' : pluralise(total, 'image')}</output>
      <NativeSelect
        className={styles['sort']}
        aria-label="Sort by"
        value={search.sort ?? 'id'}
        onChange={(event) => onChange({ ...search, sort: imageSort.parse(event.currentTarget.value) })}
        data={imageSort.options.map((value) => ({
          value,
          label: sortTitles[value],
          disabled: value === 'finding' && !canSortByFinding(search),
        }))}
      />
      <Tooltip label={directionLabel}>
        <ActionIcon
          aria-label={directionLabel}
          onClick={() => onChange({ ...search, descending: search.descending === true ? undefined : true })}
        >
          {search.descending === true ? <IconSortDescending size={16} /> : <IconSortAscending size={16} />}
        </ActionIcon>
      </Tooltip>
      <SegmentedControl
        aria-label="View"
        size="xs"
        value={search.view ?? 'grid'}
        onChange={(view) => onChange({ ...search, view: view === 'table' ? 'table' : undefined })}
        data={[
          { value: 'grid', label: 'Grid' },
          { value: 'table', label: 'Table' },
        ]}
      />
      {isTable ? (
        <ColumnChoice
          columns={shownColumns(search)}
          onChange={(columns) => onChange({ ...search, columns: [...columns] })}
        />
      ) : (
        <>
          <CaptionChoice
            captions={search.show ?? noCaptions}
            onChange={(show) => onChange({ ...search, show: show.length === 0 ? undefined : [...show] })}
          />
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
        </>
      )}
      <SavedQueries search={search} onChange={onChange} />
      <Tooltip label="Keys of this screen">
        <ActionIcon aria-label="Keys" onClick={onKeys}>
          <IconKeyboard size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Export as a table">
        <Button variant="default" disabled={total === undefined || total === 0} onClick={onExport}>
          <IconDownload size={14} aria-label="Export" />
        </Button>
      </Tooltip>
    </div>
  )
})
