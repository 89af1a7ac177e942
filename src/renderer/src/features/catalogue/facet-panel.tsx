import { Button, NativeSelect, Skeleton, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { memo, useState } from 'react'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { FacetName, ImageFacets } from '#shared/contract/image.contract.ts'
import styles from './facet-panel.module.css'
import {
  chooseValue,
  excludedValues,
  excludeValue,
  hasFilters,
  selectedValues,
  withoutFilters,
  type CatalogueSearch,
} from './catalogue-search.ts'

const facetTitles: readonly { readonly name: FacetName; readonly title: string }[] = [
  { name: 'dataset', title: 'Data set' },
  { name: 'race', title: 'Race, as labelled' },
  { name: 'gender', title: 'Gender, as labelled' },
  { name: 'age', title: 'Age' },
  { name: 'status', title: 'Status' },
  { name: 'finding', title: 'Finding' },
  { name: 'part', title: 'Split part' },
  { name: 'identity', title: 'Identity' },
]

/** Longer lists show their largest values first and the rest on request. */
const shownAtFirst = 12

export interface FacetPanelProps {
  readonly search: CatalogueSearch
  readonly facets: ImageFacets | undefined
  readonly onChange: (search: CatalogueSearch) => void
}

export const FacetPanel = memo(function FacetPanel({ search, facets, onChange }: FacetPanelProps) {
  const api = useApi()
  const splits = useQuery(api.split.list.queryOptions())
  const newestSplit = splits.data?.reduce((newest, { splitId }) => Math.max(newest, splitId), 0)
  /** Parts belong to a split: the one whose parts were counted. */
  const withSplit = (name: FacetName): CatalogueSearch =>
    name === 'part' && search.split === undefined && newestSplit !== undefined && newestSplit > 0
      ? { ...search, split: newestSplit }
      : search
  return (
    <ScrollRegion label="Filters" className={styles['facets']}>
      <div className={styles['head']}>
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
              excluded={excludedValues(search, name)}
              onChoose={(value) => onChange(chooseValue(withSplit(name), name, value))}
              onExclude={(value) => onChange(excludeValue(withSplit(name), name, value))}
            >
              {name === 'part' && <SplitChoice search={search} splits={splits.data} onChange={onChange} />}
            </Facet>
          ))}
    </ScrollRegion>
  )
})

interface SplitChoiceProps {
  readonly search: CatalogueSearch
  readonly splits: readonly { readonly splitId: number; readonly name: string }[] | undefined
  readonly onChange: (search: CatalogueSearch) => void
}

/** Parts belong to a split, so one is chosen first. */
function SplitChoice({ search, splits, onChange }: SplitChoiceProps) {
  if (splits === undefined || splits.length === 0) {
    return <p className={styles['note']}>No split yet.</p>
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
        { value: '', label: 'Newest split' },
        ...splits.map((split) => ({ value: String(split.splitId), label: split.name })),
      ]}
    />
  )
}

interface FacetProps {
  readonly name: FacetName
  readonly title: string
  readonly values: ImageFacets[FacetName]
  readonly selected: readonly (string | null)[]
  readonly excluded: readonly (string | null)[]
  readonly onChoose: (value: string | null) => void
  readonly onExclude: (value: string | null) => void
  readonly children: React.ReactNode
}

function Facet(props: FacetProps) {
  const { name, title, values, selected, excluded } = props
  const [isWhole, setIsWhole] = useState(false)
  const largest = Math.max(1, ...values.map((value) => value.count))
  if (values.length === 0 && name !== 'part') return null
  const isChosen = (value: string | null) => selected.includes(value) || excluded.includes(value)
  const shown = isWhole
    ? values
    : values.filter(({ value }, place) => place < shownAtFirst || isChosen(value))
  const more = values.length - shown.length
  return (
    <section className={styles['facet']} aria-labelledby={`facet-${name}`}>
      <h2 id={`facet-${name}`}>{title}</h2>
      {props.children}
      <ul>
        {shown.map(({ value, label, count }) => (
          <li key={value ?? 'missing'}>
            <UnstyledButton
              className={styles['value']}
              data-missing={value === null || undefined}
              data-excluded={excluded.includes(value) || undefined}
              aria-pressed={selected.includes(value)}
              onClick={(event) => (event.altKey ? props.onExclude(value) : props.onChoose(value))}
            >
              <span className={styles['bar']} style={{ width: `calc((100% - 4px) * ${count / largest})` }} />
              <span className={styles['label']}>
                {formatCategory(label)}
                {excluded.includes(value) && <VisuallyHidden> left out</VisuallyHidden>}
              </span>
              <span className={styles['count']}>{formatCount(count)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {(more > 0 || isWhole) && values.length > shownAtFirst && (
        <Button size="compact-xs" variant="subtle" onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show ${formatCount(more)} more`}
        </Button>
      )}
    </section>
  )
}
