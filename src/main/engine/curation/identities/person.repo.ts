import * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import { personId, type PersonId } from '#shared/contract/identity.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const decodePlace = createRowDecoder({ imageId: z.int(), clusterId: z.int() })
const decodeMember = createRowDecoder({ personId, imageId, identityId: z.int().nullable() })
export type MemberRow = ReturnType<typeof decodeMember>
const decodePerson = createRowDecoder({ personId })

/** Which images are of one person. */
export class PersonRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #clusterOf: Query<number>
  readonly #ofCluster: Query<number>
  readonly #clusters: Query<ReturnType<typeof decodePlace>>
  readonly #personOf: Query<{ personId: PersonId }>
  readonly #members: Query<MemberRow>
  readonly #several: Query<MemberRow>
  readonly #ofPerson: Query<number>
  readonly #delete: Command
  readonly #insert: Command
  readonly #deleteAll: Command
  readonly #takeClusters: Command
  readonly #people: Query<number>
  readonly #severalPeople: Query<number>
  readonly #images: Query<number>
  readonly #unassigned: Query<number>
  readonly #hasImage: Query<number>
  readonly #isRemoved: Query<number>

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'identity_proposal' },
      { table: 'identity_proposal', column: 'other_id' },
      { table: 'identity_cluster', within: 'run_id IN (SELECT id FROM identity_run)' },
      { table: 'identity_act_image', isBuiltOn: true },
      { table: 'image_person' },
    ])
    this.#db = db
    this.#clusterOf = db.prepareQuery(
      'SELECT cluster_id AS count FROM identity_cluster WHERE run_id = :runId AND image_id = :imageId',
      decodeCount,
    )
    this.#ofCluster = db.prepareQuery(
      'SELECT image_id AS count FROM identity_cluster WHERE run_id = :runId AND cluster_id = :clusterId ORDER BY image_id',
      decodeCount,
    )
    this.#clusters = db.prepareQuery(
      'SELECT image_id, cluster_id FROM identity_cluster WHERE run_id = :runId ORDER BY image_id',
      decodePlace,
    )
    this.#personOf = db.prepareQuery(
      'SELECT person_id FROM image_person WHERE image_id = :imageId',
      decodePerson,
    )
    const standing = `FROM image_person JOIN image ON image.id = image_id WHERE status <> 'removed'`
    const columns = 'p.person_id, p.image_id, i.identity_id'
    this.#members = db.prepareQuery(
      `SELECT ${columns} FROM image_person p JOIN image i ON i.id = p.image_id
       WHERE p.person_id = :personId ORDER BY p.image_id`,
      decodeMember,
    )
    this.#several = db.prepareQuery(
      `SELECT ${columns} FROM image_person p JOIN image i ON i.id = p.image_id
       WHERE i.status <> 'removed' AND p.person_id IN (
         SELECT person_id ${standing} AND person_id > :after
         GROUP BY person_id HAVING count(*) > 1 ORDER BY person_id LIMIT :limit)
       ORDER BY p.person_id, p.image_id`,
      decodeMember,
    )
    this.#ofPerson = db.prepareQuery(
      `SELECT count(*) AS count ${standing} AND person_id = :personId`,
      decodeCount,
    )
    this.#delete = db.prepareCommand('DELETE FROM image_person WHERE image_id = :imageId')
    this.#insert = db.prepareCommand(
      `INSERT INTO image_person (image_id, person_id) VALUES (:imageId, :personId)`,
    )
    this.#deleteAll = db.prepareCommand('DELETE FROM image_person')
    this.#takeClusters = db.prepareCommand(
      `INSERT INTO image_person (image_id, person_id)
       SELECT image_id, cluster_id FROM identity_cluster WHERE run_id = :runId`,
    )
    this.#people = db.prepareQuery(`SELECT count(DISTINCT person_id) AS count ${standing}`, decodeCount)
    this.#severalPeople = db.prepareQuery(
      `SELECT count(*) AS count FROM (SELECT 1 ${standing} GROUP BY person_id HAVING count(*) > 1)`,
      decodeCount,
    )
    this.#images = db.prepareQuery(
      `SELECT count(*) AS count FROM image WHERE status <> 'removed'`,
      decodeCount,
    )
    this.#unassigned = db.prepareQuery(
      `SELECT count(*) AS count FROM image
       WHERE status <> 'removed' AND NOT EXISTS (SELECT 1 FROM image_person p WHERE p.image_id = image.id)`,
      decodeCount,
    )
    this.#hasImage = db.prepareQuery('SELECT count(*) AS count FROM image WHERE id = :imageId', decodeCount)
    this.#isRemoved = db.prepareQuery(
      `SELECT count(*) AS count FROM image WHERE id = :imageId AND status = 'removed'`,
      decodeCount,
    )
  }

  clusterOf(runId: number, image: number): number | undefined {
    return this.#clusterOf.get({ runId, imageId: image })
  }

  listCluster(runId: number, clusterId: number): number[] {
    return this.#ofCluster.all({ runId, clusterId })
  }

  readClusters(runId: number): Map<number, number> {
    return new Map(this.#clusters.all({ runId }).map((row) => [row.imageId, row.clusterId]))
  }

  personOf(image: number): PersonId | undefined {
    return this.#personOf.get({ imageId: image })?.personId
  }

  listMembers(id: PersonId): MemberRow[] {
    return this.#members.all({ personId: id })
  }

  /** Images that are not removed. */
  countOf(id: PersonId): number {
    return this.#ofPerson.get({ personId: id }) ?? 0
  }

  /** Members of people with more than one image that is not removed, by person, without those that are. */
  listSeveral(page: { readonly after: number; readonly limit: number }): MemberRow[] {
    return this.#several.all({ ...page })
  }

  /** Everybody is what the clusters of a run say. To be called in a transaction. */
  takeClusters(runId: number): void {
    this.#deleteAll.run()
    this.#takeClusters.run({ runId })
  }

  /** @param people the person of each image; null for none */
  put(people: ReadonlyMap<number, number | null>): void {
    this.#db.transact(() => {
      for (const [image, person] of people) {
        this.#delete.run({ imageId: image })
        if (person !== null) this.#insert.run({ imageId: image, personId: person })
      }
    })
  }

  hasImage(image: number): boolean {
    return this.#hasImage.get({ imageId: image }) === 1
  }

  isRemoved(image: number): boolean {
    return this.#isRemoved.get({ imageId: image }) === 1
  }

  /** Of people and images alike, those that are not removed. */
  count(): { images: number; unassigned: number; people: number; several: number } {
    return {
      images: this.#images.get() ?? 0,
      unassigned: this.#unassigned.get() ?? 0,
      people: this.#people.get() ?? 0,
      several: this.#severalPeople.get() ?? 0,
    }
  }
}
