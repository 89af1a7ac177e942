import { expect, it } from 'vitest'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { readControls } from '#shared/domain/escape-controls.ts'

it('a table shows the control characters of a name, which can be read back', async () => {
  const name = 'a\u001b[2J\u009b31m\rb.png'
  async function* listRows() {
    yield [[name, 1]]
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of csvChunks(['image', 'id'], listRows())) chunks.push(chunk)
  const shown = String.raw`a\x1b[2J\x9b31m\x0db.png`
  expect(Buffer.concat(chunks).toString()).toBe(`image,id\n${shown},1\n`)
  expect(readControls(shown)).toBe(name)
})
