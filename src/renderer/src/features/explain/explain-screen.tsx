import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { NoteList } from '#renderer/components/note-list.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { formatCount } from '#shared/domain/format.ts'
import { ExplainControls } from './explain-controls.tsx'
import { ExplainedImage } from './explained-image.tsx'
import {
  countAsked,
  countPages,
  groupOf,
  imagesPerPage,
  readQuery,
  type ExplainQuery,
} from './explain-view.ts'
import { GroupMapsPanel } from './group-maps-panel.tsx'
import styles from './explain.module.css'

export function ExplainScreen() {
  return (
    <NeedsProject>
      <Page>
        <Explain />
      </Page>
    </NeedsProject>
  )
}

function Explain() {
  const api = useApi()
  const search = useSearch({ from: '/explain' })
  const navigate = useNavigate({ from: '/explain' })
  const evaluations = useQuery(api.evaluation.list.queryOptions())
  if (evaluations.error !== null) return <ErrorState error={evaluations.error} />
  if (evaluations.data === undefined) return <Skeleton h={480} />
  const query = readQuery(evaluations.data, search)
  if (query === null) {
    return (
      <EmptyState
        text="There is no evaluation yet whose answers could be explained."
        action={
          <Button onClick={() => void navigate({ to: '/evaluate', search: {} })}>Evaluate a model</Button>
        }
      />
    )
  }
  return (
    <>
      <ExplainControls evaluations={evaluations.data} query={query} />
      <ExplainedImages query={query} />
      <GroupMapsPanel evaluationId={query.evaluation.evaluationId} task={query.task} />
    </>
  )
}

function ExplainedImages({ query }: { readonly query: ExplainQuery }) {
  const api = useApi()
  const navigate = useNavigate({ from: '/explain' })
  const { evaluation, task, answered, page, method } = query
  const found = useQuery(
    api.fairness.images.queryOptions({
      input: {
        evaluationId: evaluation.evaluationId,
        task,
        group: groupOf(query),
        answered,
        offset: (page - 1) * imagesPerPage,
        limit: imagesPerPage,
      },
    }),
  )
  if (found.error !== null) return <ErrorState error={found.error} />
  if (found.data === undefined) return <Skeleton h={480} />
  const images = countAsked(query, found.data)
  const pages = countPages(images)
  const turn = (to: number) => void navigate({ search: (before) => ({ ...before, page: to }) })
  return (
    <>
      <div className={styles['pager']}>
        <output>
          {formatCount(images)} of {formatCount(found.data.n)} images, page {page} of {pages}
        </output>
        <Button
          size="compact-xs"
          variant="default"
          disabled={page <= 1}
          onClick={() => turn(Math.min(page - 1, pages))}
        >
          Previous page
        </Button>
        <Button size="compact-xs" variant="default" disabled={page >= pages} onClick={() => turn(page + 1)}>
          Next page
        </Button>
      </div>
      {images === 0 && <EmptyState text="No image answers this question." />}
      {images > 0 && page > pages && (
        <EmptyState
          text={`There is no page ${page}: the last is ${pages}.`}
          action={<Button onClick={() => turn(pages)}>Last page</Button>}
        />
      )}
      <ul className={styles['cards']} aria-label="Explained images">
        {found.data.images.map((image) => (
          <ExplainedImage
            key={`${evaluation.evaluationId} ${image.imageId} ${method}`}
            image={image}
            modelId={evaluation.modelId}
            task={task}
            method={method}
          />
        ))}
      </ul>
      <NoteList
        label="What to know of these maps"
        notes={[
          'A map shows what one answer hangs on, not why, and not whether it is right. Nothing about a group follows from a few of them.',
          'Each map’s JSON is the recipe that makes it again. “Hold against chance” says whether it is more than a random one.',
        ]}
      />
    </>
  )
}
