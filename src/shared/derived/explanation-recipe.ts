import type { Explanation } from '../contract/explanation.contract.ts'

/**
 * An explanation as a file, without the pictures, which lie beside it, and without its seconds: the same recipe makes the same file.
 */
export function describeRecipe({ maps, input: _input, seconds: _seconds, ...recipe }: Explanation): string {
  return `${JSON.stringify({ ...recipe, maps: maps.map(({ overlay: _overlay, ...rest }) => rest) }, null, 1)}\n`
}
