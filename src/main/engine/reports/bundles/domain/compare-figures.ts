/** Figures of two machines differ in their last digits, since not all of them take logarithms alike. */
const relative = 1e-9
const absolute = 1e-12

const isSame = (a: number, b: number): boolean =>
  Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b))

/** A figure or a word at a place of a document. */
export interface ComparedLeaf {
  readonly path: string
  readonly recorded: string
  readonly recomputed: string
  readonly isSame: boolean
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const say = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** What an element of a list is called: by what tells it from its neighbours. */
function nameElement(element: unknown, index: number): string {
  if (!isObject(element)) return `[${index + 1}]`
  const { task, metric, by, label, group, grouping, a, b } = element
  if (typeof metric === 'string' && Array.isArray(by))
    return `[${metric}${typeof label === 'string' ? ` of ${label}` : ''} by ${by.join(', ')}]`
  if (typeof task === 'string' && 'result' in element) return `[${task}]`
  if (isObject(group)) return `[${Object.values(group).join(', ')}]`
  if (typeof group === 'string')
    return `[${typeof grouping === 'string' && 'bias' in element ? `${grouping} ` : ''}${group}]`
  if (isObject(a) && isObject(b) && 'verdict' in element)
    return `[${Object.values(a).join(', ')} - ${Object.values(b).join(', ')}]`
  if (typeof grouping === 'string') return `[${grouping}]`
  return `[${index + 1}]`
}

/** Every leaf of two documents of one shape, in the order of the first. */
export function* compareLeaves(
  recorded: unknown,
  recomputed: unknown,
  path = '',
): Generator<ComparedLeaf, void, void> {
  if (Array.isArray(recorded) && Array.isArray(recomputed)) {
    if (recorded.length !== recomputed.length) {
      yield {
        path: `${path}.length`,
        recorded: String(recorded.length),
        recomputed: String(recomputed.length),
        isSame: false,
      }
    }
    for (const [index, element] of recorded.entries())
      if (index < recomputed.length)
        yield* compareLeaves(element, recomputed[index], `${path}${nameElement(recomputed[index], index)}`)
    return
  }
  if (isObject(recorded) && isObject(recomputed)) {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(recomputed)]))
      yield* compareLeaves(recorded[key], recomputed[key], path === '' ? key : `${path}.${key}`)
    return
  }
  const areNumbers = typeof recorded === 'number' && typeof recomputed === 'number'
  yield {
    path,
    recorded: say(recorded),
    recomputed: say(recomputed),
    isSame: areNumbers ? isSame(recorded, recomputed) : recorded === recomputed,
  }
}
