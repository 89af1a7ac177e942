import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

/** `samples/sample-<n>` below the user's data, one higher than the highest there is. */
export async function chooseSampleFolder(userDataFolder: string): Promise<string> {
  const samples = join(userDataFolder, 'samples')
  try {
    await mkdir(samples, { recursive: true })
    const numbers = (await readdir(samples)).map((name) => Number(/^sample-(\d+)$/.exec(name)?.[1] ?? 0))
    return join(samples, `sample-${Math.max(0, ...numbers) + 1}`)
  } catch (error) {
    throw mapSystemError(error, { action: 'make', path: samples })
  }
}
