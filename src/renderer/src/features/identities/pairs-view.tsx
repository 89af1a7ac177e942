import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { Middle, Toolbar } from '#renderer/components/middle.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { IdentityProposal, IdentitySummary, ProposalId } from '#shared/contract/identity.contract.ts'
import { describePairsLeft } from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import styles from './identities-screen.module.css'
import { IdentityActions } from './identity-actions.tsx'
import { PairEvidence, PairStage } from './pair-stage.tsx'
import { SummaryPanel } from './summary-panel.tsx'
import { useIdentityActs } from './use-identity-acts.ts'

const listed = 200

interface PairsViewProps {
  readonly summary: IdentitySummary
  /** Stands in the toolbar. */
  readonly tools: ReactNode
}

/** One pair after the other, the most doubtful first; every answer is an act that can be taken back. */
export function PairsView({ summary, tools }: PairsViewProps) {
  const api = useApi()
  const proposals = useQuery(api.identity.proposals.queryOptions({ input: { limit: listed } }))
  const [skipped, setSkipped] = useState<ReadonlySet<ProposalId>>(new Set())
  const acts = useIdentityActs()
  const waiting = (proposals.data ?? []).filter(({ proposalId }) => !skipped.has(proposalId))
  const [current, next] = waiting
  const evidence = useQuery(
    api.identity.evidence.queryOptions({
      input: { proposalId: current?.proposalId ?? 0 },
      enabled: current !== undefined,
      // The pair that was answered last stays in sight until this one is read, as do its figures.
      placeholderData: (before) => before,
    }),
  )
  // Read ahead, so that a key is followed by the next pair at once.
  useQuery(
    api.identity.evidence.queryOptions({
      input: { proposalId: next?.proposalId ?? 0 },
      enabled: next !== undefined,
    }),
  )
  const shown = evidence.data?.proposal.proposalId === current?.proposalId ? evidence.data : undefined
  const answers = shown === undefined || current === undefined ? noAnswers : listAnswers(current, acts.say)
  return (
    <>
      <Middle label="Pairs">
        <Toolbar
          start={tools}
          position={`${formatCount(summary.open)} open of ${formatCount(summary.proposals)}, the most doubtful first${skipped.size > 0 ? `; ${formatCount(skipped.size)} skipped` : ''}`}
        />
        {proposals.error !== null && (
          <ErrorState error={proposals.error} onRetry={() => void proposals.refetch()} />
        )}
        {evidence.error !== null && (
          <ErrorState error={evidence.error} onRetry={() => void evidence.refetch()} />
        )}
        {current === undefined ? (
          proposals.data === undefined ? (
            <Skeleton className={styles['stage']} />
          ) : (
            <QueueEnd open={summary.open} skipped={skipped.size} onAgain={() => setSkipped(new Set())} />
          )
        ) : shown === undefined ? (
          <Skeleton className={styles['stage']} />
        ) : (
          <PairStage evidence={shown} next={next ?? null} />
        )}
        <IdentityActions
          label="Answers"
          acts={acts}
          runs={{
            ...answers,
            skip: current === undefined ? null : () => setSkipped(new Set([...skipped, current.proposalId])),
          }}
        />
      </Middle>
      <SummaryPanel summary={summary}>
        {shown !== undefined && <PairEvidence evidence={shown} />}
      </SummaryPanel>
    </>
  )
}

const noAnswers = { 'same-person': null, 'two-people': null, 'no-face-left': null, 'no-face-right': null }

function listAnswers(
  { proposalId, images }: IdentityProposal,
  say: ReturnType<typeof useIdentityActs>['say'],
): Record<keyof typeof noAnswers, () => void> {
  const [one, other] = images
  return {
    'same-person': () => say({ kind: 'same', images: [one, other], proposalId }),
    'two-people': () => say({ kind: 'not-same', images: [one, other], proposalId }),
    'no-face-left': () => say({ kind: 'not-a-face', images: [one], proposalId }),
    'no-face-right': () => say({ kind: 'not-a-face', images: [other], proposalId }),
  }
}

interface QueueEndProps {
  readonly open: number
  readonly skipped: number
  readonly onAgain: () => void
}

function QueueEnd({ open, skipped, onAgain }: QueueEndProps) {
  return (
    <div className={styles['end']}>
      <EmptyState
        text={describePairsLeft({ open, skipped })}
        action={skipped > 0 && <Button onClick={onAgain}>Show skipped pairs</Button>}
      />
    </div>
  )
}
