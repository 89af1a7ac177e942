import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { IdentityActId, IdentityActRequest } from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import type { LeakCertificate, LeakPair } from '#shared/contract/leakage.contract.ts'
import { describeIdentityAct } from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { partTitles } from '#renderer/components/task-words.ts'
import { describeLabels } from '#renderer/components/tile-words.ts'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import { ActionButtons, type ActionButton } from '#renderer/decisions/action-buttons.tsx'
import { keyActions } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf } from '#renderer/decisions/keys/key-bindings.ts'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import styles from './splits.module.css'

/** The acts of the Identities screen, under the same keys. */
const actions = ['same-person', 'two-people', 'no-face-left', 'no-face-right', 'skip', 'undo'] as const
type PairAction = (typeof actions)[number]

const nameOf = ({ a, b }: LeakPair): string => `${a} ${b}`

/** Pairs across parts that want a person, one after the other, each with one key. */
export function LeakPairs({ certificate }: { readonly certificate: LeakCertificate }) {
  const api = useApi()
  const { bindings } = useKeyBindings()
  const [skipped, setSkipped] = useState<readonly string[]>([])
  /** Answered here, the newest last: these alone are taken back here. */
  const [answered, setAnswered] = useState<readonly { name: string; actId: IdentityActId }[]>([])
  // What was answered goes at once: reading the certificate anew takes seconds, and the next key is about the next pair.
  const open = [...certificate.nearPairs, ...certificate.facePairs].filter(({ verdict }) => verdict === null)
  const waiting = open.filter((one) => !answered.some(({ name }) => name === nameOf(one)))
  const { near, faces } = certificate.undecided
  // Not every pair that wants a person is listed.
  const left = near + faces - (open.length - waiting.length)
  const pair = waiting.find((one) => !skipped.includes(nameOf(one)))
  const act = useMutation(api.identity.act.mutationOptions())
  const undo = useMutation(api.identity.undo.mutationOptions())
  const isBusy = act.isPending || undo.isPending
  const [done, setDone] = useState('')
  const ask = (of: LeakPair, request: IdentityActRequest) =>
    act.mutate(request, {
      onSuccess: (said) => {
        setAnswered([...answered, { name: nameOf(of), actId: said.act.actId }])
        setDone(describeIdentityAct(said.act))
      },
    })
  const takeBack = (actId: IdentityActId) =>
    undo.mutate(
      { actId },
      {
        onSuccess: (said) => {
          setAnswered(answered.filter((one) => one.actId !== actId))
          setDone(describeIdentityAct(said.act))
        },
      },
    )
  const last = answered.at(-1)
  const runs: Readonly<Record<PairAction, (() => void) | null>> = {
    'same-person': pair === undefined ? null : () => ask(pair, { kind: 'same', images: [pair.a, pair.b] }),
    'two-people': pair === undefined ? null : () => ask(pair, { kind: 'not-same', images: [pair.a, pair.b] }),
    'no-face-left': pair === undefined ? null : () => ask(pair, { kind: 'not-a-face', images: [pair.a] }),
    'no-face-right': pair === undefined ? null : () => ask(pair, { kind: 'not-a-face', images: [pair.b] }),
    skip: pair === undefined ? null : () => setSkipped([...skipped, nameOf(pair)]),
    undo: last === undefined ? null : () => takeBack(last.actId),
  }
  useShortcuts((chord) => {
    const action = actionOf(bindings, chord, 'identities')
    const known = actions.find((one) => one === action)
    if (known === undefined) return false
    if (!isBusy) runs[known]?.()
    return true
  })
  const buttons = actions.map((action): ActionButton => ({
    title: keyActions[action].title,
    chord: bindings[action],
    isDisabled: isBusy || runs[action] === null,
    run: () => runs[action]?.(),
  }))
  const error = act.error ?? undo.error
  return (
    <div className={styles['pairs']}>
      {pair !== undefined && (
        <>
          <h4>
            Are they one person, or one picture? {formatCount(left)}{' '}
            {left === 1 ? 'pair wants' : 'pairs want'} a person
          </h4>
          <PairOfParts pair={pair} />
        </>
      )}
      {pair === undefined && waiting.length > 0 && (
        <p className={styles['explain']}>
          {formatCount(waiting.length)} pairs were skipped and still want a person.
        </p>
      )}
      <fieldset className={styles['pairActions']} aria-label="Verdict">
        <ActionButtons actions={buttons} />
      </fieldset>
      {error !== null && <ErrorState error={error} compact />}
      <output aria-live="polite">{done}</output>
    </div>
  )
}

function PairOfParts({ pair }: { readonly pair: LeakPair }) {
  const api = useApi()
  const tiles = useQuery(api.image.tiles.queryOptions({ input: { images: [pair.a, pair.b] } }))
  const tileOf = (id: number): ImageTile | undefined => tiles.data?.find((tile) => tile.id === id)
  return (
    <div className={styles['pair']}>
      <PairSide place="Left" imageId={pair.a} part={partTitles[pair.partA]} tile={tileOf(pair.a)} />
      <PairSide place="Right" imageId={pair.b} part={partTitles[pair.partB]} tile={tileOf(pair.b)} />
      <p className={styles['explain']}>Distance {pair.distance}</p>
    </div>
  )
}

interface PairSideProps {
  readonly place: 'Left' | 'Right'
  readonly imageId: number
  readonly part: string
  readonly tile: ImageTile | undefined
}

function PairSide({ place, imageId, part, tile }: PairSideProps) {
  const host = useHost()
  return (
    <figure className={styles['side']}>
      <img src={host.imageUrl(imageId)} alt={`${place}, no. ${imageId}`} draggable={false} />
      <figcaption>
        <strong>{part}</strong>, image {imageId} {tile !== undefined && describeLabels(tile)}
      </figcaption>
    </figure>
  )
}
