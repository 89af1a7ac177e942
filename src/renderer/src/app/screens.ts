import {
  IconArrowsSplit2,
  IconChartLine,
  IconFilterCheck,
  IconHistory,
  IconHome,
  IconLayoutGrid,
  IconPackage,
  IconPhotoScan,
  IconReportAnalytics,
  IconScale,
  IconSettings,
  IconTarget,
  IconUsers,
  IconZoomQuestion,
  type Icon,
} from '@tabler/icons-react'
import {
  createRootRoute,
  createRoute,
  lazyRouteComponent,
  type AnyValidator,
  type Constrain,
  type DefaultValidator,
} from '@tanstack/react-router'
import type { FunctionComponent } from 'react'
import { loadPart } from '#renderer/components/load-part.ts'
import { auditSearch } from '#renderer/features/audit/audit-search.ts'
import { catalogueSearch } from '#renderer/features/catalogue/catalogue-search.ts'
import { curateSearch } from '#renderer/features/curate/curate-search.ts'
import { evaluateSearch } from '#renderer/features/evaluate/evaluate-search.ts'
import { explainSearch } from '#renderer/features/explain/explain-search.ts'
import { fairnessSearch } from '#renderer/features/fairness/fairness-search.ts'
import { historySearch } from '#renderer/features/history/history-search.ts'
import { homeSearch } from '#renderer/features/home/home-search.ts'
import { identitiesSearch } from '#renderer/features/identities/identities-search.ts'
import { modelsSearch } from '#renderer/features/models/models-search.ts'
import { predictSearch } from '#renderer/features/predict/predict-search.ts'
import { splitsSearch } from '#renderer/features/splits/splits-search.ts'
import { trainSearch } from '#renderer/features/train/train-search.ts'

export const rootRoute = createRootRoute()

interface ScreenWords {
  readonly title: string
  readonly icon: Icon
  /** Words the palette also finds it by. */
  readonly keywords: readonly string[]
  readonly needsProject: boolean
}

interface Screen<Path extends string, Search> extends ScreenWords {
  readonly path: Path
  /** What its address holds. */
  readonly search: Constrain<Search, AnyValidator, DefaultValidator>
  /** A chunk of its own. */
  readonly load: () => Promise<FunctionComponent>
}

function defineScreen<const Path extends string, Search>({
  load,
  search,
  path,
  ...words
}: Screen<Path, Search>) {
  const route = createRoute({
    getParentRoute: () => rootRoute,
    path,
    validateSearch: search,
    component: lazyRouteComponent(async () => ({ default: await loadPart(load) })),
  })
  return { ...words, path, route }
}

/** The rail, in the order of the loop. */
export const screens = [
  defineScreen({
    path: '/',
    title: 'Home',
    icon: IconHome,
    keywords: ['project', 'import', 'recent'],
    needsProject: false,
    search: homeSearch,
    load: () => import('#renderer/features/home/home-screen.tsx').then((part) => part.HomeScreen),
  }),
  defineScreen({
    path: '/catalogue',
    title: 'Catalogue',
    icon: IconLayoutGrid,
    keywords: ['images', 'browse', 'facets'],
    needsProject: true,
    search: catalogueSearch,
    load: () =>
      import('#renderer/features/catalogue/catalogue-screen.tsx').then((part) => part.CatalogueScreen),
  }),
  defineScreen({
    path: '/curate',
    title: 'Curate',
    icon: IconFilterCheck,
    keywords: ['findings', 'scan', 'duplicates', 'remove', 'review', 'label issues'],
    needsProject: true,
    search: curateSearch,
    load: () => import('#renderer/features/curate/curate-screen.tsx').then((part) => part.CurateScreen),
  }),
  defineScreen({
    path: '/identities',
    title: 'Identities',
    icon: IconUsers,
    keywords: ['people', 'same person', 'merge', 'split', 'faces', 'leak'],
    needsProject: true,
    search: identitiesSearch,
    load: () =>
      import('#renderer/features/identities/identities-screen.tsx').then((part) => part.IdentitiesScreen),
  }),
  defineScreen({
    path: '/audit',
    title: 'Audit',
    icon: IconReportAnalytics,
    keywords: ['data set', 'parity', 'balance', 'diversity', 'cells', 'criteria'],
    needsProject: true,
    search: auditSearch,
    load: () => import('#renderer/features/audit/audit-screen.tsx').then((part) => part.AuditScreen),
  }),
  defineScreen({
    path: '/history',
    title: 'History',
    icon: IconHistory,
    keywords: ['acts', 'undo', 'decisions', 'snapshots', 'who'],
    needsProject: true,
    search: historySearch,
    load: () => import('#renderer/features/history/history-screen.tsx').then((part) => part.HistoryScreen),
  }),
  defineScreen({
    path: '/splits',
    title: 'Splits',
    icon: IconArrowsSplit2,
    keywords: ['train', 'validation', 'test', 'parts'],
    needsProject: true,
    search: splitsSearch,
    load: () => import('#renderer/features/splits/splits-screen.tsx').then((part) => part.SplitsScreen),
  }),
  defineScreen({
    path: '/train',
    title: 'Train',
    icon: IconChartLine,
    keywords: ['run', 'curves', 'resnet'],
    needsProject: true,
    search: trainSearch,
    load: () => import('#renderer/features/train/train-screen.tsx').then((part) => part.TrainScreen),
  }),
  defineScreen({
    path: '/evaluate',
    title: 'Evaluate',
    icon: IconTarget,
    keywords: ['accuracy', 'confusion', 'groups'],
    needsProject: true,
    search: evaluateSearch,
    load: () => import('#renderer/features/evaluate/evaluate-screen.tsx').then((part) => part.EvaluateScreen),
  }),
  defineScreen({
    path: '/fairness',
    title: 'Fairness',
    icon: IconScale,
    keywords: ['groups', 'gap', 'race', 'gender', 'verdict', 'compare'],
    needsProject: true,
    search: fairnessSearch,
    load: () => import('#renderer/features/fairness/fairness-screen.tsx').then((part) => part.FairnessScreen),
  }),
  defineScreen({
    path: '/explain',
    title: 'Explain',
    icon: IconZoomQuestion,
    keywords: ['maps', 'lime', 'class activation', 'occlusion', 'why'],
    needsProject: true,
    search: explainSearch,
    load: () => import('#renderer/features/explain/explain-screen.tsx').then((part) => part.ExplainScreen),
  }),
  defineScreen({
    path: '/predict',
    title: 'Predict',
    icon: IconPhotoScan,
    keywords: ['image', 'drop', 'probabilities'],
    needsProject: true,
    search: predictSearch,
    load: () => import('#renderer/features/predict/predict-screen.tsx').then((part) => part.PredictScreen),
  }),
  defineScreen({
    path: '/models',
    title: 'Models',
    icon: IconPackage,
    keywords: ['export', 'onnx', 'parity'],
    needsProject: true,
    search: modelsSearch,
    load: () => import('#renderer/features/models/models-screen.tsx').then((part) => part.ModelsScreen),
  }),
  defineScreen({
    path: '/settings',
    title: 'Settings',
    icon: IconSettings,
    keywords: ['theme', 'version', 'codec'],
    needsProject: false,
    search: undefined,
    load: () => import('#renderer/features/settings/settings-screen.tsx').then((part) => part.SettingsScreen),
  }),
]

export type ScreenEntry = (typeof screens)[number]
