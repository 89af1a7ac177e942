import {
  auditMeasureNames,
  auditMeasures,
  mapComponents,
  type AuditMeasure,
  type QualityComponent,
} from '#shared/domain/audit-measures.ts'
import { numberPeople } from '#engine/assessment/evaluation/domain/number-people.ts'
import { pickMainFace } from '#engine/networks/faces/domain/stored-faces.ts'
import type { AuditedDataset, AuditedImage } from './domain/audited-image.ts'
import type { PortraitMeasures } from './domain/measure-portrait.ts'
import { numberClusters } from './domain/number-clusters.ts'
import type { AuditSourceRepo, FaceSource, ImageSource } from './audit-source.repo.ts'
import type { Qualities, QualitiesTask } from './audit-task.ts'

type Measures = Record<AuditMeasure, number>
type FaceMeasures = Pick<Measures, 'faceWidth' | 'faceShare' | 'yaw' | 'pitch'>

const noFace: FaceMeasures = {
  faceWidth: Number.NaN,
  faceShare: Number.NaN,
  yaw: Number.NaN,
  pitch: Number.NaN,
}

function measureFace(rows: readonly FaceSource[]): FaceMeasures {
  const [first] = rows
  if (first === undefined) return noFace
  const [width, height] = [first.pictureWidth, first.pictureHeight]
  const main = pickMainFace({ width, height, faces: rows.map((row) => ({ ...row, box: row })) })
  if (main === null) return noFace
  // A box may reach beyond the picture, as faces at its edge do.
  const inside = (from: number, size: number, side: number): number =>
    Math.max(0, Math.min(side, from + size) - Math.max(0, from))
  const { box } = main
  return {
    faceWidth: box.width,
    faceShare: (inside(box.x, box.width, width) * inside(box.y, box.height, height)) / (width * height),
    yaw: Math.abs(main.yaw),
    pitch: main.pitch,
  }
}

function measureFaces(faces: Iterable<FaceSource>): Map<number, FaceMeasures> {
  const found = new Map<number, FaceMeasures>()
  let rows: FaceSource[] = []
  const finish = (): void => {
    if (rows[0] !== undefined) found.set(rows[0].imageId, measureFace(rows))
  }
  for (const row of faces) {
    if (rows[0] !== undefined && rows[0].imageId !== row.imageId) {
      finish()
      rows = []
    }
    rows.push(row)
  }
  finish()
  return found
}

const orNaN = (value: number | null): number => value ?? Number.NaN

type PortraitFigures = Pick<
  Measures,
  Extract<AuditMeasure, `skin${string}` | `background${string}`> | QualityComponent
>

const readQuality = (quality: PortraitMeasures['quality']): Record<QualityComponent, number> =>
  mapComponents((name) => orNaN(quality?.[name] ?? null))

function readPortrait(portrait: PortraitMeasures | null): PortraitFigures {
  const skin = portrait?.skin ?? null
  const isTold = skin !== null && 'lightness' in skin
  const background = portrait?.background ?? null
  return {
    skinLightness: isTold ? skin.lightness : Number.NaN,
    skinHue: isTold ? skin.hue : Number.NaN,
    backgroundLightness: orNaN(background?.lightness ?? null),
    backgroundSpread: orNaN(background?.spread ?? null),
    backgroundDetail: orNaN(background?.detail ?? null),
    backgroundChroma: orNaN(background?.chroma ?? null),
    ...readQuality(portrait?.quality ?? null),
  }
}

function tellSkin({ portrait, portraitProblem }: ImageSource): AuditedImage['skin'] {
  if (portraitProblem !== null) return 'unreadable'
  if (portrait === null) return 'unmeasured'
  const { skin } = portrait
  if (skin === null) return 'noFace'
  if ('leftOut' in skin) return skin.leftOut
  return skin.isColoured ? 'coloured' : 'measured'
}

const measureImage = (row: ImageSource, face: FaceMeasures | undefined): Measures => ({
  brightness: orNaN(row.brightness),
  contrast: orNaN(row.light) - orNaN(row.dark),
  chroma: orNaN(row.chroma),
  cast: orNaN(row.cast),
  smear: orNaN(row.smear),
  noise: orNaN(row.noise),
  shortSide: Math.min(row.width, row.height),
  ...(face ?? noFace),
  ...readPortrait(row.portrait),
})

/** All data sets of the catalogue, by number, as an audit looks at them. */
export function readDatasets(repo: AuditSourceRepo): AuditedDataset[] {
  const faces = measureFaces(repo.readFaces())
  const rowsOf = new Map<number, ImageSource[]>()
  for (const row of repo.readImages()) {
    const own = rowsOf.get(row.datasetId)
    if (own === undefined) rowsOf.set(row.datasetId, [row])
    else own.push(row)
  }
  return repo.listDatasets().map(({ datasetId, name, labelScheme, removed }) => {
    const rows = rowsOf.get(datasetId) ?? []
    const images = rows.map((row) => ({
      ...row,
      measures: measureImage(row, faces.get(row.imageId)),
      skin: tellSkin(row),
    }))
    const { people, known } = numberPeople(
      rows.map(({ imageId }) => imageId),
      rows,
    )
    const clusters = numberClusters(
      people,
      rows.map(({ pixelSha256 }) => pixelSha256),
    )
    const isKnown = Array.from(people, (person) => person >= 0)
    return { datasetId, name, labelScheme, removed, images, people: clusters, isKnown, known }
  })
}

/**
 * The measures that scans make, of some images, by their name, `[images]` each and NaN where there is none: for want of a scan or of a face, of images
 * that were removed, and of those whose pixels are no longer these.
 */
export function readQualities(repo: AuditSourceRepo, images: QualitiesTask['images']): Qualities {
  const faces = measureFaces(repo.readFaces())
  const placeOf = new Map(images.map(({ imageId }, place) => [imageId, place]))
  const scanned = auditMeasureNames.filter((name) => auditMeasures[name].criterion === 'diversity')
  const found = new Map(
    scanned.map((name) => [name, new Float64Array(images.length).fill(Number.NaN)] as const),
  )
  for (const row of repo.readImages()) {
    const place = placeOf.get(row.imageId)
    if (place === undefined || images[place]?.pixelSha256 !== row.pixelSha256) continue
    const measures = measureImage(row, faces.get(row.imageId))
    for (const [name, values] of found) values[place] = measures[name]
  }
  return found
}
