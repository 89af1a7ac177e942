/** With fewer images there is little to tell sources apart by. */
const fewestImages = 20
const tolerance = 1e-7
const mostSteps = 2000
/** Of an even share: a source that alone knows an image must still be heard. */
const leastShare = 0.01

/**
 * How much each of several sources should count in a mean of their probabilities: the weights, summing to 1, under which the
 * labels that images carry are most probable (stacking of predictive distributions: Yao, Vehtari, Simpson and Gelman 2018,
 * https://doi.org/10.1214/17-BA1091), by expectation-maximisation of a mixture whose components are fixed. The likelihood is
 * concave in the weights, so that it does not matter where the search begins. No weight falls below a hundredth of an even
 * share; all are even with fewer than 20 images.
 *
 * @param probabilities `[images, sources]` row by row, in [0, 1]: what each source gives the image's label, out of sample.
 * @returns `[sources]`
 */
export function weighSources(probabilities: Float64Array, sources: number): Float64Array {
  const even = new Float64Array(sources).fill(1 / sources)
  const images = probabilities.length / sources
  if (sources < 2 || images < fewestImages) return even
  let weights = even
  for (let step = 0; step < mostSteps; step++) {
    const next = new Float64Array(sources)
    let heard = 0
    for (let image = 0; image < images; image++) {
      const at = image * sources
      let sum = 0
      for (let source = 0; source < sources; source++) {
        sum += (probabilities[at + source] ?? 0) * (weights[source] ?? 0)
      }
      // A label that every source rules out says nothing about which of them is right.
      if (sum === 0) continue
      heard += 1
      for (let source = 0; source < sources; source++) {
        const part = (probabilities[at + source] ?? 0) * (weights[source] ?? 0)
        next[source] = (next[source] ?? 0) + part / sum
      }
    }
    if (heard < fewestImages) return even
    const before = weights
    weights = next.map((one) => one / heard)
    if (weights.every((one, source) => Math.abs(one - (before[source] ?? 0)) < tolerance)) break
  }
  const raised = weights.map((one) => Math.max(one, leastShare / sources))
  const total = raised.reduce((sum, one) => sum + one, 0)
  return raised.map((one) => one / total)
}
