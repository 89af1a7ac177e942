import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconBrightness, IconSearch, IconX } from '@tabler/icons-react'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useStopJob } from '#renderer/components/use-stop-job.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import { useProject } from '#renderer/engine/use-project.ts'
import { returnTo } from './left-screens.ts'
import { useProjectCommands, useProjectEntries } from './palette-entries.ts'
import { screens } from './screens.ts'

/** More would be a list to read, not a place to find something. */
const mostShown = 40

/** Every screen, what the project holds, and the actions that stand on no single screen. */
export function CommandPalette() {
  const navigate = useNavigate()
  const router = useRouter()
  const { project } = useProject()
  const { running } = useJobs()
  const { stop } = useStopJob()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')

  const projectEntries = useProjectEntries(project !== null)
  const projectCommands = useProjectCommands(project !== null)

  const goTo: SpotlightActionData[] = screens
    .filter((screen) => project !== null || !screen.needsProject)
    .map((screen) => ({
      id: screen.path,
      label: screen.title,
      keywords: [...screen.keywords],
      leftSection: <screen.icon size={16} aria-hidden />,
      onClick: () => {
        if (!returnTo(router, screen.path)) void navigate({ to: screen.path })
      },
    }))
  const commands: SpotlightActionData[] = [
    ...projectCommands,
    ...running.map((job) => ({
      id: `cancel-job-${job.id}`,
      label: `Cancel: ${job.title}`,
      leftSection: <IconX size={16} aria-hidden />,
      onClick: () => stop(job),
    })),
    {
      id: 'theme',
      label: scheme === 'dark' ? 'Use the light theme' : 'Use the dark theme',
      leftSection: <IconBrightness size={16} aria-hidden />,
      onClick: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark'),
    },
  ]
  const groups: SpotlightActionGroupData[] = [
    { group: 'Go to', actions: goTo },
    { group: 'Do', actions: commands },
    ...projectEntries,
  ]
  return (
    <Spotlight
      actions={groups}
      // The dialog has no title that could name it.
      attributes={{ content: { 'aria-label': 'Commands' } }}
      nothingFound="Nothing of that name"
      highlightQuery
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      scrollable
      limit={mostShown}
      maxHeight={420}
      tagsToIgnore={[]}
      shortcut={['mod + K']}
      searchProps={{
        placeholder: 'Go to a screen, queue, view, run or model, or do something',
        'aria-label': 'Command',
        leftSection: <IconSearch size={16} aria-hidden />,
      }}
    />
  )
}
