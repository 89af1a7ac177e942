import type { BaselineMapping, BaselineRule } from '#shared/contract/baseline.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { SystemAnswer } from './answer.ts'
import { findRule, mapWord, readMappedAge } from './map-words.ts'

const isNumber = (word: string): boolean => /^\d+(?:\.\d+)?$/.test(word.trim())

/** Every word of a system beside the label that it stands for, with how often; years have a line only where a rule names them. */
export class MappingTable {
  readonly #rules: readonly BaselineRule[]
  readonly #lines = new Map<string, BaselineMapping>()
  unreadAges = 0

  constructor(rules: readonly BaselineRule[]) {
    this.#rules = rules
  }

  add(answer: SystemAnswer, scheme: LabelScheme): void {
    for (const task of tasks) {
      const word = answer[task]
      if (word === null) continue
      const to = mapWord(word, task, { scheme, rules: this.#rules })
      if (task === 'age' && isNumber(word) && findRule(this.#rules, task, word) === undefined) {
        if (readMappedAge(to).bin === null) this.unreadAges += 1
        continue
      }
      const key = `${task} ${scheme} ${word}`
      const line = this.#lines.get(key) ?? { task, scheme, from: word, to, images: 0 }
      this.#lines.set(key, { ...line, images: line.images + 1 })
    }
  }

  /** By task and scheme, the most frequent word first. */
  list(): BaselineMapping[] {
    return [...this.#lines.values()].sort(
      (a, b) =>
        a.task.localeCompare(b.task, 'en') ||
        a.scheme.localeCompare(b.scheme, 'en') ||
        b.images - a.images ||
        (a.from < b.from ? -1 : 1),
    )
  }
}
