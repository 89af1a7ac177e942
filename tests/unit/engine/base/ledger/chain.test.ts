import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chainLine,
  chainStart,
  ChainVerifier,
  emptyChain,
  hashLine,
  verifyChain,
  type ChainLine,
  type Content,
} from '#engine/base/ledger/domain/chain.ts'
import { createSalt } from '#engine/base/ledger/create-salt.ts'

const ledger = 'acts'
const salt = (line: number): string => line.toString(16).padStart(64, '0')

function makeChain(contents: readonly { open: Content; hidden: Content | null }[]): ChainLine[] {
  let head = emptyChain
  return contents.map(({ open, hidden }, at) => {
    const line = chainLine(ledger, head, {
      open,
      private: hidden === null ? null : { content: hidden, salt: salt(at) },
    })
    head = { lines: line.position, hash: line.hash }
    return line
  })
}

const chain = makeChain([
  { open: { kind: 'opened' }, hidden: null },
  { open: { kind: 'removed', images: 2 }, hidden: { actor: 'Ada', note: 'blurred' } },
  { open: { kind: 'kept', images: 1 }, hidden: { actor: 'Bo', note: null } },
])
const end = { lines: 3, hash: chain[2]?.hash ?? '' }

describe('a chained ledger', () => {
  it('hashes a line by the shape that is written down', () => {
    const line = { position: 1, previous: chainStart, open: { b: 1, a: 'é' }, sealed: null }
    // printf '{"ledger":"x","open":{"a":"é","b":1},"position":1,"previous":"<64 zeros>","sealed":null,"version":1}' | sha256sum
    expect(hashLine('x', line)).toBe('5676f09350b5254939870d1614917f99bbf5068eb7dc7ec7959f89d004651076')
  })

  it('holds from its first line to its end, and not by another name', () => {
    expect(verifyChain(ledger, chain, end)).toEqual({ lines: 3, blanked: 0, head: end, fault: null })
    expect(verifyChain('access', chain).fault).toMatchObject({ kind: 'changed', position: 1 })
  })

  it('still holds where private parts were blanked, and counts them', () => {
    const blanked = chain.map((line) => ({ ...line, private: null }))
    expect(verifyChain(ledger, blanked, end)).toMatchObject({ blanked: 2, fault: null })
  })

  it('names the first line that is missing, moved, changed or cut off', () => {
    const [first, second, third] = chain
    if (first === undefined || second === undefined || third === undefined) throw new Error('no chain')
    const rehashed = { ...second, previous: chainStart }
    const faults = [
      [first, third],
      [second, first, third],
      [first, { ...second, open: { kind: 'removed', images: 3 } }, third],
      [first, { ...rehashed, hash: hashLine(ledger, rehashed) }, third],
      [first, { ...second, private: { content: { actor: 'Eve', note: 'blurred' }, salt: salt(1) } }, third],
      [first, { ...second, private: { content: { actor: 'Ada', note: 'blurred' }, salt: salt(9) } }, third],
      [{ ...first, private: { content: {}, salt: salt(0) } }, second, third],
      [first, second],
      [],
    ].map((lines) => verifyChain(ledger, lines, end).fault)
    expect(faults.map((fault) => fault && [fault.kind, fault.position])).toEqual([
      ['missing-line', 2],
      ['missing-line', 1],
      ['changed', 2],
      ['not-following', 2],
      ['changed-private', 2],
      ['changed-private', 2],
      ['changed-private', 1],
      ['cut-off', 2],
      ['cut-off', 0],
    ])
  })

  it('holds for any content, and no more once any one line was changed', () => {
    const content = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)))
    const lines = fc.array(fc.record({ open: content, hidden: fc.option(content) }), { minLength: 1 })
    fc.assert(
      fc.property(lines, fc.nat(), (contents, pick) => {
        const made = makeChain(contents)
        expect(verifyChain(ledger, made).fault).toBeNull()
        const at = pick % made.length
        const changed = made.map((line, index) =>
          index === at ? { ...line, open: { ...line.open, '\u0000added': true } } : line,
        )
        expect(verifyChain(ledger, changed).fault?.position).toBe(at + 1)
      }),
    )
  })

  it('is read in portions as well', () => {
    const verifier = new ChainVerifier(ledger)
    for (const line of chain) verifier.add(line)
    expect(verifier.finish(end)).toEqual(verifyChain(ledger, chain, end))
  })

  it('seals each private part under a salt of its own', () => {
    const [one, other] = [createSalt(), createSalt()]
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(other).not.toBe(one)
  })
})
