import { totalmem } from 'node:os'
import type { SystemInfo } from '#shared/contract/system.contract.ts'
import { readRuntime, readVersion } from '#engine/base/runtime/version.ts'

interface SystemFacts {
  readonly host: SystemInfo['host']
  readonly cores: number
  readonly chooseCodec: () => Promise<SystemInfo['imageCodec']>
}

/** What Settings shows. */
export async function describeSystem({ host, cores, chooseCodec }: SystemFacts): Promise<SystemInfo> {
  return {
    version: readVersion(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    host,
    cores,
    memoryBytes: totalmem(),
    imageCodec: await chooseCodec(),
    onnxRuntime: (await readRuntime()).version,
  }
}
