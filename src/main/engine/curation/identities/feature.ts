import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { Ledger } from '#engine/base/ledger/ledger.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { EmbeddingStoreService } from '#engine/curation/vectors/embedding-store.service.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import { createIdentitiesJob } from './identities.job.ts'
import { IdentityActRepo } from './identity-act.repo.ts'
import { IdentityActService } from './identity-act.service.ts'
import { IdentityRunRepo } from './identity-run.repo.ts'
import { IdentityService } from './identity.service.ts'
import { OpenProposals } from './open-proposals.ts'
import { PeopleListService } from './people-list.service.ts'
import { SharedImagesService } from './shared-images.service.ts'
import { PeopleService } from './people.service.ts'
import { PersonRepo } from './person.repo.ts'

interface IdentitiesLent extends Lent {
  readonly images: ImageBrowseService
  readonly vectorSource: VectorSource
  readonly embeddingStore: EmbeddingStoreService
}

export function openIdentities(lent: IdentitiesLent) {
  const { db, jobs, workers, now, settings, images, vectorSource, embeddingStore, publishChange } = lent
  const persons = new PersonRepo(db)
  const runs = new IdentityRunRepo(db)
  const lines = new IdentityActRepo(db)
  const people = new PeopleService({ persons, runs, acts: lines, embeddings: embeddingStore })
  const open = new OpenProposals({ runs, persons, people })
  const acts = new IdentityActService({
    db,
    persons,
    acts: lines,
    people,
    open,
    ledger: new Ledger(db, 'identity-acts'),
    now,
    publishChange,
  })
  const identities = new IdentityService({
    runs,
    persons,
    people,
    acts,
    open,
    vectors: vectorSource,
    jobs,
    images,
  })
  const shared = new SharedImagesService({ catalogue: db.file, workers })
  const list = new PeopleListService({ persons, people, open, images })
  const job = createIdentitiesJob({ db, runs, persons, people, acts, vectors: vectorSource, workers, now })
  return {
    services: { identityActs: acts, identities },
    jobs: [registerJob(job)],
    holder: {
      rows: persons.held,
      describeBuiltOn: (imageIds: readonly number[]) =>
        lines.listSpeaking(imageIds).map((position) => `act ${position} on identities`),
    },
    handlers: answer({
      'identity.propose': () => identities.propose(),
      'identity.summary': () => identities.summary(),
      'identity.proposals': ({ limit }) => identities.listProposals(limit),
      'identity.evidence': ({ proposalId }) => identities.findEvidence(proposalId),
      'identity.list': (page) => identities.listPeople(page),
      'identity.people': (page) => list.page(page),
      'identity.shared': ({ limit }, signal) => shared.find(limit, signal),
      'identity.person': ({ identityId }) => list.find(identityId),
      'identity.act': async ({ reviewer, ...request }) =>
        acts.act(request, await settings.nameReviewer(reviewer)),
      'identity.undo': async ({ actId, reviewer }) => acts.undo(actId, await settings.nameReviewer(reviewer)),
      'identity.acts': ({ limit }) => acts.list(limit),
    }),
  }
}
