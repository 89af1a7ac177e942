import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { require, Unmet } from './checklist.ts'
import type { AcceptanceOptions } from './options.ts'
import { readSplit, type SplitRow } from './product.ts'
import type { Site } from './import-checks.ts'

const execute = promisify(execFile)

/** Runs one of the independent programs. @throws Unmet with its words when it ends with an error */
export async function runOracle(
  { folder, python }: NonNullable<AcceptanceOptions['oracles']>,
  program: string,
  argv: readonly string[],
): Promise<string> {
  try {
    const { stdout } = await execute(python, ['-W', 'ignore', join(folder, program), ...argv], {
      maxBuffer: 1 << 26,
    })
    return stdout
  } catch (error) {
    throw new Unmet(`${program}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const splitAnswer = z.object({
  identity_leaks: z.int(),
  sha256_leaks: z.int(),
  parts: z.record(z.string(), z.object({ share: z.number(), total_variation: z.number() })),
  sklearn: z.object({ total_variation_mean: z.number() }),
})

function countLeaks(rows: readonly SplitRow[], key: 'group' | 'sha256'): number {
  const parts = Map.groupBy(rows, (row) => row[key])
  return [...parts.values()].filter((members) => new Set(members.map(({ part }) => part)).size > 1).length
}

export async function checkSplit(
  { checks }: Site,
  { name, file, oracles }: { name: string; file: string; oracles: AcceptanceOptions['oracles'] },
): Promise<void> {
  await checks.check(`${name} split: no group or file in two parts, sizes as asked`, async () => {
    const rows = readSplit(file)
    const [groups, files] = [countLeaks(rows, 'group'), countLeaks(rows, 'sha256')]
    require(groups === 0 && files === 0, `${groups} groups and ${files} files in two parts`)
    const shares = { train: 0.8, val: 0.1, test: 0.1 }
    for (const part of ['train', 'val', 'test'] as const) {
      const share = rows.filter((row) => row.part === part).length / rows.length
      require(Math.abs(share - shares[part]) < 0.005, `${part} has ${(share * 100).toFixed(2)} %`)
    }
    return { detail: `${rows.length} images`, value: null }
  })
  if (oracles === null) return
  await checks.check(`${name} split beside scikit-learn’s StratifiedGroupKFold`, async () => {
    const answer = splitAnswer.parse(JSON.parse(await runOracle(oracles, 'split_check.py', [file])))
    require(answer.identity_leaks === 0 && answer.sha256_leaks === 0, 'it finds a leak')
    const ours = Math.max(...['val', 'test'].map((part) => answer.parts[part]?.total_variation ?? Infinity))
    const theirs = answer.sklearn.total_variation_mean
    require(ours <= theirs, `total variation ${ours.toFixed(5)}, scikit-learn ${theirs.toFixed(5)}`)
    return {
      detail: `total variation at most ${ours.toFixed(5)}, scikit-learn ${theirs.toFixed(5)}`,
      value: null,
    }
  })
}
