import { StatList } from '#renderer/components/stat-list.tsx'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeLabels } from '#renderer/components/tile-words.ts'
import { pluralise } from '#renderer/components/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { IdentityProposal } from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { describeDoubt, describeNeighbours, describeYearsApart } from '#shared/domain/describe-identities.ts'
import styles from './identities-screen.module.css'

export interface SeenEvidence {
  readonly proposal: IdentityProposal
  readonly yearsApart: { readonly low: number; readonly high: number } | null
  readonly sides: readonly [readonly ImageTile[], readonly ImageTile[]]
  readonly counts: readonly [number, number]
}

interface PairStageProps {
  readonly evidence: SeenEvidence
  readonly next: IdentityProposal | null
}

/** Both images side by side, each with others of its person. */
export function PairStage({ evidence, next }: PairStageProps) {
  const host = useHost()
  const { proposal, sides, counts } = evidence
  const [one, other] = proposal.images
  return (
    <div className={styles['stage']}>
      <h2 className={styles['question']}>
        {proposal.kind === 'merge' ? 'Are they one person?' : 'They were joined. Are they one person?'}
      </h2>
      <div className={styles['pair']}>
        <Side place="Left" imageId={one} tiles={sides[0]} count={counts[0]} />
        <Side place="Right" imageId={other} tiles={sides[1]} count={counts[1]} />
      </div>
      {/* Read and decoded before their turn comes. */}
      {next?.images.map((id) => (
        <img key={id} src={host.imageUrl(id)} alt="" hidden />
      ))}
    </div>
  )
}

interface SideProps {
  readonly place: 'Left' | 'Right'
  readonly imageId: number
  /** The image itself, then others of its person. */
  readonly tiles: readonly ImageTile[]
  readonly count: number
}

function Side({ place, imageId, tiles, count }: SideProps) {
  const host = useHost()
  const [shown, ...beside] = tiles
  return (
    <figure className={styles['side']}>
      <img src={host.imageUrl(imageId)} alt={`${place}, number ${imageId}`} draggable={false} />
      <figcaption>
        <strong>Image {imageId}</strong> {shown !== undefined && describeLabels(shown)}
        {count > 1 && `; with ${pluralise(count - 1, 'other')} of the same person`}
      </figcaption>
      <div className={styles['beside']}>
        {beside.map((tile) => (
          <Thumb key={tile.id} imageId={tile.id} version={tile.thumb} alt={`Image ${tile.id}`} />
        ))}
      </div>
    </figure>
  )
}

/** The figures that the question hangs on. */
export function PairEvidence({ evidence }: { readonly evidence: SeenEvidence }) {
  const { proposal, yearsApart } = evidence
  const { distance, nearest, neighbours, reasons } = proposal
  return (
    <section className={styles['evidence']} aria-label="Evidence">
      <h2>Why this pair</h2>
      <p>{describeDoubt(reasons)}</p>
      <StatList
        stats={[
          { term: 'Distance of the two', value: nearest.toFixed(3) },
          { term: 'Of their groups', value: distance.toFixed(3) },
        ]}
      />
      <p>
        {describeYearsApart(yearsApart) ??
          'Without an age label, so that nothing is known of years between them'}
      </p>
      {neighbours !== null && <p>Other images below the threshold: {describeNeighbours(neighbours)}</p>}
    </section>
  )
}
