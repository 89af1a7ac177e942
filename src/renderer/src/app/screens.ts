import {
  IconFilterCheck,
  IconTarget,
  IconHome,
  IconLayoutGrid,
  IconPackage,
  IconPhotoScan,
  IconArrowsSplit2,
  IconSettings,
  IconChartLine,
  type Icon,
} from '@tabler/icons-react'

export interface ScreenEntry {
  readonly path:
    '/' | '/catalogue' | '/curate' | '/splits' | '/train' | '/evaluate' | '/models' | '/predict' | '/settings'
  readonly title: string
  readonly icon: Icon
  /** Words the palette also finds it by. */
  readonly keywords: readonly string[]
  readonly needsProject: boolean
}

/** The rail, in the order of the loop. */
export const screens: readonly ScreenEntry[] = [
  {
    path: '/',
    title: 'Home',
    icon: IconHome,
    keywords: ['project', 'import', 'recent'],
    needsProject: false,
  },
  {
    path: '/catalogue',
    title: 'Catalogue',
    icon: IconLayoutGrid,
    keywords: ['images', 'browse', 'facets'],
    needsProject: true,
  },
  {
    path: '/curate',
    title: 'Curate',
    icon: IconFilterCheck,
    keywords: ['findings', 'scan', 'duplicates', 'remove', 'review', 'label issues'],
    needsProject: true,
  },
  {
    path: '/splits',
    title: 'Splits',
    icon: IconArrowsSplit2,
    keywords: ['train', 'validation', 'test', 'parts'],
    needsProject: true,
  },
  {
    path: '/train',
    title: 'Train',
    icon: IconChartLine,
    keywords: ['run', 'curves', 'resnet'],
    needsProject: true,
  },
  {
    path: '/evaluate',
    title: 'Evaluate',
    icon: IconTarget,
    keywords: ['accuracy', 'confusion', 'groups'],
    needsProject: true,
  },
  {
    path: '/predict',
    title: 'Predict',
    icon: IconPhotoScan,
    keywords: ['image', 'drop', 'probabilities'],
    needsProject: true,
  },
  {
    path: '/models',
    title: 'Models',
    icon: IconPackage,
    keywords: ['export', 'onnx', 'parity'],
    needsProject: true,
  },
  {
    path: '/settings',
    title: 'Settings',
    icon: IconSettings,
    keywords: ['theme', 'version', 'codec'],
    needsProject: false,
  },
]
