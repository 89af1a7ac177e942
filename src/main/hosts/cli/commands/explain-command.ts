import { join, resolve } from 'node:path'
import * as z from 'zod'
import { imageId, task } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  explanationMethod,
  explanationSettings,
  hiddenFill,
  mostSamples,
  segmentKind,
  type Explanation,
  type ExplanationMap,
} from '#shared/contract/explanation.contract.ts'
import { inferenceArithmetic, inferenceEngine } from '#shared/contract/prediction.contract.ts'
import { describeRecipe } from '#shared/derived/explanation-recipe.ts'
import { describeMapTrust, drawExplanationSvg, nameMap } from '#shared/derived/explanation-svg.ts'
import { formatCount } from '#shared/domain/format.ts'
import { addressRefusal, isWebAddress } from '#shared/domain/no-network.ts'
import type { ExplainRequest } from '#engine/assessment/explanations/explain-for.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags, purposeFlag } from '../parse-flags.ts'
import { ProgressLine } from '../progress-line.ts'
import { defineCommand } from './define-command.ts'
import { addExplainGroupsCommand } from './explain-groups-command.ts'
import { openModel } from './predict-command.ts'

const explainFlags = z.object({
  model: z.string().min(1).optional(),
  image: z
    .string({ error: 'Name the picture: --image FILE, or the number of an image of the project.' })
    .min(1),
  method: explanationMethod.default('lime'),
  segments: segmentKind.default('quickshift'),
  fill: hiddenFill.default('mean'),
  samples: z.coerce.number().int().min(16).max(mostSamples).default(1000),
  untilStable: z.boolean().default(false),
  seed: z.coerce.number().int().nonnegative().default(0),
  face: z.coerce.number().int().positive().optional(),
  task: z.array(task).min(1).optional(),
  label: z.string().optional(),
  checks: z.boolean().default(true),
  out: z.string().min(1).optional(),
  engine: inferenceEngine.default('auto'),
  arithmetic: inferenceArithmetic.default('auto'),
  purpose: purposeFlag.optional(),
})

export function addExplainCommand({ program, run }: CommandRegistry): void {
  const explain = defineCommand(
    program,
    'explain',
    'which parts of a picture a model’s answer hangs on, and how far that can be relied on',
  )
    .option('--image <image>', 'image file, or number of an image of the project')
    .option('--model <model>', 'number or name of a model, or an ONNX file (default: the newest model)')
    .option('--method <method>', 'lime, cam, gradcam or occlusion (default: lime)')
    .option('--segments <kind>', 'regions of LIME: quickshift, slic or landmarks (default: quickshift)')
    .option('--samples <n>', 'variants of the picture that LIME asks about (default: 1000)')
    .option('--until-stable', 'double LIME’s samples until three seeds agree')
    .option('--fill <fill>', 'what stands for what is hidden: mean, blur or training-mean (default: mean)')
    .option('--seed <n>', 'of the samples (default: 0)')
    .option('--face <n>', 'which face of several, counted from 1 at the left (default: the picture as it is)')
    .option('--task <task...>', 'race, gender or age alone')
    .option('--label <label>', 'label to explain in the place of the answered one; wants one --task')
    .option('--no-checks', 'leave out what holds each map against random ones, noise and other seeds')
    .option('--out <folder>', 'folder for PNG and SVG pictures and a JSON file that repeats them')
    .option('--engine <engine>', 'auto, onnx or onednn (default: auto, which is ONNX Runtime)')
    .option('--arithmetic <arithmetic>', 'auto, float32 or bf16 (default: auto, which is float32)')
    .option('--purpose <id>', 'recorded purpose under which race is explained (see "evenhand purpose")')
  addExplainGroupsCommand(explain, run)
  explain.action(() =>
    run(explain, async (context) => {
      const flags = parseFlags(explainFlags, explain.opts())
      const explanation = await explainOne(context, flags)
      const files = flags.out === undefined ? [] : await writeFiles(context, flags.out, explanation)
      if (explanation.withheld !== undefined) context.note(explanation.withheld.reason)
      const told = explanation.maps.map((map, at) =>
        describe(flags.image, explanation, map, files[at] ?? null),
      )
      return {
        json: told.length === 1 ? told[0] : told,
        text: [
          ...explanation.notes,
          ...explanation.maps.flatMap((map) => [
            nameMap(map),
            ...[map.checks?.refusal ?? []].flat().map((words) => `  ${words}`),
            ...listStrongest(explanation, map).map((words) => `  ${words}`),
            ...describeMapTrust(map, explanation.samples).map((words) => `  ${words}`),
          ]),
          ...files.map(({ overlay }) => `Wrote ${overlay}`),
        ].join('\n'),
      }
    }),
  )
}

