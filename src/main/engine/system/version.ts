import packageJson from '../../../../package.json' with { type: 'json' }

/** Evenhand's own version. */
export const readVersion = (): string => packageJson.version
