import packageJson from '../../../../package.json' with { type: 'json' }

/** Evenhand's own version. */
export const readVersion = (): string => packageJson.version

/** The version of the library that runs models; loaded only when somebody asks. */
export async function readRuntimeVersion(): Promise<string> {
  const { createOrtRuntime } = await import('../runtime/adapters/ort.ts')
  return createOrtRuntime().version
}
