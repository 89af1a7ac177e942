import { useQuery } from '@tanstack/react-query'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import { useApi } from './engine-context.tsx'

export interface ProjectView {
  /** Null while none is open, and until it is known. */
  readonly project: ProjectSummary | null
  readonly isPending: boolean
  readonly error: unknown
}

export function useProject(): ProjectView {
  const api = useApi()
  const { data, isPending, error } = useQuery(api.project.current.queryOptions())
  return { project: data ?? null, isPending, error }
}
