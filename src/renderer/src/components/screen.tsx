import type { ReactNode } from 'react'
import { useProject } from '#renderer/engine/use-project.ts'
import { Skeleton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { EmptyState, ErrorState } from './states.tsx'
import styles from './screen.module.css'

export interface NeedsProjectProps {
  readonly children: ReactNode
}

/** Every screen but Home speaks of an open project; without one it says how to get it. */
export function NeedsProject({ children }: NeedsProjectProps) {
  const { project, isPending, error } = useProject()
  if (isPending) return <ScreenSkeleton />
  if (error !== null) {
    return (
      <FailurePage>
        <ErrorState error={error} />
      </FailurePage>
    )
  }
  if (project === null) {
    return <EmptyState text="No project is open." action={<Link to="/">Open or create one on Home</Link>} />
  }
  return children
}

export function ScreenSkeleton() {
  return (
    <div className={styles['page']} aria-busy="true">
      <Skeleton h={160} mb={16} />
      <Skeleton h={240} />
    </div>
  )
}

/** What went wrong where a screen, or most of it, would stand. */
export function FailurePage({ children }: { readonly children: ReactNode }) {
  return <div className={styles['failure']}>{children}</div>
}

export function Page({ children }: { readonly children: ReactNode }) {
  return <div className={styles['page']}>{children}</div>
}
