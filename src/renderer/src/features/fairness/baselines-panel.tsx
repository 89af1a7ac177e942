import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { Baseline } from '#shared/contract/baseline.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { AskNetworkDialog } from './ask-network-dialog.tsx'
import { kindTitles } from './baseline-kinds.ts'
import styles from './fairness.module.css'
import { ImportAnswersDialog } from './import-answers-dialog.tsx'

/** Answers of other systems that the project holds, and the ways to more of them. */
export function BaselinesPanel({ baselines }: { readonly baselines: readonly Baseline[] }) {
  const navigate = useNavigate({ from: '/fairness' })
  const [dialog, setDialog] = useState<'import' | 'ask' | null>(null)
  const close = () => setDialog(null)
  const show = (baselineId: Baseline['baselineId']) =>
    void navigate({ search: (before) => ({ ...before, evaluation: undefined, baseline: baselineId }) })
  return (
    <Panel
      title="Other systems"
      padded={baselines.length === 0}
      actions={
        <>
          <Button size="compact-sm" variant="default" onClick={() => setDialog('ask')}>
            Ask a network…
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setDialog('import')}>
            Take in answers…
          </Button>
        </>
      }
    >
      {baselines.length === 0 ? (
        <p className={styles['method']}>
          None yet. Answers that another system gave to images of this project stand beside a model on the
          same images, with undetected faces counted.
        </p>
      ) : (
        <ScrollRegion label="Other systems">
          <table className="ev-table" aria-label="Other systems">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Of</th>
                <th scope="col" className="num">
                  Images
                </th>
                <th scope="col" className="num">
                  No face found
                </th>
                <th scope="col" className="num">
                  Not asked
                </th>
                <th scope="col">Answers</th>
                <th scope="col">Source</th>
              </tr>
            </thead>
            <tbody>
              {baselines.map((one) => (
                <tr key={one.baselineId}>
                  <th scope="row">
                    {one.tasks.length === 0 ? (
                      one.name
                    ) : (
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        aria-label={`Show the groups of ${one.name}`}
                        onClick={() => show(one.baselineId)}
                      >
                        {one.name}
                      </Button>
                    )}
                  </th>
                  <td>{kindTitles[one.kind]}</td>
                  <td className="num">{formatCount(one.answers)}</td>
                  <td className="num">{formatCount(one.undetected)}</td>
                  <td className="num">{formatCount(one.notAsked)}</td>
                  <td>
                    {one.tasks.length === 0
                      ? 'faces alone'
                      : one.tasks.map((task) => taskTitles[task]).join(', ')}
                  </td>
                  <td className="path">{one.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      {dialog === 'import' && (
        <ImportAnswersDialog
          onClose={close}
          onTaken={({ baselineId }) => baselineId !== null && show(baselineId)}
        />
      )}
      {dialog === 'ask' && <AskNetworkDialog onClose={close} />}
    </Panel>
  )
}
