import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { findBreaks } from '#tests/fixtures/find-breaks.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import {
  makeRecordedPlaces,
  recordedLines,
  runRecordedLines,
  type RecordedAnswer,
  type RecordedLine,
} from '#tests/fixtures/recorded-commands.ts'

/** Written by tests/oracles/record-interfaces.ts. */
const recorded: readonly RecordedAnswer[] = JSON.parse(
  readFileSync(new URL('../../../oracles/golden/command-answers.json', import.meta.url), 'utf8'),
)

/** What has changed on purpose since the record: where, and into what. */
const meant: readonly (readonly [at: RegExp, why: string])[] = [
  [/^images facets.*finding\[/, 'what was never checked is not counted as without a finding'],
  [/^evaluate .*--part test/, 'a sealed part is opened on record'],
  [/^findings.*params\./, 'what a check was measured by is told by its own names'],
]

/** The whole session takes a minute of a processor; without the lines that train more than once, a third of it. */
const isWhole = process.env['EVENHAND_RECORDED'] === 'all'

it(
  'commands answer with --json what they answered when that was recorded',
  { timeout: 600_000 },
  async () => {
    using folder = makeTemporaryFolder()
    const places = await makeRecordedPlaces(folder.path)
    const userDataFolder = join(folder.path, 'user')
    let workingFolder = folder.path
    const run = async (argv: readonly string[]) => {
      const finished = await callCommand(argv, { userDataFolder, workingFolder })
      workingFolder = places['project'] ?? workingFolder
      return finished
    }
    expect(recorded.map(({ line }) => line)).toEqual(recordedLines.map(({ line }) => line))
    const isTaken = ({ isDear }: RecordedLine) => isWhole || isDear !== true
    const answers = await runRecordedLines({ places, run, isNow: true, isTaken })
    const asked = recordedLines.flatMap((line, at) => (isTaken(line) ? [{ ...line, was: recorded[at] }] : []))
    const breaks = asked.flatMap(({ line, by, was }, at) => {
      const answer = answers[at]
      const found = findBreaks(was, answer, by === 'value')
      return [
        ...(was?.code === answer?.code ? [] : [`${line} ends with ${answer?.code}, not ${was?.code}`]),
        ...found.map((one) => `${line}${one.at}: ${one.was} is ${one.is}`),
      ]
    })
    expect(breaks.filter((one) => !meant.some(([at]) => at.test(one)))).toEqual([])
    expect(meant.filter(([at]) => !breaks.some((one) => at.test(one)))).toEqual([])
  },
)
