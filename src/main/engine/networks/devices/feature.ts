import { answer } from '#engine/base/procedures/handlers.ts'
import type { EngineLent } from '#engine/base/features/lent.ts'
import { readRuntime } from '#engine/base/runtime/version.ts'
import { DeviceService } from './device.service.ts'
import { createDeviceProbe } from './run-probe.ts'

export function openDevices({ userDataFolder, workers, cores, now }: EngineLent) {
  const probe = createDeviceProbe({ workers, threads: cores })
  const devices = new DeviceService({ userDataFolder, probe, readRuntime, cores, now })
  return {
    services: { devices },
    jobs: [],
    handlers: answer({
      'system.devices': () => devices.list(),
      'system.testDevice': ({ device }) => devices.test(device),
    }),
  }
}
