/** Models of cross-validations last, since each lacks a part of the images; within both kinds the newest first. */
export function orderModels<Model extends { readonly id: number; readonly crossvalId: number | null }>(
  models: readonly Model[],
): Model[] {
  const isOfFold = ({ crossvalId }: Model): number => (crossvalId === null ? 0 : 1)
  return models.toSorted((a, b) => isOfFold(a) - isOfFold(b) || b.id - a.id)
}
