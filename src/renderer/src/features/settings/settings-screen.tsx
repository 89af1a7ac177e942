import { SegmentedControl, Skeleton, useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { formatBytes } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { Page } from '#renderer/components/screen.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import type { SystemInfo } from '#shared/contract/system.contract.ts'
import { AccessLog } from './access-log.tsx'
import { CatalogueCopies } from './catalogue-copies.tsx'
import { FileAudience } from './file-audience.tsx'
import { Purposes } from './purposes.tsx'
import { ProjectIntegrity } from './project-integrity.tsx'
import { ReviewerName } from './reviewer-name.tsx'
import { SignOut } from './sign-out.tsx'
import { TrainingDevices } from './training-devices.tsx'
import styles from './settings.module.css'

const schemes = ['light', 'dark', 'auto'] as const
const schemeWords = { light: 'Light', dark: 'Dark', auto: 'As the system' } as const
const hostWords = { electron: 'Desktop window', server: 'Browser window', cli: 'Command line' } as const

export function SettingsScreen() {
  const api = useApi()
  const host = useHost()
  const info = useQuery(api.system.info.queryOptions())
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Page>
      <div className={styles['settings']}>
        <Panel title="Appearance">
          <div className={styles['row']}>
            <span id="theme-label">Theme</span>
            <SegmentedControl
              aria-labelledby="theme-label"
              value={colorScheme}
              onChange={(value) => setColorScheme(schemes.find((scheme) => scheme === value) ?? 'auto')}
              data={schemes.map((scheme) => ({ value: scheme, label: schemeWords[scheme] }))}
            />
          </div>
        </Panel>
        <Panel title="Reviewer">
          <ReviewerName />
        </Panel>
        <Panel title="Copies of the project">
          <CatalogueCopies />
        </Panel>
        <Panel title="Readers of the files">
          <FileAudience />
        </Panel>
        <Panel title="Purposes">
          <Purposes />
        </Panel>
        <Panel title="Access log">
          <AccessLog />
        </Panel>
        <Panel title="Integrity">
          <ProjectIntegrity />
        </Panel>
        <Panel title="This machine">
          {info.error !== null && <ErrorState error={info.error} compact />}
          {info.isPending && <Skeleton h={160} />}
          {info.data !== undefined && <SystemFacts info={info.data} />}
        </Panel>
        <Panel title="Training devices">
          <TrainingDevices />
        </Panel>
        {host.signIns !== null && (
          <Panel title="Signed in">
            <SignOut signIns={host.signIns} />
          </Panel>
        )}
        <Panel title="Privacy">
          <p className={styles['text']}>
            Evenhand makes no network call. Images, labels, models and results stay in the project folder and
            in the folders you import from; only the list of recent projects and these settings are kept
            outside.
          </p>
        </Panel>
        <Panel title="Keys">
          <dl className={styles['facts']}>
            <Fact term="Command palette" value="Ctrl K, ⌘ K" />
            <Fact term="Move in the catalogue" value="Arrows, Page Up, Page Down, Home, End" />
            <Fact term="Open the image" value="Enter or Space" />
            <Fact term="Close the detail" value="Esc" />
            <Fact term="Leave a facet value out" value="Alt-click" />
          </dl>
        </Panel>
      </div>
    </Page>
  )
}

function SystemFacts({ info }: { readonly info: SystemInfo }) {
  return (
    <dl className={styles['facts']}>
      <Fact term="Evenhand" value={info.version} />
      <Fact term="Opened as" value={hostWords[info.host]} />
      <Fact term="Node" value={info.node} />
      <Fact term="ONNX Runtime" value={info.onnxRuntime} />
      <Fact term="Image codec" value={`${info.imageCodec.name}. ${info.imageCodec.reason}`} />
      <Fact term="Platform" value={info.platform} />
      <Fact term="Cores" value={String(info.cores)} />
      <Fact term="Memory" value={formatBytes(info.memoryBytes)} />
    </dl>
  )
}

function Fact({ term, value }: { readonly term: string; readonly value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  )
}
