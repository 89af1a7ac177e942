import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { formatCount } from '#shared/domain/format.ts'
import { pluralise } from '#renderer/components/format.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { deriveContext } from './context-view.ts'
import styles from './frame.module.css'

/** Which data, split and model the screen speaks of; each is a link. */
export function ContextBar() {
  const api = useApi()
  const { project } = useProject()
  const search = useSearch({ strict: false })
  const enabled = project !== null
  const splits = useQuery(api.split.list.queryOptions({ enabled }))
  const runs = useQuery(api.run.list.queryOptions({ enabled }))
  const models = useQuery(api.model.list.queryOptions({ enabled }))
  const evaluations = useQuery(api.evaluation.list.queryOptions({ enabled }))
  if (project === null) return null
  const context = deriveContext(
    {
      splits: splits.data ?? [],
      runs: runs.data ?? [],
      models: models.data ?? [],
      evaluations: evaluations.data ?? [],
    },
    search,
  )
  return (
    <nav aria-label="Context" className={styles['context']}>
      <Link to="/" title={project.folder}>
        {project.name}
      </Link>
      {project.counts.images > 0 && (
        <>
          <span aria-hidden>·</span>
          <Link to="/catalogue" title={pluralise(project.counts.datasets, 'data set')}>
            <span>data</span> {formatCount(project.counts.images - project.counts.removed)} images
          </Link>
        </>
      )}
      {context.split !== null && (
        <>
          <span aria-hidden>·</span>
          <Link to="/splits" search={{ split: context.split.id }}>
            <span>split</span> {context.split.name}
          </Link>
        </>
      )}
      {context.model !== null && (
        <>
          <span aria-hidden>·</span>
          <Link to="/models" search={{ model: context.model.id }}>
            <span>model</span> {context.model.name}
          </Link>
        </>
      )}
    </nav>
  )
}
