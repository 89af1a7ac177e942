import * as z from 'zod'
import type { DeviceList, DeviceReport } from '#shared/contract/system.contract.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const stateWords = { available: 'available', unavailable: 'not available', untested: 'not tested' } as const

export function addDevicesCommand({ program, run }: CommandRegistry): void {
  const devices = defineCommand(program, 'devices', 'what can train on this machine').option(
    '--test',
    'train a step on each, compare it with the CPU and measure the speed; takes up to minutes',
  )
  devices.action(() =>
    run(devices, async (context) => {
      const { test } = parseFlags(z.object({ test: z.boolean().optional() }), devices.opts())
      const { client } = await context.openEngine()
      if (test === true) {
        for (const { id, name } of (await client.system.devices()).devices) {
          context.signal.throwIfAborted()
          context.note(`Testing ${name}`)
          await client.system.testDevice({ device: id })
        }
      }
      const list = await client.system.devices()
      return { json: list, text: describeDevices(list) }
    }),
  )
}

const describeSpeed = (speed: number | null | undefined): string =>
  speed === null || speed === undefined ? '' : speed.toFixed(speed < 10 ? 1 : 0)

function describeDevices({ devices, automatic }: DeviceList): string {
  const table = formatTable(devices, [
    { title: 'device', cell: ({ id }) => id },
    { title: 'state', cell: ({ state }) => stateWords[state] },
    { title: 'images/s', cell: ({ measured }) => describeSpeed(measured?.imagesPerSecond), alignRight: true },
    {
      title: 'CPU then',
      cell: ({ measured }) => describeSpeed(measured?.cpuImagesPerSecond),
      alignRight: true,
    },
    { title: 'hardware', cell: ({ hardware }) => hardware ?? '' },
  ])
  const reasons = devices.flatMap(({ name, reason }: DeviceReport) =>
    reason === null ? [] : [`${name}: ${reason}`],
  )
  return [table, ...reasons, `A run on auto takes ${automatic}.`].join('\n')
}
