import { Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { IdentityActRequest, IdentityProposal, ProposalId } from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { describeDoubt } from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { ActionButtons } from '#renderer/decisions/action-buttons.tsx'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import styles from './identities-screen.module.css'

const listed = 200

/** One pair after the other, the most doubtful first; every answer is an act that can be taken back. */
export function ProposalQueue({ madeAt }: { readonly madeAt: string }) {
  const api = useApi()
  const proposals = useQuery(api.identity.proposals.queryOptions({ input: { limit: listed } }))
  if (proposals.error !== null)
    return <ErrorState error={proposals.error} onRetry={() => void proposals.refetch()} />
  if (proposals.data === undefined) return <Skeleton h={320} />
  return <Queue key={madeAt} open={proposals.data} />
}

function Queue({ open }: { readonly open: readonly IdentityProposal[] }) {
  const api = useApi()
  const queryClient = useQueryClient()
  const [skipped, setSkipped] = useState<readonly ProposalId[]>([])
  const waiting = open.filter(({ proposalId }) => !skipped.includes(proposalId))
  const [current] = waiting
  const refresh = () => queryClient.invalidateQueries({ queryKey: api.identity.key() })
  const act = useMutation(api.identity.act.mutationOptions({ onSettled: refresh }))
  const undo = useMutation(api.identity.undo.mutationOptions({ onSettled: refresh }))
  // The next pair shows when the engine has taken the answer, so that no key is about a pair that nobody has seen.
  const isBusy = act.isPending || undo.isPending
  const say = (request: IdentityActRequest) => {
    undo.reset()
    act.mutate(request)
  }
  const actions = [
    ...(current === undefined ? [] : listAnswers(current, say)),
    {
      title: 'Skip',
      chord: 's',
      isDisabled: current === undefined,
      run: () => current !== undefined && setSkipped([...skipped, current.proposalId]),
    },
    {
      title: 'Undo',
      chord: 'u',
      run: () => {
        act.reset()
        undo.mutate({})
      },
    },
  ]
  useShortcuts((chord) => {
    const action = actions.find((one) => one.chord === chord)
    if (action === undefined) return false
    if (!isBusy) action.run()
    return true
  })
  const error = act.error ?? undo.error
  return (
    <section className={styles['queue']} aria-label="Pairs">
      <fieldset className={styles['actions']} aria-label="Answers">
        <ActionButtons
          actions={actions.map((one) => ({ ...one, isDisabled: isBusy || one.isDisabled === true }))}
        />
      </fieldset>
      {error !== null && <ErrorState error={error} compact />}
      {current === undefined ? (
        <EmptyState
          text={
            skipped.length === 0
              ? 'No pair wants a person.'
              : `${formatCount(skipped.length)} pairs were skipped. Open the screen again to see them.`
          }
        />
      ) : (
        <Pair proposal={current} />
      )}
    </section>
  )
}

const listAnswers = ({ images }: IdentityProposal, say: (request: IdentityActRequest) => void) => {
  const [one, other] = images
  return [
    { title: 'Same person', chord: 'y', run: () => say({ kind: 'same', images: [one, other] }) },
    { title: 'Two people', chord: 'n', run: () => say({ kind: 'not-same', images: [one, other] }) },
    { title: 'Left shows no face', chord: '1', run: () => say({ kind: 'not-a-face', images: [one] }) },
    { title: 'Right shows no face', chord: '2', run: () => say({ kind: 'not-a-face', images: [other] }) },
  ].map((answer) => ({ ...answer, isDisabled: false }))
}

function Pair({ proposal }: { readonly proposal: IdentityProposal }) {
  const api = useApi()
  const { proposalId, kind, distance, nearest, reasons, images } = proposal
  const evidence = useQuery(api.identity.evidence.queryOptions({ input: { proposalId } }))
  const [left, right] = evidence.data?.sides ?? [[], []]
  const [leftCount, rightCount] = evidence.data?.counts ?? [1, 1]
  return (
    <>
      <header className={styles['question']}>
        <h2>{kind === 'merge' ? 'Are they one person?' : 'They were joined. Are they one person?'}</h2>
        <p>
          Images {images[0]} and {images[1]}: distance {nearest.toFixed(3)}; their groups{' '}
          {distance.toFixed(3)}; {describeDoubt(reasons)}.
        </p>
      </header>
      {evidence.error !== null && <ErrorState error={evidence.error} compact />}
      <div className={styles['pair']}>
        <Side imageId={images[0]} tiles={left} count={leftCount} />
        <Side imageId={images[1]} tiles={right} count={rightCount} />
      </div>
    </>
  )
}

function describeLabels({ race, gender, ageYears, ageBin }: ImageTile): string {
  const age = ageYears === null ? ageBin : String(ageYears)
  return [race ?? 'no race', gender ?? 'no gender', age ?? 'no age'].map(formatCategory).join(' · ')
}

interface SideProps {
  readonly imageId: number
  readonly tiles: readonly ImageTile[]
  readonly count: number
}

function Side({ imageId, tiles, count }: SideProps) {
  const host = useHost()
  const [shown, ...beside] = tiles
  return (
    <figure className={styles['side']}>
      <img src={host.imageUrl(imageId)} alt={`Number ${imageId}`} draggable={false} />
      <figcaption>
        {shown === undefined ? '' : `labelled ${describeLabels(shown)}`}
        {count > 1 && `; with ${formatCount(count - 1)} more of the same group`}
      </figcaption>
      <div className={styles['beside']}>
        {beside.map((tile) => (
          <Thumb key={tile.id} imageId={tile.id} version={tile.thumb} alt={`Number ${tile.id}`} />
        ))}
      </div>
    </figure>
  )
}
