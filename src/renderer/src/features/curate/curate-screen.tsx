import { Button, SegmentedControl, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useReducer, useState } from 'react'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { FailurePage, NeedsProject } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useDecide } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { Centered } from './centered.tsx'
import { firstQueue, shelve } from './check-groups.ts'
import { CheckList } from './check-list.tsx'
import type { CurateSearch } from './curate-search.ts'
import styles from './curate-screen.module.css'
import { MapScreen } from './map-screen.tsx'
import { Middle } from '#renderer/components/middle.tsx'
import { QueueProgress } from './queue-progress.tsx'
import { QueueScreen } from './queue-screen.tsx'
import { ReadingDialog } from './reading-dialog.tsx'
import { ReadingScreen } from './reading-screen.tsx'
import { newSession, reviewReducer } from './review-session.ts'
import { ScanDialog } from './scan-dialog.tsx'
import { ShortcutScreen } from './shortcut-screen.tsx'
import { SidePanel } from './side-panel.tsx'
import { StageSkeleton } from './stage.tsx'

export function CurateScreen() {
  return (
    <NeedsProject>
      <Curate />
    </NeedsProject>
  )
}

function Curate() {
  const api = useApi()
  const list = useQuery(api.check.list.queryOptions())
  if (list.error !== null) {
    return (
      <FailurePage>
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      </FailurePage>
    )
  }
  if (list.data === undefined) return <CurateSkeleton />
  return <CurateColumns summaries={list.data} />
}

function CurateColumns({ summaries }: { readonly summaries: readonly CheckSummary[] }) {
  const search = useSearch({ from: '/curate' })
  const navigate = useNavigate({ from: '/curate' })
  const [session, dispatch] = useReducer(reviewReducer, newSession)
  const deciding = useDecide()
  const [isReading, setIsReading] = useState(false)
  const isUnscanned = summaries.every(({ state }) => state === 'not-checked')
  const chosen = search.check ?? firstQueue(shelve(summaries))
  const summary = summaries.find(({ id }) => id === chosen)
  const show = (next: CurateSearch) => void navigate({ search: next })
  const setScan = (dialog: 'scan' | undefined) =>
    void navigate({ search: { ...search, dialog }, replace: true })
  const { reading } = search
  if (reading !== undefined) {
    return <ReadingScreen readingId={reading} onClose={() => show({ ...search, reading: undefined })} />
  }
  return (
    <div className={styles['curate']}>
      <div className={styles['left']}>
        <CheckList
          summaries={summaries}
          chosen={chosen}
          onChoose={(check) => show({ check, decided: search.decided })}
          onScan={() => setScan('scan')}
        />
        {chosen !== null && !isUnscanned && <QueueProgress check={chosen} />}
      </div>
      {isUnscanned ? (
        <Centered>
          <EmptyState
            text="Nothing has been checked yet. A scan looks for images that do not belong; it removes nothing by itself."
            action={<Button onClick={() => setScan('scan')}>Scan the images</Button>}
          />
        </Centered>
      ) : (
        summary !== undefined &&
        (search.view === 'shortcuts' ? (
          <ShortcutScreen
            onScan={() => setScan('scan')}
            tools={<ViewChoice view="shortcuts" onChoose={(view) => show({ ...search, view })} />}
          />
        ) : search.view === 'map' ? (
          <MapScreen
            check={summary.id}
            deciding={deciding}
            search={search}
            onSearch={show}
            tools={<ViewChoice view="map" onChoose={(view) => show({ ...search, view })} />}
          />
        ) : (
          <QueueScreen
            key={`${summary.id} ${JSON.stringify([search.race, search.gender, search.age])}`}
            summaries={summaries}
            summary={summary}
            search={search}
            session={session}
            dispatch={dispatch}
            deciding={deciding}
            onSearch={show}
            onChoose={(check) => show({ check, decided: search.decided })}
            tools={
              <>
                <Button size="compact-xs" variant="default" onClick={() => setIsReading(true)}>
                  Second reader
                </Button>
                <ViewChoice view={undefined} onChoose={(view) => show({ ...search, view })} />
              </>
            }
          />
        ))
      )}
      {search.dialog === 'scan' && <ScanDialog summaries={summaries} onClose={() => setScan(undefined)} />}
      {isReading && chosen !== null && (
        <ReadingDialog
          check={chosen}
          onClose={() => setIsReading(false)}
          onOpen={(opened) => {
            setIsReading(false)
            show({ ...search, reading: opened })
          }}
        />
      )}
    </div>
  )
}

interface ViewChoiceProps {
  readonly view: CurateSearch['view']
  readonly onChoose: (view: CurateSearch['view']) => void
}

function ViewChoice({ view, onChoose }: ViewChoiceProps) {
  return (
    <SegmentedControl
      aria-label="View"
      value={view ?? 'queue'}
      onChange={(value) => onChoose(value === 'map' || value === 'shortcuts' ? value : undefined)}
      data={[
        { value: 'queue', label: 'Queue' },
        { value: 'map', label: 'Map' },
        { value: 'shortcuts', label: 'Shortcuts' },
      ]}
    />
  )
}

function CurateSkeleton() {
  return (
    <div className={styles['curate']} aria-busy="true">
      <div className={styles['left']}>
        {Array.from({ length: 12 }, (_, row) => (
          <Skeleton key={row} h={20} mb={8} />
        ))}
      </div>
      <Middle label="Queue">
        <StageSkeleton />
      </Middle>
      <SidePanel label="Why it is here">
        <Skeleton h={160} mb={16} />
        <Skeleton h={240} />
      </SidePanel>
    </div>
  )
}
