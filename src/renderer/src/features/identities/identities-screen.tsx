import { ActionIcon, Button, SegmentedControl } from '@mantine/core'
import { IconKeyboard } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { FailurePage, NeedsProject, ScreenSkeleton } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { KeysDialog } from '#renderer/decisions/keys/keys-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { IdentitySummary } from '#shared/contract/identity.contract.ts'
import { whereItErrs } from '#shared/domain/describe-identities.ts'
import styles from './identities-screen.module.css'
import { InferPeople } from './infer-people.tsx'
import { PairsView } from './pairs-view.tsx'
import { PeopleView } from './people-view.tsx'

export function IdentitiesScreen() {
  return (
    <NeedsProject>
      <Identities />
    </NeedsProject>
  )
}

/** Who is the same person in several images: the pairs that want a person, the people, and how that was inferred. */
function Identities() {
  const api = useApi()
  const summary = useQuery(api.identity.summary.queryOptions({}))
  if (summary.error !== null) {
    return (
      <FailurePage>
        <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />
      </FailurePage>
    )
  }
  if (summary.data === undefined) return <ScreenSkeleton />
  const { facts, described, madeAt } = summary.data
  if (facts === null || madeAt === null) return <Begin isDescribed={described > 0} />
  return <Inferred summary={summary.data} madeAt={madeAt} />
}

function Begin({ isDescribed }: { readonly isDescribed: boolean }) {
  return (
    <EmptyState
      text={
        isDescribed
          ? `Nobody has been inferred yet. Faces that the scan has described are compared with each other. ${whereItErrs}`
          : 'No face is described yet, so that nobody can be compared. Scan the images first.'
      }
      action={
        isDescribed ? (
          <InferPeople title="Infer people" />
        ) : (
          <Button renderRoot={(link) => <Link {...link} to="/curate" search={{ dialog: 'scan' }} />}>
            Scan the images
          </Button>
        )
      }
    />
  )
}

interface InferredProps {
  readonly summary: IdentitySummary
  readonly madeAt: string
}

function Inferred({ summary, madeAt }: InferredProps) {
  const search = useSearch({ from: '/identities' })
  const navigate = useNavigate({ from: '/identities' })
  const [isKeys, setIsKeys] = useState(false)
  const tools = (
    <>
      <SegmentedControl
        aria-label="Show"
        size="xs"
        value={search.view ?? 'pairs'}
        onChange={(view) => void navigate({ search: view === 'people' ? { view } : {} })}
        data={[
          { value: 'pairs', label: 'Pairs' },
          { value: 'people', label: 'People' },
        ]}
      />
      <ActionIcon size={22} aria-label="Keys" title="Keys of this screen" onClick={() => setIsKeys(true)}>
        <IconKeyboard size={16} />
      </ActionIcon>
    </>
  )
  return (
    <div className={styles['identities']}>
      {search.view === 'people' ? (
        <PeopleView summary={summary} tools={tools} />
      ) : (
        // Another run has other pairs: what was skipped or taken back in the one before says nothing of them.
        <PairsView key={madeAt} summary={summary} tools={tools} />
      )}
      {isKeys && <KeysDialog screen="identities" onClose={() => setIsKeys(false)} />}
    </div>
  )
}
