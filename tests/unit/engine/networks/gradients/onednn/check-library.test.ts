import { describe, expect, it } from 'vitest'
import { createOnednnTrainingEngine } from '#engine/networks/gradients/onednn/create-onednn-training-engine.ts'
import type { Dnnl, ElementType } from '#engine/networks/gradients/onednn/dnnl.ts'
import { createSharedRuntime } from '#tests/fixtures/shared-runtime.ts'

const compute = (): never => {
  throw new Error('The library was asked to compute')
}

/** A library that tells its facts and computes nothing. */
function compileBy(hasBf16: boolean, options: { arithmetic: ElementType; recorded?: string }) {
  const closed: string[] = []
  const dnnl: Dnnl = {
    facts: { path: '/lib/libdnnl.so.3.7', version: '3.7.2', instructions: 'AVX2', hasBf16 },
    describe: compute,
    countBytes: compute,
    areEqual: compute,
    plan: compute,
    chosen: compute,
    addressOf: compute,
    place: compute,
    move: compute,
    pack: compute,
    run: compute,
    finish: compute,
    close: () => closed.push('closed'),
  }
  const engine = createOnednnTrainingEngine({
    ...options,
    open: () => dnnl,
    runtime: createSharedRuntime(),
  })
  const compiled = engine.compile(
    { arch: 'resnet18', inputSize: 32, heads: [{ task: 'gender', classes: 2 }] },
    {
      batchSize: 2,
      threads: 1,
      optimiser: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0, decayNormsAndBiases: false },
    },
  )
  return { compiled, closed }
}

describe('a run with oneDNN', () => {
  it.each([
    [
      'by another version than its record names',
      { arithmetic: 'float32', recorded: 'oneDNN 2.6.3' },
      /records that oneDNN 2\.6\.3 .* is oneDNN 3\.7\.2 now, at \/lib\/libdnnl\.so\.3\.7.*EVENHAND_ONEDNN/,
    ],
    [
      'in bf16 where the processor lacks it',
      { arithmetic: 'bf16', recorded: 'oneDNN 3.7.2' },
      /bf16, which oneDNN 3\.7\.2 does not have on this processor \(AVX2\)/,
    ],
  ] as const)('is refused %s, with the library closed again', async (_, options, words) => {
    const { compiled, closed } = compileBy(false, options)
    await expect(compiled).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(words),
    })
    expect(closed).toEqual(['closed'])
  })

  it('is computed by the library that its record names, in what that has', async () => {
    await expect(compileBy(true, { arithmetic: 'bf16', recorded: 'oneDNN 3.7.2' }).compiled).rejects.toThrow(
      'The library was asked to compute',
    )
  })
})
