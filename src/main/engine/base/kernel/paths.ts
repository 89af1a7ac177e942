import { resolve } from 'node:path'
import envPaths from 'env-paths'

/** Where settings, logs and the list of recent projects lie by default; `EVENHAND_HOME` moves them. */
export function resolveUserDataFolder(env: Readonly<Record<string, string | undefined>>): string {
  const chosen = env['EVENHAND_HOME']
  return chosen === undefined || chosen === '' ? envPaths('evenhand', { suffix: '' }).data : resolve(chosen)
}
