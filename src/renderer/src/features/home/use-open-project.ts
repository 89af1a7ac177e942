import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useApi } from '#renderer/engine/engine-context.tsx'

/** The ways into and out of a project; each makes everything known so far stale. */
export function useOpenProject() {
  const api = useApi()
  const queryClient = useQueryClient()
  const onSuccess = () => queryClient.resetQueries()
  return {
    create: useMutation(api.project.create.mutationOptions({ onSuccess })),
    open: useMutation(api.project.open.mutationOptions({ onSuccess })),
    close: useMutation(api.project.close.mutationOptions({ onSuccess })),
    createSample: useMutation(api.project.createSample.mutationOptions({ onSuccess })),
  }
}
