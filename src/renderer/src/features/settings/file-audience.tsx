import { SegmentedControl } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { fileAudience } from '#shared/contract/project.contract.ts'
import styles from './settings.module.css'

const audienceWords = { owner: 'You alone', group: 'The group of its folder' } as const

/** Who on this machine may read the files of the open project. */
export function FileAudience() {
  const api = useApi()
  const queryClient = useQueryClient()
  const { project } = useProject()
  const set = useMutation(
    api.project.setAudience.mutationOptions({
      onSuccess: (kept) => queryClient.setQueryData(api.project.current.queryKey(), kept),
    }),
  )
  if (project === null) return <p className={styles['text']}>Open a project to see who may read it.</p>
  const { audience } = project.files
  return (
    <>
      <div className={styles['row']}>
        <span id="audience-label">Files of this project can be read by</span>
        <SegmentedControl
          aria-labelledby="audience-label"
          value={audience}
          disabled={set.isPending}
          onChange={(value) => set.mutate({ audience: fileAudience.parse(value) })}
          data={fileAudience.options.map((value) => ({ value, label: audienceWords[value] }))}
        />
      </div>
      {set.error !== null && <ErrorState error={set.error} compact />}
    </>
  )
}
