import { Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { describeJudge } from '#shared/domain/describe-judge.ts'
import { formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { Key } from '#renderer/components/key.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { formatChord, type Chord } from '#renderer/decisions/keys/chord.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { CutPanel } from './cut-panel.tsx'
import type { CurateSearch, LabelFacet } from './curate-search.ts'
import { describeDetail, readSuggestions } from './finding-words.ts'
import { NeighbourStrip } from './neighbour-strip.tsx'
import type { QueueEntry } from './queue-view.ts'
import { SidePanel } from './side-panel.tsx'
import styles from './why-panel.module.css'

export interface WhyPanelProps {
  readonly summary: CheckSummary
  /** Null when the queue is empty. */
  readonly entry: QueueEntry | null
  readonly search: CurateSearch
  readonly acceptChord: Chord | null
  readonly onAccept: ((label: string) => void) | null
  readonly onToggle: (facet: LabelFacet, value: string | null) => void
}

/** Why an image is in this queue, and what speaks for and against. */
export function WhyPanel({ summary, entry, search, acceptChord, onAccept, onToggle }: WhyPanelProps) {
  const judge = describeJudge(summary.params)
  return (
    <SidePanel label="Why it is here">
      <h2>{checks[summary.id].title}</h2>
      <Quiet>{checks[summary.id].help}</Quiet>
      {judge !== null && <Quiet>{judge}</Quiet>}
      {entry !== null && (
        <>
          <Measured check={summary.id} entry={entry} cut={summary.cut} />
          <Suggestions entry={entry} chord={acceptChord} onAccept={onAccept} />
          <OtherFindings entry={entry} check={summary.id} />
          <NeighbourStrip imageId={entry.finding.tile.id} />
        </>
      )}
      <h3>Where the cut stands</h3>
      <CutPanel
        key={summary.id}
        summary={summary}
        score={entry?.finding.score ?? null}
        search={search}
        onToggle={onToggle}
      />
    </SidePanel>
  )
}

interface MeasuredProps {
  readonly check: CheckId
  readonly entry: QueueEntry
  readonly cut: number | null
}

function Measured({ check, entry, cut }: MeasuredProps) {
  const lines = describeDetail(check, entry.finding.detail)
  return (
    <dl className={styles['measured']} aria-label="Measured">
      <div>
        <dt>score</dt>
        <dd>
          {entry.finding.score.toFixed(2)}
          {cut !== null && <span> (cut {cut.toFixed(2)})</span>}
        </dd>
      </div>
      {lines.map(({ term, value }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface SuggestionsProps {
  readonly entry: QueueEntry
  readonly chord: Chord | null
  readonly onAccept: ((label: string) => void) | null
}

function Suggestions({ entry, chord, onAccept }: SuggestionsProps) {
  const suggestions = readSuggestions(entry.finding.detail)
  if (suggestions.length === 0) return null
  return (
    <>
      <h3>Suggested labels</h3>
      <ul className={styles['suggestions']}>
        {suggestions.map(({ label, probability }, place) => (
          <li key={label}>
            <UnstyledButton
              disabled={onAccept === null}
              onClick={() => onAccept?.(label)}
              aria-label={`Relabel as ${formatCategory(label)}, ${formatShare(probability, 0)}`}
            >
              <span className={styles['suggestionBar']} style={{ width: `${probability * 100}%` }} />
              <span>{formatCategory(label)}</span>
              {place === 0 && chord !== null && <Key>{formatChord(chord)}</Key>}
              <span>{formatShare(probability, 0)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What other checks say of the same image, worst first. */
function OtherFindings({ entry, check }: { readonly entry: QueueEntry; readonly check: CheckSummary['id'] }) {
  const api = useApi()
  const found = useQuery(api.finding.ofImage.queryOptions({ input: { imageId: entry.finding.tile.id } }))
  if (found.error !== null) return <ErrorState error={found.error} compact />
  if (found.data === undefined) return <Skeleton h={24} mt={8} />
  const others = found.data.findings
    .filter((finding) => finding.isFlagged && finding.check !== check)
    .toSorted((a, b) => a.score - b.score)
  if (others.length === 0) return null
  return (
    <p className={styles['others']}>
      Also flagged:{' '}
      {others.map((finding) => `${checks[finding.check].title} (${finding.score.toFixed(2)})`).join(', ')}
    </p>
  )
}
