import { ActionIcon, Button, Switch } from '@mantine/core'
import { IconKeyboard, IconLayoutGrid, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type Dispatch } from 'react'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { Key } from '#renderer/components/key.tsx'
import { describeStops } from '#renderer/components/queue-count.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { ActionButtons, type ActionButton } from '#renderer/decisions/action-buttons.tsx'
import { formatChord } from '#renderer/decisions/keys/chord.ts'
import { KeysDialog } from '#renderer/decisions/keys/keys-dialog.tsx'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { RemoveDialog } from '#renderer/decisions/remove-dialog.tsx'
import type { Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { ActionBar } from '#renderer/decisions/action-bar.tsx'
import { ageChoices } from './age-choices.ts'
import { BulkDialog } from './bulk-dialog.tsx'
import { Centered } from './centered.tsx'
import { isGroupCheck, queueBeside } from './check-groups.ts'
import {
  labelFacets,
  openFilter,
  tilesOfQueue,
  toggleFacet,
  toQueueFilter,
  type CurateSearch,
} from './curate-search.ts'
import styles from './queue-screen.module.css'
import { CopiesDialog } from './copies-dialog.tsx'
import { GroupStage } from './group-stage.tsx'
import { LabelChoiceDialog } from './label-choice-dialog.tsx'
import { LabelPicker } from './label-picker.tsx'
import { Middle, Toolbar } from '#renderer/components/middle.tsx'
import { QueueStrip } from './queue-strip.tsx'
import type { ReviewSession, SessionEvent } from './review-session.ts'
import { checks, reasonOfCheck, type CheckId } from '#shared/domain/checks.ts'
import { Stage, StageSkeleton } from './stage.tsx'
import { StatusLine } from './status-line.tsx'
import { useGroup } from './use-group.ts'
import { useImageFacts } from './use-image-facts.ts'
import { useQueue, type Queue } from './use-queue.ts'
import { useQueueActions } from './use-queue-actions.ts'
import { useQueueDecisions } from './use-queue-decisions.ts'
import { useSelection } from './use-selection.ts'
import { useZoom } from './use-zoom.ts'
import { WhyPanel } from './why-panel.tsx'
import { zoomStyle } from './zoom-pane.tsx'

/** Images that are read and drawn before their turn comes. */
const imagesAhead = 4

export interface QueueScreenProps {
  readonly summaries: readonly CheckSummary[]
  readonly summary: CheckSummary
  readonly search: CurateSearch
  readonly session: ReviewSession
  readonly dispatch: Dispatch<SessionEvent>
  readonly deciding: Deciding
  readonly onSearch: (search: CurateSearch) => void
  readonly onChoose: (check: CheckId) => void
  /** Buttons of the screen that stand beside those of the queue. */
  readonly tools: React.ReactNode
}

type OpenDialog = 'remove' | 'bulk' | 'labels' | 'keys' | null

/** One queue: the image in view, what is done with it, and why it is here. */
export function QueueScreen(props: QueueScreenProps) {
  const { summary, search, session, dispatch, deciding, onSearch, tools } = props
  const withDecided = search.decided === true
  const api = useApi()
  const check = summary.id
  const filter = toQueueFilter(search)
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const { bindings } = useKeyBindings()
  const queue = useQueue({ check, filter, session, withDecided })
  const decisions = useQueueDecisions({ queue, deciding, dispatch })
  const selection = useSelection(queue.entries)
  const isNarrowed = labelFacets.some((facet) => search[facet] !== undefined)
  const narrowed = useQuery(
    api.image.facets.queryOptions({
      input: { filter: openFilter(check, filter) },
      enabled: isNarrowed && !withDecided && !isGroupCheck(check),
    }),
  )
  const { entries } = queue
  const index = queue.index ?? entries.length
  const entry = entries[index] ?? null
  const zoom = useZoom(entry?.finding.tile.id ?? null)
  const open = (direction: 'next' | 'previous') => {
    const beside = queueBeside(props.summaries, check, direction)
    return beside === null ? null : () => props.onChoose(beside.id)
  }
  const ahead = entries.slice(index + 1, index + 1 + imagesAhead).map(({ finding }) => finding.tile.id)
  const facts = useImageFacts(entry === null ? [] : [entry.finding.tile.id, ...ahead.slice(0, 2)])
  const choice = useGroup(check, entry?.groupId ?? null)
  const actions = useQueueActions({
    queue,
    decisions,
    selection,
    choices: facts.choices,
    group: choice,
    bindings,
    openRemove: () => setDialog('remove'),
    zoomIn: zoom.zoomIn,
    openQueue: { next: open('next'), previous: open('previous') },
    toggleDecided: () => onSearch({ ...search, decided: withDecided ? undefined : true }),
    openBulk: () => setDialog('bulk'),
    openLabels: () => setDialog('labels'),
  })
  const toggle = (facet: (typeof labelFacets)[number], value: string | null) =>
    onSearch(toggleFacet(search, facet, value))

  return (
    <>
      <Middle label="Queue">
        <Toolbar
          start={<Narrowing search={search} onSearch={onSearch} />}
          position={
            entry === null
              ? ''
              : describePosition(queue, { index, summary, search, narrowed: narrowed.data?.total })
          }
        >
          <ActionIcon
            size={22}
            aria-label="Tiles"
            title="Show the queue as tiles"
            renderRoot={(link) => <Link {...link} to="/catalogue" search={tilesOfQueue(check, search)} />}
          >
            <IconLayoutGrid size={16} />
          </ActionIcon>
          <Switch
            label="Decided"
            title={`Show what is decided as well${bindings.decided === null ? '' : ` (${formatChord(bindings.decided)})`}`}
            checked={withDecided}
            onChange={(event) => onSearch({ ...search, decided: event.currentTarget.checked || undefined })}
          />
          <Button
            size="compact-xs"
            variant="default"
            disabled={entry === null}
            onClick={() => setDialog('bulk')}
          >
            Decide all
          </Button>
          <ActionIcon
            size={22}
            aria-label="Keys"
            title="Keys of this screen"
            onClick={() => setDialog('keys')}
          >
            <IconKeyboard size={16} />
          </ActionIcon>
          {tools}
        </Toolbar>
        {queue.error !== null && <ErrorState error={queue.error} onRetry={queue.refetch} />}
        {choice.error !== null && <ErrorState error={choice.error} />}
        {entry !== null && choice.isAlone && (
          <p className={styles['alone']}>
            {check === 'conflicting-labels'
              ? 'Copies of it that were labelled otherwise have been removed. Keep it to confirm its labels, or correct them.'
              : 'All its other copies have been removed.'}
          </p>
        )}
        {entry === null ? (
          <QueueEnd
            queue={queue}
            actions={actions.ending}
            next={queueBeside(props.summaries, check, 'next')}
          />
        ) : choice.isPending && choice.error === null ? (
          <StageSkeleton />
        ) : choice.group === null ? (
          <Stage entry={entry} nextIds={ahead} detail={facts.detail} zoom={zoom} />
        ) : (
          <div className={styles['zoomed']} style={zoomStyle(zoom.view)}>
            <GroupStage group={choice.group} kept={choice.kept} onToggle={choice.toggle} />
          </div>
        )}
        {entries.length > 0 && (
          <QueueStrip
            entries={entries}
            index={index}
            selected={selection.ids}
            onGo={queue.goTo}
            onSelect={(place, kind) =>
              kind === 'range' ? selection.extendTo(place) : selection.toggle(place)
            }
            onNeed={queue.needUntil}
          />
        )}
        <ActionBar
          label="Decisions"
          picker={
            entry !== null &&
            choice.group === null &&
            facts.choices !== null && (
              <LabelPicker
                task={actions.picking ?? 'race'}
                labels={labelsFor(actions.picking, facts.choices)}
                current={currentLabel(actions.picking, entry.finding.tile)}
                onPick={actions.pick}
                onClose={actions.picking === null ? null : actions.stopPicking}
              />
            )
          }
          actions={actions.buttons}
        >
          <div className={styles['statusRow']}>
            {selection.ids.size > 0 && (
              <span className={styles['selected']}>
                {pluralise(selection.ids.size, 'image')} selected
                <button type="button" onClick={selection.clear}>
                  Clear <Key>Esc</Key>
                </button>
              </span>
            )}
            <StatusLine message={decisions.message} />
            <div className={styles['statusEnd']}>
              <ActionButtons actions={actions.endButtons} />
            </div>
          </div>
        </ActionBar>
      </Middle>
      <WhyPanel
        summary={summary}
        entry={entry}
        search={search}
        acceptChord={bindings.accept}
        onAccept={actions.accept}
        onToggle={toggle}
      />
      {dialog === 'remove' && (
        <RemoveDialog
          count={actions.targetCount}
          reason={reasonOfCheck(check)}
          onClose={() => setDialog(null)}
          onRemove={(removal) => {
            setDialog(null)
            actions.decide({ action: 'remove', ...removal })
          }}
        />
      )}
      {dialog === 'labels' && choice.group !== null && (
        <LabelChoiceDialog
          group={choice.group}
          onClose={() => setDialog(null)}
          onTake={(labels) => {
            setDialog(null)
            actions.takeLabels?.(labels)
          }}
        />
      )}
      {dialog === 'bulk' && isGroupCheck(check) && (
        <CopiesDialog
          check={check}
          filter={filter}
          deciding={deciding}
          onClose={() => setDialog(null)}
          onDone={(outcome) => {
            setDialog(null)
            decisions.report(outcome)
          }}
        />
      )}
      {dialog === 'bulk' && !isGroupCheck(check) && (
        <BulkDialog
          check={check}
          filter={filter}
          deciding={deciding}
          onClose={() => setDialog(null)}
          onDone={(outcome) => {
            setDialog(null)
            decisions.report(outcome)
          }}
        />
      )}
      {dialog === 'keys' && <KeysDialog screen="curate" onClose={() => setDialog(null)} />}
    </>
  )
}

interface Position {
  readonly index: number
  readonly summary: CheckSummary
  readonly search: CurateSearch
  /** Images that wait in the queue as it is narrowed, once they are counted. */
  readonly narrowed: number | undefined
}

/** "3 of 72"; "3 of 60+" where the end of a narrowed queue, or of one of groups, has not been read yet. */
function describePosition(
  { entries, hasMore }: Queue,
  { index, summary, search, narrowed }: Position,
): string {
  const isAll = labelFacets.every((facet) => search[facet] === undefined)
  const counted = isAll ? (search.decided === true ? summary.flagged : summary.open) : narrowed
  const isWhole = !isGroupCheck(summary.id) && counted !== undefined
  const known = isWhole ? Math.max(counted, entries.length) : entries.length
  const total = `${formatCount(known)}${!isWhole && hasMore ? '+' : ''}`
  return `${formatCount(index + 1)} of ${total}${isGroupCheck(summary.id) ? ' groups' : ''}`
}

type Picking = 'gender' | 'age' | null

function labelsFor(
  picking: Picking,
  choices: { readonly race: readonly string[]; readonly gender: readonly string[] },
): readonly string[] {
  if (picking === 'age') return ageChoices
  return picking === 'gender' ? choices.gender : choices.race
}

function currentLabel(
  picking: Picking,
  tile: { readonly race: string | null; readonly gender: string | null; readonly ageBin: string | null },
): string | null {
  if (picking === 'age') return tile.ageBin
  return picking === 'gender' ? tile.gender : tile.race
}

interface NarrowingProps {
  readonly search: CurateSearch
  readonly onSearch: (search: CurateSearch) => void
}

/** What the queue is narrowed to, each with a way out. */
function Narrowing({ search, onSearch }: NarrowingProps) {
  return labelFacets.flatMap((facet) => {
    const value = search[facet]
    if (value === undefined) return []
    const words = value === null ? `no ${facet} label` : formatCategory(value)
    return [
      <button
        key={facet}
        type="button"
        className={styles['narrowed']}
        aria-label={`Only labelled ${words}. Show all again`}
        onClick={() => onSearch({ ...search, [facet]: undefined })}
      >
        {words}
        <IconX size={12} aria-hidden />
      </button>,
    ]
  })
}

interface QueueEndProps {
  readonly queue: Queue
  readonly actions: readonly ActionButton[]
  readonly next: CheckSummary | null
}

/** Behind the last entry: nothing is decided here, and nothing begins again by itself. */
function QueueEnd({ queue: { check, entries, error, isReading }, actions, next }: QueueEndProps) {
  if (error !== null) return null
  if (isReading) return <StageSkeleton />
  const open = entries.filter(({ finding }) => !finding.isDecided).length
  const left = `${pluralise(open, isGroupCheck(check) ? 'group' : 'image')} of it ${open === 1 ? 'is' : 'are'} still open.`
  return (
    <Centered>
      <div>
        <output className={styles['end']} aria-live="polite">
          <strong>{open === 0 ? 'Nothing is open in this queue.' : 'This is the end of the queue.'}</strong>
          {open > 0 && <span>{left}</span>}
          <span>
            {next === null
              ? 'No queue after this one has anything to decide.'
              : `Next: ${checks[next.id].title}, ${describeStops(next)}.`}
          </span>
        </output>
        <div className={styles['endActions']}>
          <ActionButtons actions={actions} />
        </div>
      </div>
    </Centered>
  )
}
