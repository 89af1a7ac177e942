import { Button, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { EmbedChoice } from '#renderer/components/embed-choice.tsx'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { Plot } from '#renderer/components/plot/plot.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { showFailure } from '#renderer/components/notices.ts'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import { Centered } from './centered.tsx'
import styles from './map-screen.module.css'
import { mapFigure, type MapColoring, type MapGroup } from './figures/map-figure.ts'
import { Middle, Toolbar } from './middle.tsx'
import { MapSelection } from './map-selection.tsx'
import { useMap } from './use-map.ts'

export interface MapScreenProps {
  /** Whose flags can be coloured. */
  readonly check: CheckId
  readonly deciding: Deciding
  readonly tools: React.ReactNode
}

/** All images laid out by likeness; a selection is decided at once. */
export function MapScreen({ check, deciding, tools }: MapScreenProps) {
  const [coloring, setColoring] = useState<MapColoring>('race')
  const map = useMap(coloring === 'flag' ? check : coloring)
  const [drag, setDrag] = useState<'lasso' | 'pan'>('lasso')
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
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
          />
        )}
      </Middle>
      <MapSelection groups={map.groups} selected={selected} deciding={deciding} onSelect={setSelected} />
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
}

function MapPlot({ groups, coloring, check, drag, selected, onSelect }: MapPlotProps) {
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
        />
      )}
    </div>
  )
}

function supportsWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl') !== null
}
