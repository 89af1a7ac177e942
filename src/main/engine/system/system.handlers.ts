import type { SystemInfo } from '#shared/contract/system.contract.ts'
import type { EventHub } from '../kernel/event-hub.ts'
import type { EngineImplementer } from '../kernel/implementer.ts'
import type { DeviceService } from '../training/devices/device.service.ts'
import { listFolders } from './list-folders.ts'

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
