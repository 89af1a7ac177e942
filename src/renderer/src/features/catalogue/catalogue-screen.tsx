import { Button, Skeleton } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { NeedsProject } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import styles from './catalogue.module.css'
import { hasFilters, withoutFilters, type CatalogueSearch } from './catalogue-search.ts'
import { CatalogueToolbar } from './catalogue-toolbar.tsx'
import { FacetPanel } from './facet-panel.tsx'
import { defaultTileSizePx } from './grid-view.ts'
import { ImageDrawer } from './image-drawer.tsx'
import { ImageGrid } from './image-grid.tsx'
import { useFacets, useImages } from './use-images.ts'

export function CatalogueScreen() {
  return (
    <NeedsProject>
      <Catalogue />
    </NeedsProject>
  )
}

function Catalogue() {
  const search = useSearch({ from: '/catalogue' })
  const navigate = useNavigate({ from: '/catalogue' })
  const facets = useFacets(search)
  const images = useImages(search)
  const [cursor, setCursor] = useState(0)

  const change = (next: CatalogueSearch) => {
    setCursor(0)
    void navigate({ search: next, replace: true })
  }
  const openImage = (image: number | undefined) =>
    void navigate({ search: (before) => ({ ...before, image }), replace: true })
  const moveTo = (index: number) => {
    setCursor(index)
    const tile = images.tiles[index]
    if (search.image !== undefined && tile !== undefined) openImage(tile.id)
  }
  const closeOnEscape = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && search.image !== undefined) openImage(undefined)
  }

  const total = facets.data?.total
  const failure = images.error ?? facets.error
  return (
    // Escape closes the drawer from wherever the focus is on this screen.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={styles['catalogue']} onKeyDown={closeOnEscape}>
      <FacetPanel search={search} facets={facets.data} onChange={change} />
      <section className={styles['middle']} aria-label="Catalogue">
        <CatalogueToolbar search={search} total={total} onChange={change} />
        {failure !== null && <ErrorState error={failure} onRetry={images.refetch} />}
        {failure === null && (images.isPending || total === undefined) && <GridSkeleton />}
        {failure === null && !images.isPending && total === 0 && (
          <NothingHere search={search} onChange={change} />
        )}
        {failure === null && !images.isPending && total !== undefined && total > 0 && (
          <ImageGrid
            tiles={images.tiles}
            total={total}
            tileSizePx={search.size ?? defaultTileSizePx}
            openImageId={search.image ?? null}
            cursor={cursor}
            onCursor={moveTo}
            onOpen={openImage}
            onNeed={images.loadUntil}
          />
        )}
      </section>
      {search.image !== undefined && (
        <ImageDrawer
          imageId={search.image}
          onClose={() => openImage(undefined)}
          onOpen={openImage}
          onShowIdentity={(identity) => change({ ...withoutFilters(search), identity, image: search.image })}
        />
      )}
    </div>
  )
}

function GridSkeleton() {
  return (
    <div className={styles['skeleton']} aria-busy="true">
      {Array.from({ length: 40 }, (_, index) => (
        <Skeleton key={index} h={defaultTileSizePx} w={defaultTileSizePx} radius={0} />
      ))}
    </div>
  )
}

interface NothingHereProps {
  readonly search: CatalogueSearch
  readonly onChange: (search: CatalogueSearch) => void
}

function NothingHere({ search, onChange }: NothingHereProps) {
  const navigate = useNavigate()
  if (hasFilters(search)) {
    return (
      <EmptyState
        text="No image matches all of these filters."
        action={<Button onClick={() => onChange(withoutFilters(search))}>Clear the filters</Button>}
      />
    )
  }
  return (
    <EmptyState
      text="The catalogue is empty."
      action={
        <Button onClick={() => void navigate({ to: '/', search: { dialog: 'import' } })}>
          Import images
        </Button>
      }
    />
  )
}
