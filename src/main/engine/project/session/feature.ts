import { answer } from '#engine/base/procedures/handlers.ts'
import { chooseSampleFolder } from '#engine/project/folder/choose-sample-folder.ts'
import type { SessionLent } from './project-session.ts'
import { ProjectService } from './project.service.ts'
import { RecentProjects } from './recent-projects.ts'

export function openProjects(lent: SessionLent) {
  const { userDataFolder, logger, closers } = lent
  const projects = new ProjectService({
    recent: new RecentProjects({ userDataFolder, logger }),
    session: lent,
  })
  closers.defer(async () => void (await projects.close()))
  return {
    services: { projects },
    jobs: [],
    handlers: answer({
      'project.current': () => projects.current(),
      'project.create': (request) => projects.create(request),
      'project.open': ({ folder }) => projects.open(folder),
      'project.close': async () => ({ closed: await projects.close() }),
      'project.setAudience': ({ audience }) => {
        projects.session().setAudience(audience)
        lent.publishChange(['project'])
        return projects.session().summarise()
      },
      'project.backUp': ({ file }) => projects.session().copies.make('requested', file),
      'project.copies': async () => {
        const session = projects.session()
        return { copies: await session.copies.list(), rows: session.countRows() }
      },
      'project.restore': ({ folder, file }) => projects.restore(folder, file),
      'project.recent': () => projects.recent(),
      'project.createSample': async ({ folder, images, seed }) => {
        const made = await projects.create({
          folder: folder ?? (await chooseSampleFolder(userDataFolder)),
          name: 'Sample portraits',
          isSynthetic: true,
        })
        const { jobs } = projects.session().services
        return { jobId: jobs.enqueue('sample', { images, seed }).id, folder: made.folder }
      },
    }),
  }
}
