import { Button, NativeSelect, SegmentedControl, Skeleton, UnstyledButton } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { reasonOfCheck } from '#shared/domain/decision-words.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { ActionButtons } from './action-bar.tsx'
import { useConflictNotices } from './conflict-notice.tsx'
import styles from './curate.module.css'
import { groupImages, mapFigure, type MapColoring, type MapImage } from './figures/map-figure.ts'
import { useKeyBindings } from './keys/use-key-bindings.ts'
import { useShortcuts } from './keys/use-shortcuts.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { describeTile } from './stage.tsx'
import type { DecisionOrder } from './use-decisions.ts'
import { useMap } from './use-map.ts'

const thumbsShown = 60

export interface MapScreenProps {
  /** Whose flags can be coloured. */
  readonly check: CheckId
  readonly tools: React.ReactNode
}

/** All images laid out by likeness; a selection is decided at once. */
export function MapScreen({ check, tools }: MapScreenProps) {
  const map = useMap()
  const [coloring, setColoring] = useState<MapColoring>('race')
  const [drag, setDrag] = useState<'lasso' | 'pan'>('lasso')
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
  const chosen = useMemo(() => map.images.filter(({ tile }) => selected.has(tile.id)), [map.images, selected])
  const isMade = map.madeAt !== null
  return (
    <>
      <section className={styles['middle']} aria-label="Map">
        <div className={styles['toolbar']}>
          <NativeSelect
            aria-label="Colour by"
            value={coloring}
            onChange={(event) =>
              setColoring(colorings.find(({ value }) => value === event.currentTarget.value)?.value ?? 'race')
            }
            data={colorings.map(({ value, label }) => ({
              value,
              label: value === 'flag' ? `${label}: ${checks[check].title}` : label,
            }))}
          />
          <SegmentedControl
            aria-label="What a drag does"
            value={drag}
            onChange={(value) => setDrag(value === 'pan' ? 'pan' : 'lasso')}
            data={[
              { value: 'lasso', label: 'Lasso' },
              { value: 'pan', label: 'Move' },
            ]}
          />
          <span className={styles['position']}>
            {map.isStale ? 'Images have changed since the map was made.' : ''}
          </span>
          {isMade && <MakeMapButton label="Make it again" />}
          {tools}
        </div>
        {map.error !== null && <ErrorState error={map.error} />}
        {map.isPending && map.error === null && <Skeleton className={styles['grow']} radius={0} />}
        {!map.isPending && map.error === null && !isMade && <NoMap space={map.space} />}
        {!map.isPending && isMade && (
          <MapPlot
            images={map.images}
            coloring={coloring}
            check={check}
            drag={drag}
            selected={selected}
            onSelect={setSelected}
          />
        )}
      </section>
      <SelectionPanel
        check={check}
        images={map.images}
        coloring={coloring}
        chosen={chosen}
        onSelect={setSelected}
      />
    </>
  )
}

const colorings = [
  { value: 'race', label: 'Race label' },
  { value: 'gender', label: 'Gender label' },
  { value: 'age', label: 'Age label' },
  { value: 'flag', label: 'Flagged' },
] as const satisfies readonly { value: MapColoring; label: string }[]

function MakeMapButton({ label }: { readonly label: string }) {
  const api = useApi()
  const { showFailure } = useConflictNotices()
  const start = useMutation(api.map.start.mutationOptions({ onError: showFailure }))
  return (
    <Button size="compact-xs" variant="default" loading={start.isPending} onClick={() => start.mutate({})}>
      {label}
    </Button>
  )
}

function NoMap({ space }: { readonly space: string | null }) {
  return (
    <div className={styles['nothing']}>
      {space === null ? (
        <EmptyState text="A map needs images that can be compared: scan with the face checks, or embed the images with a trained model." />
      ) : (
        <EmptyState
          text="No map has been made yet. It lays all images out so that alike ones stand near each other."
          action={<MakeMapButton label="Make the map" />}
        />
      )}
    </div>
  )
}

interface MapPlotProps {
  readonly images: readonly MapImage[]
  readonly coloring: MapColoring
  readonly check: CheckId
  readonly drag: 'lasso' | 'pan'
  readonly selected: ReadonlySet<number>
  readonly onSelect: (ids: ReadonlySet<number>) => void
}

