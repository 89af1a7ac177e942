import { expect, it } from 'vitest'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'

/** Notes what is opened and closed; keys that begin with "bad" cannot be opened. */
function createNotedSlot() {
  const notes: string[] = []
  const slot = createOpenSlot<string, string>({
    open: (key) => {
      notes.push(`open ${key}`)
      return key.startsWith('bad') ? Promise.reject(new Error(`no ${key}`)) : Promise.resolve(key)
    },
    close: (value) => {
      notes.push(`close ${value}`)
      return Promise.resolve()
    },
  })
  return { slot, notes }
}

it('one thing is open at a time, and stays open for the same key', async () => {
  const { slot, notes } = createNotedSlot()
  expect([await slot.get('a'), await slot.get('a'), await slot.get('b')]).toEqual(['a', 'a', 'b'])
  await slot.close()
  await slot.close()
  expect(notes).toEqual(['open a', 'close a', 'open b', 'close b'])
})

it('what could not be opened is tried again, and is in the way of nothing else', async () => {
  const { slot, notes } = createNotedSlot()
  await expect(slot.get('bad')).rejects.toThrow('no bad')
  await expect(slot.get('bad')).rejects.toThrow('no bad')
  expect(await slot.get('a')).toBe('a')
  await expect(slot.get('bad')).rejects.toThrow('no bad')
  expect(await slot.get('b')).toBe('b')
  expect(notes).toEqual(['open bad', 'open bad', 'open a', 'close a', 'open bad', 'open b'])
})

it('those who ask at once for different things each get their own', async () => {
  const { slot } = createNotedSlot()
  await slot.get('a')
  expect(await Promise.all([slot.get('b'), slot.get('c'), slot.get('b')])).toEqual(['b', 'c', 'b'])
})

it('only what is open for another key is closed to save memory', async () => {
  const { slot, notes } = createNotedSlot()
  await slot.closeOthers('a')
  await slot.get('a')
  await slot.closeOthers('a')
  await slot.closeOthers('b')
  expect(notes).toEqual(['open a', 'close a'])
})
