import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly environment: NodeJS.ProcessEnv
  /** Its model, by which the library chooses its instructions. */
  readonly processor: string
}

/** By platform, newest last; 1.x has another interface. */
const fileNames = {
  win32: /^dnnl\.dll$/,
  darwin: /^libdnnl\.[23](\.\d+)*\.dylib$/,
  linux: /^libdnnl\.so\.[23](\.\d+)*$/,
} as const

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** Names of the library in a folder, the newest version first. */
function listLibraries(folder: string, platform: NodeJS.Platform): string[] {
  const pattern = platform === 'win32' || platform === 'darwin' ? fileNames[platform] : fileNames.linux
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => pattern.test(name) && isFile(join(folder, name)))
  return names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
}

/** Where systems, conda environments, Homebrew and Intel's installer put it. */
function listFolders({ platform, arch, environment }: Machine): string[] {
  const conda = environment['CONDA_PREFIX']
  if (platform === 'win32') {
    const programs = environment['ProgramFiles(x86)']
    return [
      ...(conda === undefined ? [] : [join(conda, 'Library', 'bin')]),
      ...(programs === undefined ? [] : [join(programs, 'Intel', 'oneAPI', 'dnnl', 'latest', 'bin')]),
    ]
  }
  const own = conda === undefined ? [] : [join(conda, 'lib')]
  if (platform === 'darwin') return [...own, '/opt/homebrew/lib', '/usr/local/lib']
  const triplet = `${arch === 'x64' ? 'x86_64' : arch === 'arm64' ? 'aarch64' : arch}-linux-gnu`
  return [
    ...own,
    '/usr/local/lib',
    `/usr/lib/${triplet}`,
    '/usr/lib64',
    '/usr/lib',
    '/opt/intel/oneapi/dnnl/latest/lib',
  ]
}

/**
 * The file of oneDNN on this machine: the one that EVENHAND_ONEDNN names, itself or by its folder, and no other then;
 * else the first of where it is usually installed. Null where there is none.
 */
export function findOnednn(machine: Machine): string | null {
  const named = machine.environment['EVENHAND_ONEDNN']
  // A link is the same name for the next version; what was measured belongs to the file behind it.
  if (named !== undefined && isFile(named)) return realpathSync(named)
  const folders = named === undefined ? listFolders(machine) : [named]
  const [found] = folders.flatMap((folder) =>
    listLibraries(folder, machine.platform).map((name) => join(folder, name)),
  )
  return found === undefined ? null : realpathSync(found)
}

/** @throws AppError UNAVAILABLE with the reason where there is none. */
export function requireOnednn(machine: Machine): string {
  const path = findOnednn(machine)
  if (path !== null) return path
  throw new AppError(
    'UNAVAILABLE',
    `${describeAbsence(machine)}. docs/guides/onednn.md says how to install it.`,
  )
}

/** What a test of oneDNN holds for: this very file, on this processor. */
export function identifyOnednn(machine: Machine): string {
  const path = findOnednn(machine)
  const file = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
  const found = file === undefined ? describeAbsence(machine) : `${path} | ${file.size} | ${file.mtimeMs}`
  return `${found} | ${machine.processor}`
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  environment: process.env,
  processor: cpus()[0]?.model ?? '',
})

/** What to say where nothing was found. */
export function describeAbsence({ environment }: Machine): string {
  const named = environment['EVENHAND_ONEDNN']
  return named === undefined
    ? 'oneDNN is not installed'
    : `There is no oneDNN at ${named}, which EVENHAND_ONEDNN names`
}
