import { Outlet, useLocation, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { AskFirst } from '#renderer/components/ask-first.tsx'
import { showFailure } from '#renderer/components/notices.ts'
import { useSingleEnter } from '#renderer/decisions/keys/use-single-enter.ts'
import { useEngineEvents } from '#renderer/engine/use-connection.ts'
import { useProject } from '#renderer/engine/use-project.ts'
import { JobBar } from '#renderer/features/jobs/job-bar.tsx'
import { CommandPalette } from './command-palette.tsx'
import { ConnectionNotice } from './connection-notice.tsx'
import { ContextBar } from './context-bar.tsx'
import { FileNotice } from './file-notice.tsx'
import styles from './frame.module.css'
import { leftScreens } from './left-screens.ts'
import { PaletteButton } from './palette-button.tsx'
import { Rail } from './rail.tsx'
import { screens } from './screens.ts'
import { SyntheticNotice } from './synthetic-notice.tsx'
import { ThemeToggle } from './theme-toggle.tsx'
import { useFolderDrop } from './use-folder-drop.ts'

export function Frame() {
  const { pathname } = useLocation()
  const router = useRouter()
  const { project } = useProject()
  useEngineEvents(showFailure)
  useSingleEnter()
  useFolderDrop(project !== null)
  const uuid = project?.uuid
  // Another project has other images: what was looked at in this one leads nowhere there.
  useEffect(() => (uuid === undefined ? undefined : () => leftScreens(router).clear()), [router, uuid])

  const title = screens.find((screen) => screen.path === pathname)?.title ?? 'Evenhand'
  return (
    <div className={styles['frame']}>
      <a className={styles['skip']} href="#screen" onClick={focusScreen}>
        Skip to the screen
      </a>
      <Rail />
      <div className={styles['main']}>
        <header className={styles['header']}>
          <h1>{title}</h1>
          <ContextBar />
          <div className={styles['tools']}>
            <PaletteButton />
            <ThemeToggle />
          </div>
        </header>
        <ConnectionNotice />
        {project?.isSynthetic === true && <SyntheticNotice />}
        {project !== null && project.files.notice !== null && <FileNotice notice={project.files.notice} />}
        <main id="screen" tabIndex={-1} className={styles['screen']}>
          <Outlet />
        </main>
        <JobBar />
      </div>
      <CommandPalette />
      <AskFirst />
    </div>
  )
}

// The hash holds the route, so the skip link moves the focus itself.
function focusScreen(event: React.MouseEvent) {
  event.preventDefault()
  document.querySelector<HTMLElement>('#screen')?.focus()
}
