import * as z from 'zod'
import { describe, expect, it } from 'vitest'
import { jobKind, type JobKind } from '#shared/contract/job.contract.ts'
import { requireAnswers, requireJobs, startFeatures } from '#engine/base/features/feature-list.ts'
import { answer, engineProcedures, projectProcedures } from '#engine/base/procedures/handlers.ts'
import { registerJob, type RegisteredJob } from '#engine/base/jobs/job.ts'

const makeJob = (kind: JobKind): RegisteredJob =>
  registerJob({ kind, input: z.unknown(), changes: [], title: () => kind, run: async () => undefined })

const openFirst = ({ step }: { readonly step: number }) => ({
  services: { first: { count: () => step } },
  jobs: [makeJob('split')],
  handlers: answer({ 'split.list': () => [] }),
})

describe('a list of features', () => {
  it('lends each feature what the ones before it offer', () => {
    const list = startFeatures({ step: 2 })
      .add(openFirst)
      .add(({ first, step }) => ({
        services: { second: { count: () => first.count() + step } },
        jobs: [makeJob('train')],
        handlers: answer({ 'run.list': () => [] }),
      }))
    expect(list.lent.second.count()).toBe(4)
    expect(list.jobs.map(({ kind }) => kind)).toEqual(['split', 'train'])
    expect(Object.keys(list.handlers)).toEqual(['split.list', 'run.list'])
  })

  it('refuses a procedure that two features answer, by its name', () => {
    const list = startFeatures({ step: 1 }).add(openFirst)
    expect(() =>
      list.add(() => ({ services: {}, jobs: [], handlers: answer({ 'split.list': () => [] }) })),
    ).toThrow('two features give the procedure split.list')
  })

  it('refuses a job that two features run, or one twice, by its kind', () => {
    const list = startFeatures({ step: 1 }).add(openFirst)
    expect(() => list.add(() => ({ services: {}, jobs: [makeJob('split')], handlers: {} }))).toThrow(
      'two features give the job split',
    )
    expect(() =>
      list.add(() => ({ services: {}, jobs: [makeJob('map'), makeJob('map')], handlers: {} })),
    ).toThrow('two features give the job map')
  })

  it('refuses a service that two features offer, or that hides what was lent', () => {
    const list = startFeatures({ step: 1 }).add(openFirst)
    expect(() => list.add(() => ({ services: { first: 1 }, jobs: [], handlers: {} }))).toThrow(
      'two features give the service first',
    )
    expect(() => list.add(() => ({ services: { step: 1 }, jobs: [], handlers: {} }))).toThrow(
      'two features give the service step',
    )
  })
})

describe('what must be answered', () => {
  const answerAll = Object.fromEntries(projectProcedures.map((name) => [name, () => undefined]))

  it('is every procedure of the contract, each once', () => {
    const all = [...engineProcedures, ...projectProcedures]
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(expect.arrayContaining(['system.info', 'project.open', 'split.create']))
    expect(() => requireAnswers(projectProcedures, answerAll)).not.toThrow()
  })

  it('is named where no feature answers it', () => {
    const { 'split.create': _without, ...others } = answerAll
    expect(() => requireAnswers(projectProcedures, others)).toThrow(
      'Evenhand is put together wrongly: no feature answers split.create. Answer it in the feature.ts of its room.',
    )
  })

  it('is refused where it needs no project and a project answers it', () => {
    const more = { ...answerAll, 'system.info': () => undefined }
    expect(() => requireAnswers(projectProcedures, more)).toThrow('system.info')
  })
})

describe('what must be run', () => {
  it('is every kind of job; the missing one is named', () => {
    const all = jobKind.options.map(makeJob)
    expect(() => requireJobs(all)).not.toThrow()
    expect(() => requireJobs(all.filter(({ kind }) => kind !== 'train'))).toThrow(
      'no feature runs the job train. List it in the feature.ts of its room.',
    )
  })
})
