// Superpixels of real pictures beside scikit-image's: node bench/superpixels.ts PICTURES [COUNT]
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { limeQuickshift, segmentByQuickshift } from '#engine/assessment/explanations/domain/quickshift.ts'
import { segmentBySlic, usualSlic } from '#engine/assessment/explanations/domain/slic.ts'

const [folder = '.', count = '20'] = process.argv.slice(2)
const all = globSync('**/*.{jpg,jpeg,png}', { cwd: folder }).toSorted()
const every = Math.max(1, Math.floor(all.length / Number(count)))
const files = all.filter((_, at) => at % every === 0).slice(0, Number(count))
const codec = await openImageCodec('sharp')
const work = mkdtempSync(join(tmpdir(), 'superpixels-'))
const cases: { file: string; width: number; height: number }[] = []
let [quickMs, slicMs] = [0, 0]
for (const [at, file] of files.entries()) {
  const { width, height, data } = await codec.decode(readFileSync(join(folder, file)))
  const picture = { width, height, data }
  let from = process.cpuUsage().user
  const quick = segmentByQuickshift(picture, limeQuickshift)
  quickMs += (process.cpuUsage().user - from) / 1000
  from = process.cpuUsage().user
  const slic = segmentBySlic(picture, usualSlic)
  slicMs += (process.cpuUsage().user - from) / 1000
  writeFileSync(join(work, `${at}.rgb`), data)
  writeFileSync(join(work, `${at}.quickshift`), Buffer.from(quick.labels.buffer))
  writeFileSync(join(work, `${at}.slic`), Buffer.from(slic.labels.buffer))
  cases.push({ file, width, height })
}
writeFileSync(join(work, 'cases.json'), JSON.stringify(cases))
spawnSync('python3', ['tests/oracles/compare_superpixels.py', work], { stdio: 'inherit' })
rmSync(work, { recursive: true })
console.log(
  `processor time a picture: quickshift ${Math.round(quickMs / files.length)} ms, SLIC ${Math.round(slicMs / files.length)} ms`,
)
