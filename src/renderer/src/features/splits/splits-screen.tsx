import { Button, Skeleton, UnstyledButton } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { certificateWords } from '#shared/derived/describe-certificate.ts'
import { describeStanding } from '#shared/domain/split-standing.ts'
import { formatTime } from '#renderer/components/format.ts'
import { useCertificate } from '#renderer/components/leak-note.tsx'
import { useStanding } from '#renderer/components/overtaken-note.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { SealNote } from '#renderer/components/seal-note.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { CreateSplitDialog } from './create-split-dialog.tsx'
import { SplitDetail } from './split-detail.tsx'
import styles from './splits.module.css'

export function SplitsScreen() {
  return (
    <NeedsProject>
      <Splits />
    </NeedsProject>
  )
}

function Splits() {
  const api = useApi()
  const { project } = useProject()
  const search = useSearch({ from: '/splits' })
  const navigate = useNavigate({ from: '/splits' })
  const splits = useQuery(api.split.list.queryOptions())
  const [isCreating, setIsCreating] = useState(false)
  const hasImages = (project?.counts.images ?? 0) > 0
  const createButton = (
    <Button
      leftSection={<IconPlus size={14} aria-hidden />}
      disabled={!hasImages}
      onClick={() => setIsCreating(true)}
    >
      New split
    </Button>
  )
  const newestFirst = splits.data?.toSorted((a, b) => b.splitId - a.splitId) ?? []
  const selected = newestFirst.find((split) => split.splitId === search.split) ?? newestFirst[0]
  return (
    <Page>
      {splits.error !== null && <ErrorState error={splits.error} onRetry={() => void splits.refetch()} />}
      {splits.isPending && <Skeleton h={320} />}
      {splits.data !== undefined && selected === undefined && (
        <EmptyState
          text={
            hasImages
              ? 'No split yet. A split is stratified by race, gender and age, and never cuts an identity or a set of identical images.'
              : 'A split needs images. Import some on Home first.'
          }
          action={
            hasImages ? createButton : <Button onClick={() => void navigate({ to: '/' })}>Go to Home</Button>
          }
        />
      )}
      {selected !== undefined && (
        <div className={styles['columns']}>
          <Panel title="Splits" padded={false} actions={createButton}>
            <ul className={styles['list']}>
              {newestFirst.map((split) => (
                <li key={split.splitId}>
                  <UnstyledButton
                    className={styles['item']}
                    aria-current={split.splitId === selected.splitId}
                    onClick={() => void navigate({ search: { split: split.splitId } })}
                  >
                    <strong>{split.name}</strong>
                    <SealNote splitId={split.splitId} />
                    <span className={styles['itemNote']}>
                      {formatCount(split.parts.train.images)} / {formatCount(split.parts.val.images)} /{' '}
                      {formatCount(split.parts.test.images)} · seed {split.seed}
                    </span>
                    <span className={styles['itemNote']}>{formatTime(split.createdAt)}</span>
                    <Certified split={split} />
                    <Overtaken split={split} />
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </Panel>
          <SplitDetail split={selected} />
        </div>
      )}
      <CreateSplitDialog isOpen={isCreating} onClose={() => setIsCreating(false)} />
    </Page>
  )
}

function Certified({ split }: { readonly split: SplitSummary }) {
  const standing = useCertificate(split.splitId)
  if (standing === null || standing.state === null) return null
  const isBad = standing.state === 'leaks' || standing.state === 'stale'
  return (
    <span className={isBad ? styles['overtaken'] : styles['itemNote']}>
      {certificateWords[standing.state]}
    </span>
  )
}

function Overtaken({ split }: { readonly split: SplitSummary }) {
  const standing = useStanding(split.splitId)
  if (standing === null) return null
  return <span className={styles['overtaken']}>{describeStanding(standing)}</span>
}
