import { expect, it } from 'vitest'
import { readAction } from '#engine/curation/decisions/exchange/file-decision.ts'
import { readGenderText } from '#engine/data/catalogue/domain/category-text.ts'
import { readImageSearch } from '#shared/domain/image-search.ts'
import { mapRace } from '#shared/domain/label-schemes.ts'
import { lookUp } from '#shared/domain/look-up.ts'

const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']

it('a table holds its own names and none that every object inherits', () => {
  expect(lookUp({ a: 1 }, 'a')).toBe(1)
  expect(inherited.map((name) => lookUp({ a: 1 }, name))).toEqual(inherited.map(() => undefined))
})

it('a word that every object inherits is no action, no gender, no field and no label', () => {
  for (const word of inherited) {
    expect(readAction(word)).toBe(null)
    expect(mapRace(word, 'utkface5', 'fairface7')).toBe(null)
    expect(readGenderText(word, 'fairface7').value).toBe(null)
    expect(readImageSearch(`${word}:x`).problem?.message ?? 'a word').toMatch(/no field|a word/)
  }
})
