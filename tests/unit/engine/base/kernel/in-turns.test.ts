import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { batchInTurns, pageInTurns, repeatInTurns } from '#engine/base/kernel/in-turns.ts'

/** Counts the turns that others get while something runs. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  const done = new AbortController()
  let turns = 0
  const others = (async () => {
    for (; !done.signal.aborted; turns++) await yieldToEvents()
  })()
  await work()
  done.abort()
  await others
  return turns
}

it('batches cover every item once, the last one also where it is smaller', async () => {
  const batches: number[][] = []
  const turns = await countTurns(() =>
    batchInTurns(7, ({ from, to }) => batches.push([from, to]), { size: 3 }),
  )
  expect(batches).toEqual([
    [0, 3],
    [3, 6],
    [6, 7],
  ])
  expect(turns).toBeGreaterThanOrEqual(3)
})

it('pages follow each other by their last image until one is not full', async () => {
  const rows = [2, 3, 5, 8, 13].map((imageId) => ({ imageId }))
  const asked: number[] = []
  const read = ({ after, limit }: { after: number; limit: number }) => {
    asked.push(after)
    return rows.filter(({ imageId }) => imageId > after).slice(0, limit)
  }
  const pages: number[][] = []
  for await (const page of pageInTurns(read, { limit: 2 })) pages.push(page.map(({ imageId }) => imageId))
  expect({ pages, asked }).toEqual({ pages: [[2, 3], [5, 8], [13]], asked: [0, 3, 8] })
})

it('all of them stop at the next turn when they are asked to', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const stop = () => controller.abort(new Error('stopped'))
  const done: string[] = []
  const repeat = repeatInTurns(() => {
    done.push('once')
    stop()
    return true
  }, signal)
  await expect(repeat).rejects.toThrow('stopped')
  await expect(batchInTurns(1, () => done.push('never'), { signal })).rejects.toThrow('stopped')
  const pages = pageInTurns(
    () => {
      done.push('never')
      return []
    },
    { limit: 1, signal },
  )
  await expect(pages.next()).rejects.toThrow('stopped')
  expect(done).toEqual(['once'])
})
