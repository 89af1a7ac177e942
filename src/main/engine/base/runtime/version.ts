import packageJson from '../../../../../package.json' with { type: 'json' }

/** Evenhand's own version. */
export const readVersion = (): string => packageJson.version

/** Version and providers of the library that runs models; loaded only when somebody asks. */
export async function readRuntime(): Promise<{ version: string; providers: string[] }> {
  const { createOrtRuntime, listOrtProviders } = await import('#engine/base/runtime/adapters/ort.ts')
  return { version: createOrtRuntime().version, providers: listOrtProviders() }
}
