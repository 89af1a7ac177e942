/**
 * Probabilities whose logits are divided by a temperature: above 1 they come nearer to each other.
 * @returns by label, in the same order; they sum to 1
 */
export function temper(
  probabilities: Readonly<Record<string, number>>,
  temperature: number,
): Record<string, number> {
  const entries = Object.entries(probabilities)
  const most = Math.max(...entries.map(([, value]) => value))
  const raised = entries.map(([label, value]) => [label, (value / most) ** (1 / temperature)] as const)
  const total = raised.reduce((sum, [, value]) => sum + value, 0)
  return Object.fromEntries(raised.map(([label, value]) => [label, value / total]))
}
