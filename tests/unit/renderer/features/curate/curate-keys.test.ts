import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chordOf, formatChord, type KeyPress } from '#renderer/features/curate/keys/chord.ts'
import { keyActionNames } from '#renderer/features/curate/keys/key-actions.ts'
import {
  actionOf,
  defaultBindings,
  parseBindings,
  rebind,
  writeBindings,
} from '#renderer/features/curate/keys/key-bindings.ts'

const press = (key: string, part: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...part,
})

describe('a chord', () => {
  it.each([
    [press('k'), 'k'],
    [press('K'), 'k'],
    [press('X', { shiftKey: true }), 'shift+x'],
    [press('?', { shiftKey: true }), '?'],
    [press('ArrowRight', { shiftKey: true }), 'shift+arrowright'],
    [press(' '), 'space'],
    [press('z', { ctrlKey: true }), 'mod+z'],
    [press('z', { metaKey: true, shiftKey: true }), 'mod+shift+z'],
    [press('Shift', { shiftKey: true }), null],
    [press('x', { altKey: true }), null],
  ])('of %j is %s', (keyPress, chord) => {
    expect(chordOf(keyPress)).toBe(chord)
  })

  it('is shown as it stands on a keyboard', () => {
    expect(['shift+u', 'arrowleft', 'space', 'mod+z'].map(formatChord)).toEqual([
      'Shift U',
      '←',
      'Space',
      'Ctrl Z',
    ])
  })
})

describe('key bindings', () => {
  it('never give one key to two actions', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom(...keyActionNames),
            fc.constantFrom('k', 'x', 'q', 'w', 'shift+x', '3', 'escape'),
          ),
        ),
        (changes) => {
          const bindings = changes.reduce((before, [action, chord]) => {
            const outcome = rebind(before, action, chord)
            return 'bindings' in outcome ? outcome.bindings : before
          }, defaultBindings)
          expect(new Set(Object.values(bindings)).size).toBe(keyActionNames.length)
          expect(parseBindings(writeBindings(bindings))).toEqual(bindings)
        },
      ),
    )
  })

  it('name what has a key already', () => {
    expect(rebind(defaultBindings, 'remove', 'k')).toEqual({
      refusal: 'This key is taken by "Keep". Press another one.',
    })
    expect(rebind(defaultBindings, 'remove', '4')).toEqual({
      refusal: 'This key chooses a label. Press another one.',
    })
  })

  it('are the defaults where what is stored cannot be used', () => {
    for (const text of [null, 'no JSON', '[]', '{"keep":"x"}', '{"keep":"7"}', '{"unknown":"q"}']) {
      expect(parseBindings(text)).toEqual(defaultBindings)
    }
  })

  it('find the action of a key', () => {
    const moved = rebind(defaultBindings, 'keep', 'j')
    expect('bindings' in moved && [actionOf(moved.bindings, 'j'), actionOf(moved.bindings, 'k')]).toEqual([
      'keep',
      null,
    ])
  })
})
