import { ErrorState } from '#renderer/components/states.tsx'
import { Page, ScreenSkeleton } from '#renderer/components/screen.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { ProjectHome } from './project-home.tsx'
import { Welcome } from './welcome.tsx'

export function HomeScreen() {
  const { project, isPending, error } = useProject()
  if (isPending) return <ScreenSkeleton />
  if (error !== null) {
    return (
      <Page>
        <ErrorState error={error} />
        <Welcome />
      </Page>
    )
  }
  return project === null ? <Welcome /> : <ProjectHome project={project} />
}
