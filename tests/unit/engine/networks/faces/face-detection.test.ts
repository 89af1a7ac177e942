import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as margins from '#engine/networks/faces/domain/detector-margins.ts'
import { hashFaceSource } from '#engine/networks/faces/face-detection.ts'

interface Place {
  readonly path: string
  readonly owner: object
  readonly key: string
  readonly value: number
}

function listNumbers(owner: object, path: string): Place[] {
  return Object.entries(owner).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}.${key}`
    if (typeof value === 'number') return [{ path: here, owner, key, value }]
    return typeof value === 'object' && value !== null ? listNumbers(value, here) : []
  })
}

const hashAll = (): string[] => [
  hashFaceSource({ kind: 'blaze' }),
  hashFaceSource({ kind: 'tiny' }),
  hashFaceSource({ kind: 'file', file: 'yunet.onnx', sha256: 'f'.repeat(64) }),
]

const places = listNumbers(margins, 'margins')

it('knows the numbers that decide a box', () => {
  expect(places.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['margins.blazeRules.frame.height', 'margins.blazeRules.shrunkSide']),
  )
})

it.each(places)('faces found with another $path have another name', ({ owner, key, value }) => {
  const before = hashAll()
  expect(Reflect.set(owner, key, value + 0.01)).toBe(true)
  const changed = hashAll()
  Reflect.set(owner, key, value)
  expect(changed).not.toEqual(before)
  expect(hashAll()).toEqual(before)
})

it.each(['blaze-detector.ts', 'domain/join-looks.ts'])(
  '%s keeps no number from those that are hashed',
  (file) => {
    const source = new URL(`../../../../../src/main/engine/networks/faces/${file}`, import.meta.url)
    expect(readFileSync(source, 'utf8')).not.toMatch(/^(?:export )?const \w+ = [^\n]*\d/m)
  },
)
