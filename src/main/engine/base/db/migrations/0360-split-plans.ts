/** How a split came to be, sealed with it; null for those of earlier versions. */
export const migration0360 = {
  version: 360,
  name: 'split-plans',
  sql: `
ALTER TABLE split ADD COLUMN plan TEXT;
`,
} as const
