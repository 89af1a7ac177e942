import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconBrightness, IconFolderPlus, IconPlayerPlay, IconSearch, IconX } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useStopJob } from '#renderer/components/use-stop-job.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import { useProject } from '#renderer/engine/use-project.ts'
import { screens } from './screens.ts'

/** Every screen and the actions that stand on no single screen. */
export function CommandPalette() {
  const navigate = useNavigate()
  const { project } = useProject()
  const { running } = useJobs()
  const { stop } = useStopJob()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')

  const goTo: SpotlightActionData[] = screens
    .filter((screen) => project !== null || !screen.needsProject)
    .map((screen) => ({
      id: screen.path,
      label: screen.title,
      keywords: [...screen.keywords],
      leftSection: <screen.icon size={16} aria-hidden />,
      onClick: () => void navigate({ to: screen.path }),
    }))
  const commands: SpotlightActionData[] = [
    ...(project === null
      ? []
      : [
          {
            id: 'import',
            label: 'Import images',
            leftSection: <IconFolderPlus size={16} aria-hidden />,
            onClick: () => void navigate({ to: '/', search: { dialog: 'import' } }),
          },
          {
            id: 'new-run',
            label: 'Start a training run',
            leftSection: <IconPlayerPlay size={16} aria-hidden />,
            onClick: () => void navigate({ to: '/train', search: {} }),
          },
        ]),
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
  ]
  return (
    <Spotlight
      actions={groups}
      nothingFound="Nothing of that name"
      highlightQuery
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      scrollable
      maxHeight={420}
      tagsToIgnore={[]}
      shortcut={['mod + K']}
      searchProps={{
        placeholder: 'Go to a screen or do something',
        'aria-label': 'Command',
        leftSection: <IconSearch size={16} aria-hidden />,
      }}
    />
  )
}
