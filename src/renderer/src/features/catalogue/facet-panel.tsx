import { Button, NativeSelect, Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageFacets } from '#shared/contract/image.contract.ts'
import styles from './catalogue.module.css'
import {
  excludeValue,
  hasFilters,
  selectedValues,
  toggleValue,
  withFacet,
  withoutFilters,
  type CatalogueSearch,
  type FacetName,
} from './catalogue-search.ts'

const facetTitles: readonly { readonly name: FacetName; readonly title: string }[] = [
  { name: 'dataset', title: 'Data set' },
  { name: 'race', title: 'Race, as labelled' },
  { name: 'gender', title: 'Gender, as labelled' },
  { name: 'age', title: 'Age' },
  { name: 'part', title: 'Split part' },
]

export interface FacetPanelProps {
  readonly search: CatalogueSearch
  readonly facets: ImageFacets | undefined
  readonly onChange: (search: CatalogueSearch) => void
}

export function FacetPanel({ search, facets, onChange }: FacetPanelProps) {
  return (
    <ScrollRegion label="Filters" className={styles['facets']}>
      <div className={styles['facetHead']}>
        <span>Click to choose, Alt-click to leave out</span>
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={!hasFilters(search)}
          onClick={() => onChange(withoutFilters(search))}
        >
          Clear
        </Button>
      </div>
      {facets === undefined
        ? Array.from({ length: 4 }, (_, index) => <Skeleton key={index} h={120} mb={16} />)
        : facetTitles.map(({ name, title }) => (
            <Facet
              key={name}
              name={name}
              title={title}
              values={facets[name]}
              selected={selectedValues(search, name)}
              onSelect={(values) => onChange(withFacet(search, name, values))}
            >
              {name === 'part' && <SplitChoice search={search} onChange={onChange} />}
            </Facet>
          ))}
    </ScrollRegion>
  )
}

interface SplitChoiceProps {
  readonly search: CatalogueSearch
  readonly onChange: (search: CatalogueSearch) => void
}

/** Parts belong to a split, so one is chosen first. */
function SplitChoice({ search, onChange }: SplitChoiceProps) {
  const api = useApi()
  const splits = useQuery(api.split.list.queryOptions())
  if (splits.data === undefined || splits.data.length === 0) {
    return <p className={styles['facetNote']}>No split yet.</p>
  }
  return (
    <NativeSelect
      aria-label="Split whose parts are counted"
      value={search.split ?? ''}
      onChange={(event) => {
        const split = Number(event.currentTarget.value)
        onChange({ ...search, split: split > 0 ? split : undefined, parts: undefined })
      }}
      data={[
        { value: '', label: 'Any split' },
        ...splits.data.map((split) => ({ value: String(split.splitId), label: split.name })),
      ]}
    />
  )
}

interface FacetProps {
  readonly name: FacetName
  readonly title: string
  readonly values: ImageFacets[FacetName]
  readonly selected: readonly (string | null)[]
  readonly onSelect: (values: (string | null)[]) => void
  readonly children: React.ReactNode
}

function Facet({ name, title, values, selected, onSelect, children }: FacetProps) {
  const largest = Math.max(1, ...values.map((value) => value.count))
  const all = values.map((value) => value.value)
  if (values.length === 0 && name !== 'part') return null
  return (
    <section className={styles['facet']} aria-labelledby={`facet-${name}`}>
      <h2 id={`facet-${name}`}>{title}</h2>
      {children}
      <ul>
        {values.map(({ value, label, count }) => {
          const isSelected = selected.includes(value)
          return (
            <li key={value ?? 'missing'}>
              <UnstyledButton
                className={styles['facetValue']}
                data-missing={value === null || undefined}
                aria-pressed={isSelected}
                onClick={(event) =>
                  onSelect(event.altKey ? excludeValue(all, selected, value) : toggleValue(selected, value))
                }
              >
                <span className={styles['facetBar']} style={{ width: `${(count / largest) * 100}%` }} />
                <span className={styles['facetLabel']}>{formatCategory(label)}</span>
                <span className={styles['facetCount']}>{formatCount(count)}</span>
              </UnstyledButton>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
