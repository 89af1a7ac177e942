import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { CheckService } from '#engine/curation/checks/check.service.ts'
import type { FindingService } from '#engine/curation/checks/finding.service.ts'
import type { ScanService } from './scan.service.ts'
import type { ShortcutService } from '#engine/curation/label-checks/shortcut.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export const createScanHandlers = (
  os: EngineImplementer['scan'],
  services: () => { readonly scans: ScanService },
) => ({
  start: os.start.handler(({ input }) => ({ jobId: services().scans.start(input) })),
  settings: os.settings.handler(() => services().scans.readSettings()),
})

/** @param services gives the open project's services, or throws PRECONDITION */
export const createCheckHandlers = (
  os: EngineImplementer['check'],
  services: () => { readonly checks: CheckService; readonly shortcuts: ShortcutService },
) => ({
  list: os.list.handler(({ signal }) => services().checks.list(signal)),
  shortcuts: os.shortcuts.handler(() => services().shortcuts.read()),
  histogram: os.histogram.handler(({ input, signal }) => services().checks.histogram(input, signal)),
  preview: os.preview.handler(({ input, signal }) => services().checks.preview(input, signal)),
  setCut: os.setCut.handler(({ input, signal }) => services().checks.setCut(input, signal)),
})

/** @param services gives the open project's services, or throws PRECONDITION */
export const createFindingHandlers = (
  os: EngineImplementer['finding'],
  services: () => { readonly findings: FindingService },
) => ({
  queue: os.queue.handler(({ input }) => services().findings.queue(input)),
  group: os.group.handler(({ input }) => services().findings.group(input.check, input.groupId)),
  ofImage: os.ofImage.handler(({ input }) => services().findings.ofImage(input.imageId)),
})