type Flags = z.infer<typeof explainFlags>

async function explainOne(context: CommandContext, flags: Flags): Promise<Explanation> {
  const { task: tasks, label, purpose } = flags
  const [only, ...others] = tasks ?? []
  if (label !== undefined && (only === undefined || others.length > 0))
    throw new AppError('INVALID_INPUT', '--label names a label of one task: name that with --task.')
  if (purpose !== undefined) await context.openProject()
  const given = await readPicture(context, flags.image)
  const { engine, model } = await openModel(context, flags.model)
  const settings = explanationSettings.parse({
    ...flags,
    face: flags.face ?? null,
    labels: label === undefined || only === undefined ? {} : { [only]: label },
  })
  const progress = new ProgressLine({ sink: context.io.stderr, now: () => performance.now() })
  try {
    return await engine.explain(
      { ...given, model, settings, ...(tasks !== undefined && { tasks }) },
      {
        asker: { kind: 'program', name: 'command line', purposeId: purpose ?? null },
        signal: context.signal,
        computing: flags,
        onNews: ({ progress: { phase, done, total } }) =>
          progress.say(phase, total === 0 ? phase : `${phase} ${formatCount(done)} / ${formatCount(total)}`),
      },
    )
  } finally {
    progress.end()
  }
}

/** A file, or an image of the project by its number. */
async function readPicture(
  context: CommandContext,
  image: string,
): Promise<Pick<ExplainRequest, 'picture' | 'fileSha256'>> {
  if (isWebAddress(image)) throw new AppError('INVALID_INPUT', addressRefusal)
  if (!/^\d+$/.test(image))
    return { picture: await readRegularFile(resolve(context.io.workingFolder, image)) }
  const { engine, client } = await context.openProject()
  const id = imageId.parse(Number(image))
  const { fileSha256 } = await client.image.get({ imageId: id })
  return { picture: (await engine.media.image(id)).bytes, fileSha256 }
}

interface Written {
  readonly map: string
  readonly overlay: string
  readonly json: string
}

const decodeAddress = (address: string): Uint8Array =>
  new Uint8Array(Buffer.from(address.slice(address.indexOf(',') + 1), 'base64'))

async function writeFiles(
  context: CommandContext,
  out: string,
  explanation: Explanation,
): Promise<Written[]> {
  const folder = resolve(context.io.workingFolder, out)
  const text = (words: string): Uint8Array[] => [new TextEncoder().encode(words)]
  const { maps } = explanation
  const record = describeRecipe(explanation)
  // Other settings are other files: nothing that took minutes meets a name that is taken.
  const digest = hashBytes(record).slice(0, 8)
  const start = `${explanation.picture.sha256.slice(0, 12)}-${explanation.settings.method}-${digest}`
  const json = join(folder, `${start}.json`)
  const written: Written[] = []
  for (const map of maps) {
    const overlay = join(folder, `${start}-${map.task}.png`)
    const svg = join(folder, `${start}-${map.task}.svg`)
    await writeNewFile(overlay, [decodeAddress(map.overlay)])
    await writeNewFile(svg, text(drawExplanationSvg(explanation, map)))
    written.push({ map: svg, overlay, json })
  }
  await writeNewFile(json, text(record))
  return written
}

function describe(image: string, explanation: Explanation, map: ExplanationMap, files: Written | null) {
  const { settings, samples, seconds, regions, notes, model, picture } = explanation
  return {
    file: image,
    task: map.task,
    label: map.label,
    value: map.value,
    method: settings.method,
    segments: regions.count,
    regions: regions.names,
    weights: map.weights,
    r2: map.r2,
    stability: map.stability,
    samples,
    seconds,
    checks:
      map.checks === null
        ? null
        : {
            deletion: map.checks.flipping.auc,
            insertion: null,
            randomised: map.checks.randomised.correlation,
            flipping: map.checks.flipping,
            sensitivity: map.checks.sensitivity,
            refusal: map.checks.refusal,
          },
    files,
    recipe: { model: model.sha256, image: picture.sha256, ...settings },
    notes,
  }
}

const strongest = 5

function listStrongest({ regions }: Explanation, { weights, kind }: ExplanationMap): string[] {
  return weights
    .map((weight, region) => ({ weight, name: regions.names?.[region] ?? `region ${region}` }))
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, strongest)
    .map(
      ({ weight, name }) =>
        `${weight >= 0 ? '+' : ''}${weight.toFixed(3)}${kind === 'years' ? ' years' : ''}  ${name}`,
    )
}
