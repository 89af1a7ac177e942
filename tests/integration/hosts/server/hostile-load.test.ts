import { expect, it } from 'vitest'
import { testSeed } from '../../../fixtures/seed.ts'
import { quickLoad, runHostileLoad } from '../../../hostile/run-hostile-load.ts'

it('a server under hostile requests, calls, upgrades and uploads stays alive, keeps level and tells every refusal', async () => {
  const { findings } = await runHostileLoad(quickLoad, { seed: testSeed })
  expect(findings).toEqual([])
}, 300_000)
