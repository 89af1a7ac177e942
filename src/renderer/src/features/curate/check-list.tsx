import { Button, VisuallyHidden } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { formatCount } from '#shared/domain/format.ts'
import { checks, checkSources, type CheckId } from '#shared/domain/checks.ts'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { countStops } from '#renderer/components/queue-count.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { shelve } from './check-groups.ts'
import { CountRow } from './count-row.tsx'
import styles from './check-list.module.css'

export interface CheckListProps {
  readonly summaries: readonly CheckSummary[]
  readonly chosen: CheckId | null
  readonly onChoose: (check: CheckId) => void
  readonly onScan: () => void
}

/** Every check as a queue with what is left in it; what was not checked says why and never looks clean. */
export function CheckList({ summaries, chosen, onChoose, onScan }: CheckListProps) {
  const shelves = shelve(summaries)
  const largest = Math.max(1, ...summaries.map((check) => countStops(check)))
  const row = (check: CheckSummary) => (
    <QueueRow
      key={check.id}
      check={check}
      share={countStops(check) / largest}
      isChosen={check.id === chosen}
      onChoose={onChoose}
    />
  )
  const stale = summaries.find(({ state }) => state === 'stale')
  return (
    <ScrollRegion label="Queues" className={styles['list']}>
      <div className={styles['head']}>
        <h2>Queues</h2>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconRefresh size={12} aria-hidden />}
          onClick={onScan}
        >
          Scan
        </Button>
      </div>
      {stale !== undefined && <p className={styles['note']}>{stale.reason}</p>}
      {shelves.open.map(({ source, checks: some }) => (
        <section key={source} aria-label={checkSources[source].title}>
          <h3>{checkSources[source].title}</h3>
          <ul>{some.map(row)}</ul>
        </section>
      ))}
      {shelves.clear.length > 0 && (
        <details open={shelves.open.length === 0}>
          <summary>Nothing open ({formatCount(shelves.clear.length)})</summary>
          <ul>{shelves.clear.map(row)}</ul>
        </details>
      )}
      {shelves.unchecked.length > 0 && (
        <section aria-label="Not checked">
          <h3>Not checked</h3>
          {shelves.unchecked.map(({ reason, checks: some }) => (
            <div key={reason} className={styles['unchecked']}>
              <p>{some.map(({ id }) => checks[id].title).join(', ')}</p>
              <p className={styles['note']}>{reason}</p>
            </div>
          ))}
        </section>
      )}
    </ScrollRegion>
  )
}

interface QueueRowProps {
  readonly check: CheckSummary
  readonly share: number
  readonly isChosen: boolean
  readonly onChoose: (check: CheckId) => void
}

function QueueRow({ check: { id, groups, ...images }, share, isChosen, onChoose }: QueueRowProps) {
  // A stop of the queue is what is counted: copies of one picture are decided together.
  const { open, flagged } = groups ?? images
  return (
    <li>
      <CountRow
        title={checks[id].title}
        help={checks[id].help}
        count={
          <>
            {formatCount(open)}
            <VisuallyHidden>
              {' '}
              open of {formatCount(flagged)} flagged{groups !== null && ' groups'}
            </VisuallyHidden>
          </>
        }
        share={share}
        isChosen={isChosen}
        onChoose={() => onChoose(id)}
      />
    </li>
  )
}
