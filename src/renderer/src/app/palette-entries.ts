import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { checks } from '#shared/domain/checks.ts'
import { describeStops } from '#renderer/components/queue-count.ts'
import { useDecide } from '#renderer/decisions/use-decide.ts'
import { showDone } from '#renderer/decisions/decision-notices.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { fromImageView } from '#renderer/features/catalogue/catalogue-search.ts'

/** What a project holds, as the palette finds it: queues, saved views, runs and models. */
export function useProjectEntries(enabled: boolean): SpotlightActionGroupData[] {
  const api = useApi()
  const navigate = useNavigate()
  const queues = useQuery(api.check.list.queryOptions({ enabled }))
  const views = useQuery(api.savedQuery.list.queryOptions({ enabled }))
  const runs = useQuery(api.run.list.queryOptions({ enabled }))
  const models = useQuery(api.model.list.queryOptions({ enabled }))
  if (!enabled) return []
  const groups: SpotlightActionGroupData[] = [
    {
      group: 'Queues',
      actions: (queues.data ?? [])
        .filter(({ state }) => state !== 'not-checked')
        .map((check) => ({
          id: `queue-${check.id}`,
          label: checks[check.id].title,
          description: describeStops(check),
          keywords: ['queue', 'curate', check.id],
          onClick: () => void navigate({ to: '/curate', search: { check: check.id } }),
        })),
    },
    {
      group: 'Saved views',
      actions: (views.data ?? []).map(({ id, name, view }) => ({
        id: `view-${id}`,
        label: name,
        keywords: ['view', 'saved query', 'catalogue'],
        onClick: () => void navigate({ to: '/catalogue', search: fromImageView(view, {}) }),
      })),
    },
    {
      group: 'Runs',
      actions: (runs.data ?? []).map(({ id, name, state }) => ({
        id: `run-${id}`,
        label: name,
        description: state,
        keywords: ['run', 'training', ...state.split(' ')],
        onClick: () => void navigate({ to: '/train', search: { run: id } }),
      })),
    },
    {
      group: 'Models',
      actions: (models.data ?? []).map(({ id, name }) => ({
        id: `model-${id}`,
        label: name,
        keywords: ['model'],
        onClick: () => void navigate({ to: '/models', search: { model: id } }),
      })),
    },
  ]
  return groups.filter(({ actions }) => actions.length > 0)
}

/** What can be done to a project from any screen. */
export function useProjectCommands(enabled: boolean): SpotlightActionData[] {
  const api = useApi()
  const navigate = useNavigate()
  const deciding = useDecide()
  const state = useQuery(api.decision.state.queryOptions({ input: {}, enabled }))
  if (!enabled) return []
  const { undo, redo } = state.data ?? { undo: null, redo: null }
  return [
    {
      id: 'import',
      label: 'Import images',
      onClick: () => void navigate({ to: '/', search: { dialog: 'import' } }),
    },
    {
      id: 'scan',
      label: 'Scan the images',
      keywords: ['checks', 'findings'],
      onClick: () => void navigate({ to: '/curate', search: { dialog: 'scan' } }),
    },
    {
      id: 'snapshot',
      label: 'Keep the state of the catalogue',
      keywords: ['snapshot'],
      onClick: () => void navigate({ to: '/history', search: { dialog: 'snapshot' } }),
    },
    {
      id: 'new-run',
      label: 'Start a training run',
      onClick: () => void navigate({ to: '/train', search: { form: true } }),
    },
    ...(undo === null
      ? []
      : [
          {
            id: 'undo',
            label: `Undo: ${undo.title}`,
            onClick: () => deciding.undo({ actId: undo.actId, onDone: ({ outcome }) => showDone(outcome) }),
          },
        ]),
    ...(redo === null
      ? []
      : [
          {
            id: 'redo',
            label: `Redo: ${redo.title}`,
            onClick: () => deciding.redo({ actId: redo.actId, onDone: ({ outcome }) => showDone(outcome) }),
          },
        ]),
  ]
}
