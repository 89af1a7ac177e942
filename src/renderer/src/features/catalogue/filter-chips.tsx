import { Button, UnstyledButton } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ImageFacets } from '#shared/contract/image.contract.ts'
import { hasFilters, withoutFilters, type CatalogueSearch } from './catalogue-search.ts'
import { listChips } from './filter-chips-view.ts'
import styles from './filter-chips.module.css'

export interface FilterChipsProps {
  readonly search: CatalogueSearch
  readonly facets: ImageFacets | undefined
  readonly onChange: (search: CatalogueSearch) => void
}

/** What the images are narrowed to, each with a way out. */
export function FilterChips({ search, facets, onChange }: FilterChipsProps) {
  if (!hasFilters(search)) return null
  return (
    <ul className={styles['chips']} aria-label="Filters in force">
      {listChips(search, facets).map(({ key, text, isExcluded, without }) => (
        <li key={key}>
          <UnstyledButton
            className={styles['chip']}
            data-excluded={isExcluded || undefined}
            aria-label={`${text}. Take this filter away`}
            onClick={() => onChange(without)}
          >
            {text}
            <IconX size={12} aria-hidden />
          </UnstyledButton>
        </li>
      ))}
      <li>
        <Button size="compact-xs" variant="subtle" onClick={() => onChange(withoutFilters(search))}>
          Clear all
        </Button>
      </li>
    </ul>
  )
}
