import { Button, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { EmbedChoice } from '#renderer/components/embed-choice.tsx'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { CaptionChoice } from '#renderer/components/caption-choice.tsx'
import { ImageDrawer } from '#renderer/components/image-drawer/image-drawer.tsx'
import { Plot, type HoveredPoint } from '#renderer/components/plot/plot.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { showFailure } from '#renderer/components/notices.ts'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { CaptionKind } from '#renderer/components/tile-words.ts'
import { Centered } from './centered.tsx'
import type { CurateSearch } from './curate-search.ts'
import styles from './map-screen.module.css'
import { mapFigure, type MapColoring, type MapGroup } from './figures/map-figure.ts'
import { Middle, Toolbar } from '#renderer/components/middle.tsx'
import { MapHover } from './map-hover.tsx'
import { MapSelection } from './map-selection.tsx'
import { useMap } from './use-map.ts'

export interface MapScreenProps {
  /** Whose flags can be coloured. */
  readonly check: CheckId
  readonly deciding: Deciding
  readonly search: CurateSearch
  readonly onSearch: (search: CurateSearch) => void
  readonly tools: React.ReactNode
}

const usualCaptions: readonly CaptionKind[] = ['labels', 'findings']

/** All images laid out by likeness; a selection is decided at once. */
export function MapScreen({ check, deciding, search, onSearch, tools }: MapScreenProps) {
  const [coloring, setColoring] = useState<MapColoring>('race')
  const map = useMap(coloring === 'flag' ? check : coloring)
  const [drag, setDrag] = useState<'lasso' | 'pan'>('lasso')
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
  const [hovered, setHovered] = useState<HoveredPoint | null>(null)
  const navigate = useNavigate()
  const captions = search.show ?? usualCaptions
  const open = (image: number | undefined) => onSearch({ ...search, image })
  useShortcuts((chord) => {
    if (chord !== 'escape' || search.image === undefined) return false
    open(undefined)
    return true
  })
  const isMade = map.madeAt !== null
  return (
    <>
      <Middle label="Map">
        <Toolbar
          start={
            <>
              <NativeSelect
                aria-label="Colour by"
                value={coloring}
                onChange={(event) =>
                  setColoring(
                    colorings.find(({ value }) => value === event.currentTarget.value)?.value ?? 'race',
                  )
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
            </>
          }
          position={map.isStale ? 'Images have changed since the map was made.' : ''}
        >
          <CaptionChoice captions={captions} onChange={(show) => onSearch({ ...search, show: [...show] })} />
          {isMade && <MakeMapButton label="Make it again" />}
          {tools}
        </Toolbar>
        {map.error !== null && <ErrorState error={map.error} />}
        {map.isPending && map.error === null && <Skeleton flex={1} radius={0} />}
        {!map.isPending && map.error === null && !isMade && <NoMap space={map.space} />}
        {!map.isPending && isMade && (
          <MapPlot
            groups={map.groups}
            coloring={coloring}
            check={check}
            drag={drag}
            selected={selected}
            onSelect={setSelected}
            onHover={setHovered}
            onPick={open}
          />
        )}
        {hovered !== null && <MapHover hovered={hovered} captions={captions} />}
      </Middle>
      {search.image === undefined ? (
        <MapSelection
          groups={map.groups}
          selected={selected}
          deciding={deciding}
          onSelect={setSelected}
          onOpen={open}
        />
      ) : (
        <div className={styles['drawer']}>
          <ImageDrawer
            imageId={search.image}
            onClose={() => open(undefined)}
            onOpen={open}
            onShowIdentity={(identity) => void navigate({ to: '/catalogue', search: { identity } })}
          />
        </div>
      )}
    </>
  )
}

const colorings = [
  { value: 'race', label: 'Race label' },
  { value: 'gender', label: 'Gender label' },
  { value: 'age', label: 'Age label' },
  { value: 'flag', label: 'Flagged' },
] as const satisfies readonly { value: MapColoring; label: string }[]

/** Starts the map, and shows how far it is. */
function MakeMapButton({ label }: { readonly label: string }) {
  const api = useApi()
  const { jobs } = useJobs()
  const start = useMutation(api.map.start.mutationOptions({ onError: showFailure }))
  const running = jobs.find(({ kind, state }) => kind === 'map' && isJobActive(state))
  if (running !== undefined) return <JobProgress job={running} />
  return (
    <Button size="compact-xs" variant="default" loading={start.isPending} onClick={() => start.mutate({})}>
      {label}
    </Button>
  )
}

function NoMap({ space }: { readonly space: string | null }) {
  return (
    <Centered>
      {space === null ? (
        <EmbedChoice text="A map needs images that can be compared." />
      ) : (
        <EmptyState
          text="No map has been made yet. It lays all images out so that alike ones stand near each other."
          action={<MakeMapButton label="Make the map" />}
        />
      )}
    </Centered>
  )
}

interface MapPlotProps {
  readonly groups: readonly MapGroup[]
  readonly coloring: MapColoring
  readonly check: CheckId
  readonly drag: 'lasso' | 'pan'
  readonly selected: ReadonlySet<number>
  readonly onSelect: (ids: ReadonlySet<number>) => void
  readonly onHover: (hovered: HoveredPoint | null) => void
  readonly onPick: (imageId: number) => void
}

function MapPlot(props: MapPlotProps) {
  const { groups, coloring, check, drag, selected, onSelect, onHover, onPick } = props
  const { ref, height } = useElementSize<HTMLDivElement>()
  const [hasWebGl] = useState(supportsWebGl)
  const figure = useCallback(
    (colors: PlotColors) => mapFigure({ groups, coloring, check, drag, selected, hasWebGl }, colors),
    [groups, coloring, check, drag, selected, hasWebGl],
  )
  return (
    <div ref={ref} className={styles['map']}>
      {height > 0 && (
        <Plot
          figure={figure}
          heightPx={Math.max(200, height - 48)}
          onSelect={(ids) => onSelect(new Set(ids))}
          onHover={onHover}
          onPick={onPick}
        />
      )}
    </div>
  )
}

function supportsWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl') !== null
}
