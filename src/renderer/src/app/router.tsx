import { createRouter, type ErrorComponentProps, type RouterHistory } from '@tanstack/react-router'
import { FailurePage, ScreenSkeleton } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { Frame } from './frame.tsx'
import { rememberScreens } from './left-screens.ts'
import { rootRoute, screens } from './screens.ts'

function ScreenError({ error, reset }: ErrorComponentProps) {
  return (
    <FailurePage>
      <ErrorState error={error} onRetry={reset} />
    </FailurePage>
  )
}

function NoScreen() {
  return <EmptyState text="There is no screen at this address. Choose one from the rail at the left." />
}

const routeTree = rootRoute
  .update({ component: Frame, notFoundComponent: NoScreen })
  .addChildren(screens.map(({ route }) => route))

/** One error boundary per screen: a screen that fails leaves the frame and the other screens usable. */
export function createWindowRouter(history: RouterHistory) {
  const router = createRouter({
    routeTree,
    history,
    defaultErrorComponent: ScreenError,
    defaultPendingComponent: ScreenSkeleton,
    // A chunk comes from this machine: what takes longer than a blink shows that the click was heard.
    defaultPendingMs: 100,
    defaultPendingMinMs: 0,
  })
  rememberScreens(router)
  return router
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createWindowRouter>
  }
}
