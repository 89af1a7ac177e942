import { arch, platform } from 'node:process'
import { join } from 'node:path'
import * as z from 'zod'
import { deviceReport } from '#shared/contract/system.contract.ts'
import type { ComputeId, DeviceReport } from '#shared/contract/system.contract.ts'
import { openKeyedFile, type KeyedFile } from '#engine/base/kernel/keyed-file.ts'
import { identifyOnednn, thisMachine } from '#engine/networks/gradients/onednn/find-onednn.ts'
import { nameGraphics } from './name-graphics.ts'

const storedTests = z.object({
  tested: z.array(z.object({ heldTo: z.string(), report: deviceReport })),
})
type StoredTests = z.infer<typeof storedTests>

/** Grows whenever a test means something else. */
const probeVersion = 3

/** Of every device for some environments; the file must not grow with each update of a driver. */
const keptTests = 50

/**
 * What each test holds for, beside the versions that all hold for: where one library is found decides nothing about the
 * others, so that a shell with an environment of its own leaves their tests standing.
 */
export async function describeHolds(): Promise<Readonly<Record<ComputeId, string>>> {
  const graphics = await nameGraphics(platform)
  const drivers = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'] ?? ''
  const driven = [...graphics, drivers].join(' | ')
  return {
    cpu: '',
    webgpu: driven,
    cuda: driven,
    dml: driven,
    coreml: driven,
    onednn: identifyOnednn(thisMachine()),
    tensorflow: [...graphics, process.env['EVENHAND_TENSORFLOW'] ?? ''].join(' | '),
  }
}

/** Remembers in the user data folder what was tested, each result as long as what was tested is still what is there. */
export class TestedDevices {
  readonly #file: KeyedFile<StoredTests>
  readonly #readRuntime: () => Promise<{ version: string }>

  constructor(deps: { userDataFolder: string; readRuntime: () => Promise<{ version: string }> }) {
    this.#file = openKeyedFile(join(deps.userDataFolder, 'devices.json'), storedTests)
    this.#readRuntime = deps.readRuntime
  }

  async list(): Promise<DeviceReport[]> {
    const [tested, holds] = await Promise.all([this.#load(), describeHolds()])
    return tested.filter(({ heldTo, report }) => holds[report.id] === heldTo).map(({ report }) => report)
  }

  /** @param heldTo As it was described before the test began. */
  async keep(report: DeviceReport, heldTo: string): Promise<void> {
    const tested = await this.#load()
    const others = tested.filter((other) => other.report.id !== report.id || other.heldTo !== heldTo)
    await this.#file.write(await this.#makeKey(), {
      tested: [{ heldTo, report }, ...others].slice(0, keptTests),
    })
  }

  /** Every test compares with ONNX Runtime on the CPU. */
  async #makeKey(): Promise<string> {
    const { version } = await this.#readRuntime()
    return [probeVersion, version, platform, arch].join(' | ')
  }

  async #load(): Promise<StoredTests['tested']> {
    return (await this.#file.read(await this.#makeKey()))?.tested ?? []
  }
}
