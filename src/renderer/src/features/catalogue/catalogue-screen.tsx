import { Button, Skeleton } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { NeedsProject } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import type { KeyActionOn } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf } from '#renderer/decisions/keys/key-bindings.ts'
import { KeysDialog } from '#renderer/decisions/keys/keys-dialog.tsx'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { RemoveDialog } from '#renderer/decisions/remove-dialog.tsx'
import styles from './catalogue-screen.module.css'
import {
  hasFilters,
  isSameView,
  noCaptions,
  shownColumns,
  sortByColumn,
  toOrdering,
  usualReason,
  withoutFilters,
  type CatalogueSearch,
} from './catalogue-search.ts'
import { CatalogueToolbar } from './catalogue-toolbar.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { FilterChips } from './filter-chips.tsx'
import { FacetPanel } from './facet-panel.tsx'
import { defaultTileSizePx } from './grid-view.ts'
import { ImageDrawer } from '#renderer/components/image-drawer/image-drawer.tsx'
import { ImageGrid } from './image-grid.tsx'
import { ImageTable } from './image-table.tsx'
import { RelabelDialog } from './relabel-dialog.tsx'
import { searchFieldId } from './search-field.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { useCatalogueActions } from './use-catalogue-actions.ts'
import { useFacets, useImages } from './use-images.ts'

export function CatalogueScreen() {
  return (
    <NeedsProject>
      <Catalogue />
    </NeedsProject>
  )
}

type Dialog = 'remove' | 'relabel' | 'export' | 'keys'

function Catalogue() {
  const search = useSearch({ from: '/catalogue' })
  const navigate = useNavigate({ from: '/catalogue' })
  const facets = useFacets(search)
  const images = useImages(search)
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const [erasing, setErasing] = useState<readonly ImageId[] | null>(null)
  const openImage = (image: number | undefined) =>
    void navigate({
      search: (before) => ({ ...before, image }),
      replace: search.image !== undefined,
    })
  const actions = useCatalogueActions({ search, images, openImage })
  const { count, decide } = actions

  // The same function at every drawing, so that filters and toolbar are not drawn again with every page that comes.
  const change = useCallback(
    (next: CatalogueSearch) => void navigate({ search: next, replace: isSameView(search, next) }),
    [navigate, search],
  )
  const { bindings } = useKeyBindings()
  const runs: Readonly<Record<KeyActionOn<'catalogue'>, () => void>> = {
    keep: () => decide({ action: 'keep' }),
    remove: () => count > 0 && setDialog('remove'),
    relabel: () => count > 0 && setDialog('relabel'),
    undo: actions.undo,
    redo: actions.redo,
    'select-all': actions.selectAll,
    details: () => openImage(search.image === undefined ? actions.currentId : undefined),
    search: () => document.getElementById(searchFieldId)?.focus(),
  }
  useShortcuts((chord) => {
    if (chord === 'escape') {
      if (search.image === undefined) actions.clear()
      else openImage(undefined)
      return true
    }
    const action = actionOf(bindings, chord, 'catalogue')
    if (action !== null) runs[action]()
    return action !== null
  })

  const { clear } = actions
  const exportAll = useCallback(() => {
    clear()
    setDialog('export')
  }, [clear])
  const showKeys = useCallback(() => setDialog('keys'), [])
  const { total } = images
  const failure = images.error ?? facets.error
  const list = {
    images,
    total: total ?? 0,
    openImageId: search.image ?? null,
    cursor: actions.cursor,
    isSelected: actions.isSelected,
    onCursor: actions.moveTo,
    onPick: actions.pick,
    onOpen: openImage,
  }
  const listKey = JSON.stringify(toOrdering(search))
  return (
    <div className={styles['catalogue']}>
      <FacetPanel search={search} facets={facets.data} onChange={change} />
      <section className={styles['middle']} aria-label="Catalogue">
        <CatalogueToolbar
          search={search}
          total={total}
          onChange={change}
          onExport={exportAll}
          onKeys={showKeys}
        />
        <FilterChips search={search} facets={facets.data} onChange={change} />
        {failure !== null && <ErrorState error={failure} onRetry={images.refetch} />}
        {failure === null && total === undefined && <GridSkeleton />}
        {failure === null && total === 0 && <NothingHere search={search} onChange={change} />}
        {failure === null && total !== undefined && total > 0 && search.view !== 'table' && (
          <ImageGrid
            key={listKey}
            {...list}
            tileSizePx={search.size ?? defaultTileSizePx}
            captions={search.show ?? noCaptions}
          />
        )}
        {failure === null && total !== undefined && total > 0 && search.view === 'table' && (
          <ImageTable
            key={listKey}
            {...list}
            columns={shownColumns(search)}
            sort={toOrdering(search)}
            onSort={(column) => change(sortByColumn(search, column))}
          />
        )}
        {actions.selected > 0 && (
          <SelectionBar
            count={actions.selected}
            total={total ?? 0}
            isBusy={actions.isBusy}
            bindings={bindings}
            onKeep={() => decide({ action: 'keep' })}
            onRemove={() => setDialog('remove')}
            onRelabel={() => setDialog('relabel')}
            onRestore={() => decide({ action: 'restore' })}
            onExport={() => setDialog('export')}
            onErase={() => void actions.readSelected().then(setErasing)}
            onSelectAll={actions.selectAll}
            onClear={actions.clear}
          />
        )}
      </section>
      {search.image !== undefined && (
        <ImageDrawer
          imageId={search.image}
          onClose={() => openImage(undefined)}
          onOpen={openImage}
          onErase={(image) => setErasing([image])}
          onShowIdentity={(identity) => change({ ...withoutFilters(search), identity, image: search.image })}
        />
      )}
      {dialog === 'remove' && (
        <RemoveDialog
          count={count}
          reason={usualReason(search)}
          onClose={() => setDialog(null)}
          onRemove={(removal) => {
            setDialog(null)
            decide({ action: 'remove', ...removal })
          }}
        />
      )}
      {dialog === 'relabel' && (
        <RelabelDialog
          count={count}
          onClose={() => setDialog(null)}
          onDecide={(choice) => {
            setDialog(null)
            decide(choice)
          }}
        />
      )}
      {erasing !== null && erasing.length > 0 && (
        <EraseDialog
          images={erasing}
          onClose={() => setErasing(null)}
          onStarted={() => {
            setErasing(null)
            actions.clear()
            openImage(undefined)
          }}
        />
      )}
      {dialog === 'keys' && <KeysDialog screen="catalogue" onClose={() => setDialog(null)} />}
      {dialog === 'export' && (
        <ExportDialog
          search={search}
          count={actions.selected > 0 ? actions.selected : (total ?? 0)}
          images={actions.selectedIds}
          onClose={() => setDialog(null)}
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
