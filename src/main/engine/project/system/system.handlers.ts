import type { SystemInfo } from '#shared/contract/system.contract.ts'
import type { EventHub } from '#engine/base/kernel/event-hub.ts'
import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { listFolders } from '#engine/project/list-folders.ts'

interface SystemHandlerDeps {
  readonly describe: () => Promise<SystemInfo>
  readonly devices: DeviceService
  readonly events: EventHub
}

export function createSystemHandlers(
  os: EngineImplementer['system'],
  { describe, devices, events }: SystemHandlerDeps,
) {
  return {
    info: os.info.handler(() => describe()),
    devices: os.devices.handler(() => devices.list()),
    testDevice: os.testDevice.handler(({ input }) => devices.test(input.device)),
    events: os.events.handler(({ signal }) => events.subscribe(signal ?? new AbortController().signal)),
    folders: os.folders.handler(({ input }) => listFolders(input.path)),
  }
}
