import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

const profile = z.array(
  z.object({
    args: z.object({ provider: z.string().optional(), op_name: z.string().optional() }).optional(),
  }),
)

export interface CountedOperators {
  readonly onDevice: number
  /** Distinct names, in order. */
  readonly onCpu: string[]
}

/** Reads ONNX Runtime's profiles in a folder: which provider ran each operator. Copies between the two do not count. */
export async function countOperators(folder: string): Promise<CountedOperators> {
  let onDevice = 0
  const onCpu = new Set<string>()
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
    for (const { args } of profile.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))) {
      const { provider = '', op_name: name = '' } = args ?? {}
      if (name === '' || name.startsWith('Memcpy')) continue
      if (provider === 'CPUExecutionProvider') onCpu.add(name)
      else if (provider !== '') onDevice++
    }
  }
  return { onDevice, onCpu: [...onCpu].sort() }
}
