import type { HeadSpec } from '#engine/networks/architecture/training-engine.ts'
import type { GraphBuilder } from './graph-builder.ts'

/** The name of the output that gives a head's answer in years. */
export const nameYearsOutput = (task: string): string => `${task}_years`

/** The age `[batch, 1]` as the head's own number, or as the expectation over the years that it knows. */
function addYears(builder: GraphBuilder, { task, classes, readOut }: HeadSpec): void {
  if (readOut !== 'years' && readOut !== 'expected-years') return
  const outputs = [nameYearsOutput(task)]
  if (readOut === 'years') {
    builder.node('Identity', [task], { outputs })
  } else {
    const probability = builder.node('Softmax', [task], { attributes: { axis: 1 } })
    const years = Array.from({ length: classes }, (_, year) => year)
    builder.node('MatMul', [probability, builder.float32(years, [classes, 1])], { outputs })
  }
  builder.output(nameYearsOutput(task), 'float32', ['batch', 1])
}

/**
 * Heads on `embedding`, whose weights the graph has as `head.<task>.weight` and `.bias`: the logits `[batch, classes]` of each as an
 * output of its task's name, and `age_years` for one in years.
 */
export function addHeads(builder: GraphBuilder, heads: readonly HeadSpec[]): void {
  for (const head of heads) {
    const { task, classes } = head
    builder.node('Gemm', ['embedding', `head.${task}.weight`, `head.${task}.bias`], {
      attributes: { transB: 1 },
      outputs: [task],
    })
    builder.output(task, 'float32', ['batch', classes])
    addYears(builder, head)
  }
}
