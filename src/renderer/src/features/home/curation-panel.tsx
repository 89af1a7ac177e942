import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { checks } from '#shared/domain/checks.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { countStops, describeStops } from '#renderer/components/queue-count.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useElementWidth } from '#renderer/components/use-element-width.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import styles from './curation-panel.module.css'

const queuesShown = 6
/** As many as the widest screens have room for in one row. */
const thumbsAsked = 32
const thumbPx = 64
const thumbGapPx = 4

/** What waits in the queues, how the labels are balanced, and a look at the pictures. */
export function CurationPanel() {
  const api = useApi()
  const list = useQuery(api.check.list.queryOptions())
  const facets = useQuery(api.image.facets.queryOptions({ input: { filter: {} } }))
  const look = useQuery(api.image.window.queryOptions({ input: { limit: thumbsAsked } }))
  const failure = list.error ?? facets.error ?? look.error
  const open = (list.data ?? [])
    .filter((check) => countStops(check) > 0)
    .toSorted((a, b) => countStops(b) - countStops(a))
  const isScanned = list.data?.some(({ state }) => state !== 'not-checked') === true
  return (
    <Panel
      title="Curation"
      className={styles['panel']}
      actions={
        <Link to="/curate" className={styles['link']}>
          Open the queues
        </Link>
      }
    >
      {failure !== null && <ErrorState error={failure} compact />}
      {list.data === undefined && failure === null && <Skeleton h={120} />}
      <div className={styles['parts']}>
        {list.data !== undefined && (
          <section aria-label="Open queues">
            <h3>Waiting for a decision</h3>
            {open.length === 0 && (
              <Quiet>{isScanned ? 'Nothing is open in any queue.' : 'Nothing has been checked yet.'}</Quiet>
            )}
            <ul className={styles['rows']}>
              {open.slice(0, queuesShown).map((check) => (
                <li key={check.id}>
                  <Link to="/curate" search={{ check: check.id }}>
                    {checks[check.id].title}
                  </Link>
                  <span>{describeStops(check)}</span>
                </li>
              ))}
            </ul>
            {open.length > queuesShown && (
              <Quiet>and {formatCount(open.length - queuesShown)} more queues</Quiet>
            )}
          </section>
        )}
        {facets.data !== undefined && (
          <>
            <Balance
              title="Race, as labelled"
              values={facets.data.race}
              total={facets.data.total}
              hasColors
            />
            <Balance title="Gender, as labelled" values={facets.data.gender} total={facets.data.total} />
            <Balance title="Age, as labelled" values={facets.data.age} total={facets.data.total} />
          </>
        )}
      </div>
      {look.data !== undefined && look.data.items.length > 0 && <Look tiles={look.data.items} />}
    </Panel>
  )
}

/** One row of pictures, as many as it has room for. */
function Look({ tiles }: { readonly tiles: readonly ImageTile[] }) {
  const [ref, widthPx] = useElementWidth<HTMLUListElement>()
  const places = Math.max(1, Math.floor((widthPx + thumbGapPx) / (thumbPx + thumbGapPx)))
  return (
    <ul ref={ref} className={styles['thumbs']} aria-label="Some of the images">
      {tiles.slice(0, places).map((tile) => (
        <li key={tile.id}>
          <Link to="/catalogue" search={{ image: tile.id }} aria-label={`Image ${tile.id} in the catalogue`}>
            <Thumb imageId={tile.id} version={tile.thumb} alt="" />
          </Link>
        </li>
      ))}
    </ul>
  )
}

interface BalanceProps {
  readonly title: string
  readonly values: readonly {
    readonly value: string | null
    readonly label: string
    readonly count: number
  }[]
  readonly total: number
  readonly hasColors?: boolean
}

/** How many images carry each label, all of them counted. */
function Balance({ title, values, total, hasColors = false }: BalanceProps) {
  return (
    <section aria-label={title}>
      <h3>
        {title}, n = {formatCount(total)}
      </h3>
      <ul className={styles['rows']}>
        {values.map(({ value, label, count }) => (
          <li key={value ?? ''}>
            <span
              className={styles['bar']}
              style={{
                width: `${total === 0 ? 0 : (count / total) * 100}%`,
                ...(hasColors && value !== null ? { background: groupStyleOf(value).color } : {}),
              }}
              aria-hidden
            />
            <span>{formatCategory(label)}</span>
            <span>
              {formatCount(count)}
              {total > 0 && `, ${formatShare(count / total)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
