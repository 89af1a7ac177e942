import { Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { Middle, Toolbar } from '#renderer/components/middle.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeLabels } from '#renderer/components/tile-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { describeDoubt, describeOrigin } from '#shared/domain/describe-identities.ts'
import styles from './identities-screen.module.css'
import { IdentityActions } from './identity-actions.tsx'
import { toggleMember } from './toggle-member.ts'
import { useIdentityActs } from './use-identity-acts.ts'

interface PersonViewProps {
  readonly identityId: number
  /** Stands in the toolbar. */
  readonly tools: ReactNode
}

/** All images of a person; those that are selected can leave. */
export function PersonView({ identityId, tools }: PersonViewProps) {
  const api = useApi()
  const { all } = useSearch({ from: '/identities' })
  const person = useQuery(api.identity.person.queryOptions({ input: { identityId } }))
  const [selected, setSelected] = useState<ReadonlySet<ImageId>>(new Set())
  const acts = useIdentityActs(() => setSelected(new Set()))
  const tiles = person.data?.tiles ?? []
  const images = tiles.filter(({ id }) => selected.has(id)).map(({ id }) => id)
  const isAll = images.length === person.data?.count
  return (
    <Middle label="Person">
      <Toolbar
        start={
          <>
            {tools}
            <Link to="/identities" search={{ view: 'people', ...(all === true && { all }) }}>
              All people
            </Link>
          </>
        }
        position={`Person ${identityId}${
          person.data === undefined
            ? ''
            : `: ${pluralise(person.data.count, 'image')}, ${describeOrigin(person.data.origin)}${person.data.doubt === null ? '' : `; asked about: ${describeDoubt(person.data.reasons)}`}`
        }`}
      />
      <ScrollRegion label="Images of this person" className={styles['list']}>
        {person.error !== null && <ErrorState error={person.error} compact />}
        {person.isPending && <Skeleton h={240} />}
        <ul className={styles['grid']}>
          {tiles.map((tile) => (
            <li key={tile.id}>
              <UnstyledButton
                className={styles['tile']}
                aria-pressed={selected.has(tile.id)}
                aria-label={`Image ${tile.id}, ${describeLabels(tile)}`}
                onClick={() => setSelected(toggleMember(selected, tile.id))}
              >
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
                <span>{describeLabels(tile)}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
        {person.data !== undefined && person.data.count > tiles.length && (
          <p>{pluralise(person.data.count - tiles.length, 'more image')} not shown.</p>
        )}
      </ScrollRegion>
      <IdentityActions
        label="What can be done with images"
        acts={acts}
        runs={{
          'split-person': images.length === 0 || isAll ? null : () => acts.say({ kind: 'split', images }),
          'no-face': images.length === 0 ? null : () => acts.say({ kind: 'not-a-face', images }),
        }}
      >
        <span>{pluralise(images.length, 'image')} selected</span>
      </IdentityActions>
    </Middle>
  )
}
