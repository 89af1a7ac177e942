import * as z from 'zod'
import { imageId, timestamp } from '#shared/contract/base.contract.ts'
import {
  doubtReason,
  identityFacts,
  identityProposal,
  proposalId,
  proposalKind,
  type IdentityFacts,
  type IdentityProposal,
} from '#shared/contract/identity.contract.ts'
import { nameProposal, type ProposalQuestion } from '#shared/domain/proposal-key.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { NewProposal } from './infer-task.ts'

const decodeRun = createRowDecoder({
  id: z.int(),
  jobId: z.int(),
  facts: jsonColumn(identityFacts),
  at: timestamp,
})
type RunRow = ReturnType<typeof decodeRun>

const evidence = z.strictObject({
  nearest: z.number(),
  reasons: z.array(doubtReason),
  neighbours: identityProposal.shape.neighbours.default(null),
})
const decodeProposal = createRowDecoder({
  kind: proposalKind,
  imageId,
  otherId: imageId,
  distance: z.number(),
  doubt: z.number(),
  evidence: jsonColumn(evidence),
})
const readProposal = (row: unknown): IdentityProposal => {
  const { imageId: one, otherId, evidence: seen, ...proposal } = decodeProposal(row)
  const named = proposalId.parse(nameProposal(proposal.kind, [one, otherId]))
  return { proposalId: named, ...proposal, images: [one, otherId], ...seen }
}

/** Runs of the inference: their clusters and what they leave to people. A run counts from when its facts stand. */
export class IdentityRunRepo {
  readonly #db: Db
  readonly #newest: Query<RunRow>
  readonly #insert: Command
  readonly #finish: Command
  readonly #insertCluster: Command
  readonly #insertProposal: Command
  readonly #clearClusters: Command
  readonly #clearProposals: Command
  readonly #clearRuns: Command
  readonly #proposals: Query<IdentityProposal>
  readonly #proposal: Query<IdentityProposal>

  constructor(db: Db) {
    this.#db = db
    this.#newest = db.prepareQuery(
      `SELECT id, job_id, facts, at FROM identity_run WHERE facts <> '' ORDER BY id DESC LIMIT 1`,
      decodeRun,
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO identity_run (id, job_id, facts, at) VALUES (:runId, :jobId, '', :at)`,
    )
    this.#finish = db.prepareCommand('UPDATE identity_run SET facts = :facts, at = :at WHERE id = :runId')
    this.#insertCluster = db.prepareCommand(
      'INSERT INTO identity_cluster (run_id, image_id, cluster_id) VALUES (:runId, :imageId, :clusterId)',
    )
    this.#insertProposal = db.prepareCommand(
      `INSERT INTO identity_proposal (run_id, kind, image_id, other_id, distance, doubt, evidence)
       VALUES (:runId, :kind, :one, :other, :distance, :doubt, :evidence)`,
    )
    this.#clearClusters = db.prepareCommand(
      `DELETE FROM identity_cluster WHERE (run_id, image_id) IN (
         SELECT run_id, image_id FROM identity_cluster WHERE run_id <> :runId LIMIT :limit)`,
    )
    this.#clearProposals = db.prepareCommand('DELETE FROM identity_proposal WHERE run_id <> :runId')
    this.#clearRuns = db.prepareCommand('DELETE FROM identity_run WHERE id <> :runId')
    const columns = 'kind, image_id, other_id, distance, doubt, evidence'
    this.#proposals = db.prepareQuery(
      `SELECT ${columns} FROM identity_proposal WHERE run_id = :runId ORDER BY doubt DESC, id`,
      readProposal,
    )
    this.#proposal = db.prepareQuery(
      `SELECT ${columns} FROM identity_proposal
       WHERE run_id = :runId AND kind = :kind AND min(image_id, other_id) = :one AND max(image_id, other_id) = :other`,
      readProposal,
    )
  }

  findNewest(): RunRow | undefined {
    return this.#newest.get()
  }

  begin(run: { readonly runId: number; readonly jobId: number; readonly at: string }): void {
    this.#insert.run({ ...run })
  }

  insertClusters(runId: number, clusters: readonly { imageId: number; clusterId: number }[]): void {
    this.#db.transact(() => {
      for (const one of clusters) this.#insertCluster.run({ runId, ...one })
    })
  }

  insertProposals(runId: number, proposals: readonly NewProposal[]): void {
    this.#db.transact(() => {
      for (const { kind, images, distance, doubt, nearest, reasons, neighbours } of proposals) {
        const [one, other] = images
        const seen = JSON.stringify({ nearest, reasons, neighbours })
        this.#insertProposal.run({ runId, kind, one, other, distance, doubt, evidence: seen })
      }
    })
  }

  finish(runId: number, facts: IdentityFacts, at: string): void {
    this.#finish.run({ runId, facts: JSON.stringify(facts), at })
  }

  /** Deletes some of what belongs to other runs; false when there was nothing. */
  clearSome(runId: number, limit: number): boolean {
    return this.#clearClusters.run({ runId, limit }).changes > 0
  }

  /** To be called when no clusters of other runs are left. */
  clearRuns(runId: number): void {
    this.#db.transact(() => {
      this.#clearProposals.run({ runId })
      this.#clearRuns.run({ runId })
    })
  }

  /** The most doubtful first. */
  listProposals(runId: number): IdentityProposal[] {
    return this.#proposals.all({ runId })
  }

  findProposal(
    runId: number,
    { kind, images: [one, other] }: ProposalQuestion,
  ): IdentityProposal | undefined {
    return this.#proposal.get({ runId, kind, one, other })
  }
}
