import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { decisionChange } from '#shared/contract/decision.contract.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { sealPrivate } from '#engine/base/ledger/domain/chain.ts'
import { DecisionDigest, makeSeal } from '#engine/curation/decisions/decision-seal.ts'
import { sealDecision, writeDecisionLine } from '#engine/curation/decisions/domain/act-line.ts'

const text = z.string().nullable()
const goldenSchema = z.object({
  decisions: z.array(
    z.object({
      imageId: z.int(),
      field: decisionChange.shape.field,
      checkCode: z.int().nullable(),
      from: text,
      to: text,
      reason: text,
      note: text,
      salt: z.string(),
      sealed: z.string(),
    }),
  ),
  repeated: z.int(),
  decisionsHash: z.string(),
})
// By tests/oracles/make_decision_seals_golden.py.
const file = new URL('../../../../oracles/golden/decision-seals.json', import.meta.url)
const { decisions, repeated, decisionsHash } = goldenSchema.parse(JSON.parse(readFileSync(file, 'utf8')))

describe('the seal of a decision', () => {
  it('is the one that catalogues hold', () => {
    expect(decisions.map((decision) => sealDecision(decision, decision.salt))).toEqual(
      decisions.map(({ sealed }) => sealed),
    )
  })

  it('is that of a private part, and its line is canonical JSON', () => {
    for (const { imageId, field, checkCode, salt, sealed, ...texts } of decisions) {
      expect(sealPrivate({ content: texts, salt })).toBe(sealed)
      const named = { imageId, field, checkCode }
      expect(writeDecisionLine(named, sealed)).toBe(`${toCanonicalJson({ ...named, sealed })}\n`)
    }
  })

  it('has a salt of its own each time', () => {
    const [decision] = decisions
    if (decision === undefined) throw new Error('There is no decision in the golden file')
    const seals = Array.from({ length: 1000 }, () => makeSeal(decision))
    expect(new Set(seals.map(({ salt }) => salt)).size).toBe(1000)
    expect(seals.every(({ salt }) => /^[0-9a-f]{64}$/.test(salt) && !salt.includes('0'.repeat(32)))).toBe(
      true,
    )
    expect(seals.every(({ salt, sealed }) => sealDecision(decision, salt) === sealed)).toBe(true)
  })
})

describe('the hash over the decisions of an act', () => {
  it('is the one that catalogues hold, however many they are and whenever it is copied', () => {
    let digest = new DecisionDigest()
    for (let round = 0; round < repeated; round++) {
      const before = digest
      digest = before.copy()
      for (const decision of decisions) digest.add(decision, decision.sealed)
      expect(before.read().decisions).toBe(round * decisions.length)
    }
    expect(digest.read()).toEqual({ decisions: repeated * decisions.length, decisionsHash })
  })
})
