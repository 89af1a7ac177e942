import { Button, Checkbox, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { Middle, Toolbar } from '#renderer/components/middle.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { IdentitySummary, PersonId, PersonTiles } from '#shared/contract/identity.contract.ts'
import { describeDoubt, describeOrigin } from '#shared/domain/describe-identities.ts'
import styles from './identities-screen.module.css'
import { IdentityActions } from './identity-actions.tsx'
import { PersonView } from './person-view.tsx'
import { SummaryPanel } from './summary-panel.tsx'
import { toggleMember } from './toggle-member.ts'
import { useIdentityActs } from './use-identity-acts.ts'

const pageSize = 50

interface PeopleViewProps {
  readonly summary: IdentitySummary
  /** Stands in the toolbar. */
  readonly tools: ReactNode
}

/** People with several images: those that an open pair asks about, the most doubtful first, or all. */
export function PeopleView({ summary, tools }: PeopleViewProps) {
  const { person } = useSearch({ from: '/identities' })
  return (
    <>
      {person === undefined ? (
        <PeopleList tools={tools} />
      ) : (
        <PersonView key={person} identityId={person} tools={tools} />
      )}
      <SummaryPanel summary={summary} />
    </>
  )
}

function PeopleList({ tools }: { readonly tools: ReactNode }) {
  const api = useApi()
  const { all } = useSearch({ from: '/identities' })
  const navigate = useNavigate({ from: '/identities' })
  const which = all === true ? 'all' : 'doubtful'
  const query = useInfiniteQuery(
    api.identity.people.infiniteOptions({
      input: (after: number) => ({ which, after, limit: pageSize }),
      initialPageParam: 0,
      getNextPageParam: (page) => page.next,
    }),
  )
  const people = query.data?.pages.flatMap((page) => page.people) ?? []
  const [selected, setSelected] = useState<ReadonlySet<PersonId>>(new Set())
  const acts = useIdentityActs(() => setSelected(new Set()))
  const chosen = people
    .filter(({ identityId }) => selected.has(identityId))
    .map(({ identityId }) => identityId)
  const toggle = (id: PersonId) => setSelected(toggleMember(selected, id))
  const total = query.data?.pages[0]?.total
  return (
    <Middle label="People">
      <Toolbar
        start={tools}
        position={
          total !== undefined &&
          `${pluralise(total, 'person', 'people')} with several images${which === 'doubtful' ? ' that an open pair asks about, the most doubtful first' : ''}`
        }
      >
        <Checkbox
          size="xs"
          label="Also those without doubt"
          checked={which === 'all'}
          onChange={(event) =>
            void navigate({
              search: { view: 'people', ...(event.currentTarget.checked && { all: true }) },
              replace: true,
            })
          }
        />
      </Toolbar>
      {query.error !== null && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      <ScrollRegion label="List of people" className={styles['list']}>
        {query.data === undefined && query.error === null && <Skeleton h={240} />}
        {query.data !== undefined && people.length === 0 && (
          <EmptyState
            text={
              which === 'all'
                ? 'Nobody has several images.'
                : 'No open pair asks about anybody with several images.'
            }
          />
        )}
        <ul className={styles['people']}>
          {people.map((person) => (
            <PersonRow
              key={person.identityId}
              person={person}
              isSelected={selected.has(person.identityId)}
              onToggle={() => toggle(person.identityId)}
            />
          ))}
        </ul>
        {query.hasNextPage && (
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show more
          </Button>
        )}
      </ScrollRegion>
      <IdentityActions
        label="What can be done with people"
        acts={acts}
        runs={{
          'merge-people': chosen.length < 2 ? null : () => acts.say({ kind: 'merge', people: chosen }),
        }}
      >
        <span>{pluralise(chosen.length, 'person', 'people')} selected</span>
      </IdentityActions>
    </Middle>
  )
}

interface PersonRowProps {
  readonly person: PersonTiles
  readonly isSelected: boolean
  readonly onToggle: () => void
}

function PersonRow({ person, isSelected, onToggle }: PersonRowProps) {
  const { all } = useSearch({ from: '/identities' })
  const { identityId, count, origin, tiles, doubt, reasons } = person
  return (
    <li data-selected={isSelected || undefined}>
      <Checkbox
        size="xs"
        aria-label={`Select person ${identityId}`}
        checked={isSelected}
        onChange={onToggle}
      />
      <div className={styles['who']}>
        <Link to="/identities" search={{ view: 'people', ...(all === true && { all }), person: identityId }}>
          Person {identityId}
        </Link>
        <span>
          {pluralise(count, 'image')}, {describeOrigin(origin)}
        </span>
        {doubt !== null && <span>asked about: {describeDoubt(reasons)}</span>}
      </div>
      <div className={styles['tiles']}>
        {tiles.map((tile) => (
          <Thumb key={tile.id} imageId={tile.id} version={tile.thumb} alt={`Image ${tile.id}`} />
        ))}
        {count > tiles.length && <span className={styles['more']}>+{count - tiles.length}</span>}
      </div>
    </li>
  )
}
