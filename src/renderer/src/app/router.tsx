import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  type RouterHistory,
} from '@tanstack/react-router'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { CatalogueScreen } from '#renderer/features/catalogue/catalogue-screen.tsx'
import { catalogueSearch } from '#renderer/features/catalogue/catalogue-search.ts'
import { CurateScreen } from '#renderer/features/curate/curate-screen.tsx'
import { curateSearch } from '#renderer/features/curate/curate-search.ts'
import { EvaluateScreen } from '#renderer/features/evaluate/evaluate-screen.tsx'
import { evaluateSearch } from '#renderer/features/evaluate/evaluate-search.ts'
import { HomeScreen } from '#renderer/features/home/home-screen.tsx'
import { homeSearch } from '#renderer/features/home/home-search.ts'
import { ModelsScreen } from '#renderer/features/models/models-screen.tsx'
import { modelsSearch } from '#renderer/features/models/models-search.ts'
import { PredictScreen } from '#renderer/features/predict/predict-screen.tsx'
import { predictSearch } from '#renderer/features/predict/predict-search.ts'
import { SettingsScreen } from '#renderer/features/settings/settings-screen.tsx'
import { SplitsScreen } from '#renderer/features/splits/splits-screen.tsx'
import { splitsSearch } from '#renderer/features/splits/splits-search.ts'
import { TrainScreen } from '#renderer/features/train/train-screen.tsx'
import { trainSearch } from '#renderer/features/train/train-search.ts'
import { Frame } from './frame.tsx'

function ScreenError({ error, reset }: ErrorComponentProps) {
  return (
    <div style={{ padding: 16, maxWidth: 720 }}>
      <ErrorState error={error} onRetry={reset} />
    </div>
  )
}

function NoScreen() {
  return <EmptyState text="There is no screen at this address. Choose one from the rail at the left." />
}

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: NoScreen })
const getParentRoute = () => rootRoute

const homeRoute = createRoute({
  getParentRoute,
  path: '/',
  component: HomeScreen,
  validateSearch: homeSearch,
})
const catalogueRoute = createRoute({
  getParentRoute,
  path: '/catalogue',
  component: CatalogueScreen,
  validateSearch: catalogueSearch,
})
const curateRoute = createRoute({
  getParentRoute,
  path: '/curate',
  component: CurateScreen,
  validateSearch: curateSearch,
})
const splitsRoute = createRoute({
  getParentRoute,
  path: '/splits',
  component: SplitsScreen,
  validateSearch: splitsSearch,
})
const trainRoute = createRoute({
  getParentRoute,
  path: '/train',
  component: TrainScreen,
  validateSearch: trainSearch,
})
const evaluateRoute = createRoute({
  getParentRoute,
  path: '/evaluate',
  component: EvaluateScreen,
  validateSearch: evaluateSearch,
})
const modelsRoute = createRoute({
  getParentRoute,
  path: '/models',
  component: ModelsScreen,
  validateSearch: modelsSearch,
})
const predictRoute = createRoute({
  getParentRoute,
  path: '/predict',
  component: PredictScreen,
  validateSearch: predictSearch,
})
const settingsRoute = createRoute({ getParentRoute, path: '/settings', component: SettingsScreen })

const routeTree = rootRoute.addChildren([
  homeRoute,
  catalogueRoute,
  curateRoute,
  splitsRoute,
  trainRoute,
  evaluateRoute,
  modelsRoute,
  predictRoute,
  settingsRoute,
])

/** One error boundary per screen: a screen that fails leaves the frame and the other screens usable. */
export function createWindowRouter(history: RouterHistory) {
  return createRouter({ routeTree, history, defaultErrorComponent: ScreenError })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createWindowRouter>
  }
}
