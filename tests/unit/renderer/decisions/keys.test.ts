import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chordOf, formatChord, type KeyPress } from '#renderer/decisions/keys/chord.ts'
import { isActionOn, keyActionNames } from '#renderer/decisions/keys/key-actions.ts'
import {
  actionOf,
  defaultBindings,
  parseBindings,
  rebind,
  writeBindings,
} from '#renderer/decisions/keys/key-bindings.ts'

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
    expect(['shift+u', 'arrowleft', 'space', 'mod+z', 'escape'].map(formatChord)).toEqual([
      'Shift U',
      '←',
      'Space',
      'Ctrl Z',
      'Esc',
    ])
  })
})

describe('key bindings', () => {
  it('never give one key to two actions of a screen', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom(...keyActionNames),
            fc.constantFrom('k', 'x', 'l', 'd', 'q', 'w', 'shift+x', '3', 'escape'),
          ),
        ),
        (changes) => {
          const bindings = changes.reduce((before, [action, chord]) => {
            const outcome = rebind(before, action, chord)
            return 'bindings' in outcome ? outcome.bindings : before
          }, defaultBindings)
          for (const screen of ['catalogue', 'curate', 'identities'] as const) {
            const chords = keyActionNames
              .filter((action) => isActionOn(action, screen))
              .map((action) => bindings[action])
            expect(new Set(chords).size).toBe(chords.length)
          }
          expect(parseBindings(writeBindings(bindings))).toEqual(bindings)
        },
      ),
    )
  })

  it('may give one key to actions of two screens, which never meet', () => {
    const shared = rebind(defaultBindings, 'age', 'l')
    const bindings = 'bindings' in shared ? shared.bindings : defaultBindings
    expect([actionOf(bindings, 'l', 'curate'), actionOf(bindings, 'l', 'catalogue')]).toEqual([
      'age',
      'relabel',
    ])
  })

  it('name what has a key already, and what the key does besides', () => {
    const refusals = (
      [
        ['remove', 'k'],
        ['remove', 'd'],
        ['remove', '4'],
        ['remove', 'arrowdown'],
      ] as const
    ).map(([action, chord]) => rebind(defaultBindings, action, chord))
    expect(refusals).toEqual([
      { refusal: 'This key is taken by "Keep". Press another one.' },
      { refusal: 'This key is taken by "Open or close the details". Press another one.' },
      { refusal: 'This key chooses a label. Press another one.' },
      { refusal: 'This key moves in the catalogue. Press another one.' },
    ])
    expect(rebind(defaultBindings, 'skip', 'arrowdown')).toHaveProperty('bindings.skip', 'arrowdown')
  })

  it('are the defaults where what is stored cannot be used', () => {
    for (const text of [
      null,
      'no JSON',
      '[]',
      '{"keep":"j","remove":"j"}',
      '{"keep":"7"}',
      '{"unknown":"q"}',
    ]) {
      expect(parseBindings(text)).toEqual(defaultBindings)
    }
  })

  it('keep a chosen key that an action of its screen has by default, and leave that one without', () => {
    expect(parseBindings('{"keep":"d"}')).toEqual({ ...defaultBindings, keep: 'd', details: null })
  })

  it('find the action of a key', () => {
    const moved = rebind(defaultBindings, 'keep', 'j')
    const bindings = 'bindings' in moved ? moved.bindings : defaultBindings
    expect(['j', 'k', 'l'].map((chord) => actionOf(bindings, chord, 'curate'))).toEqual(['keep', null, null])
  })
})