function MapPlot({ images, coloring, check, drag, selected, onSelect }: MapPlotProps) {
  const { ref, height } = useElementSize<HTMLDivElement>()
  const [hasWebGl] = useState(supportsWebGl)
  const figure = useCallback(
    (colors: PlotColors) => mapFigure({ images, coloring, check, drag, selected, hasWebGl }, colors),
    [images, coloring, check, drag, selected, hasWebGl],
  )
  return (
    <div ref={ref} className={styles['map']}>
      {height > 0 && (
        <Plot
          figure={figure}
          heightPx={Math.max(200, height - 48)}
          onSelect={(ids) => onSelect(new Set(ids))}
        />
      )}
    </div>
  )
}

function supportsWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl') !== null
}

interface SelectionPanelProps {
  readonly check: CheckId
  readonly images: readonly MapImage[]
  readonly coloring: MapColoring
  readonly chosen: readonly MapImage[]
  readonly onSelect: (ids: ReadonlySet<number>) => void
}

/** What is selected, and one decision for all of it. */
function SelectionPanel({ check, images, coloring, chosen, onSelect }: SelectionPanelProps) {
  const api = useApi()
  const { showConflicts, showFailure } = useConflictNotices()
  const { bindings } = useKeyBindings()
  const [isRemoving, setIsRemoving] = useState(false)
  const [message, setMessage] = useState('')
  const settle = (outcome: DecisionOutcome) => {
    setMessage(outcome.title)
    showConflicts(outcome)
    onSelect(new Set())
  }
  const decide = useMutation({
    ...api.decision.decide.mutationOptions({ onSuccess: settle, onError: showFailure }),
    scope: { id: 'decisions' },
  })
  const undo = useMutation({
    ...api.decision.undo.mutationOptions({ onSuccess: settle, onError: showFailure }),
    scope: { id: 'decisions' },
  })
  const decideAll = (choice: Pick<DecisionOrder, 'action' | 'reason' | 'note'>) => {
    if (chosen.length === 0) return
    decide.mutate({
      ...choice,
      target: { images: chosen.map(({ tile }) => ({ imageId: tile.id, revision: tile.revision })) },
    })
  }
  const isDisabled = chosen.length === 0 || decide.isPending
  const actions = [
    { title: 'Keep', chord: bindings.keep, run: () => decideAll({ action: 'keep' }), isDisabled },
    {
      title: 'Remove…',
      chord: bindings.remove,
      run: () => setIsRemoving(true),
      isDisabled,
      tone: 'danger' as const,
    },
    { title: 'Suspect', chord: bindings.suspect, run: () => decideAll({ action: 'suspect' }), isDisabled },
    { title: 'Undo', chord: bindings.undo, run: () => undo.mutate({}) },
  ]
  useShortcuts((chord) => {
    const action = actions.find((one) => one.chord === chord)
    if (chord === 'escape' && chosen.length > 0) onSelect(new Set())
    else if (action === undefined || ('isDisabled' in action && action.isDisabled)) return false
    else action.run()
    return true
  })
  return (
    <ScrollRegion label="Selection" className={styles['why']}>
      <h2>{chosen.length === 0 ? 'Nothing selected' : `${pluralise(chosen.length, 'image')} selected`}</h2>
      <p className={styles['quiet']}>
        Draw around images on the map, or choose a group below. {chosen.length > 0 && 'Esc clears.'}
      </p>
      <div className={styles['selectionActions']}>
        <ActionButtons actions={actions} />
      </div>
      <output className={styles['message']} aria-live="polite">
        {message}
      </output>
      <ul className={styles['selectionThumbs']}>
        {chosen.slice(0, thumbsShown).map(({ tile }) => (
          <li key={tile.id} title={describeTile(tile)}>
            <Thumb
              imageId={tile.id}
              version={tile.thumb}
              alt={`Image ${tile.id}, labelled ${describeTile(tile)}`}
            />
          </li>
        ))}
      </ul>
      {chosen.length > thumbsShown && (
        <p className={styles['quiet']}>and {formatCount(chosen.length - thumbsShown)} more</p>
      )}
      <h3>Groups</h3>
      <ul className={styles['mapGroups']}>
        {groupImages(images, coloring, check).map(({ group, images: some }) => (
          <li key={group}>
            <UnstyledButton
              className={styles['queue']}
              onClick={() => onSelect(new Set(some.map(({ tile }) => tile.id)))}
            >
              <span className={styles['queueTitle']}>{formatCategory(group)}</span>
              <span className={styles['queueCount']}>{formatCount(some.length)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {isRemoving && (
        <RemoveDialog
          count={chosen.length}
          reason={reasonOfCheck('outlier')}
          onClose={() => setIsRemoving(false)}
          onRemove={(removal) => {
            setIsRemoving(false)
            decideAll({ action: 'remove', ...removal })
          }}
        />
      )}
    </ScrollRegion>
  )
}
