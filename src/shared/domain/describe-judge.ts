/** Whose answers a check went by, from the parameters that it was run with; null where it asks nobody. */
export function describeJudge(params: Readonly<Record<string, unknown>>): string | null {
  const { source, space } = params
  if (typeof source === 'string') return `Judged by ${source}.`
  return typeof space === 'string' ? `Compared by the embeddings ${space}.` : null
}
