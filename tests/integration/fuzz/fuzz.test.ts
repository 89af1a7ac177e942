import { describe, expect, it } from 'vitest'
import { testSeed } from '../../fixtures/seed.ts'
import { fuzzTargets } from '../../fuzz/fuzz-targets.ts'
import { runFuzz } from '../../fuzz/run-fuzz.ts'

/** Of each parser; `npm run fuzz` goes on for as long as asked. */
const seconds = 1

describe('whatever a file or a message holds', () => {
  it.each(fuzzTargets.map(({ name }) => name))(
    'reading it ends in a result of its contract or in a refusal in plain words: %s',
    async (parser) => {
      const { inputs, findings } = await runFuzz({ parser, seed: testSeed, seconds })
      expect(findings).toEqual([])
      expect(inputs).toBeGreaterThan(0)
    },
  )
})
