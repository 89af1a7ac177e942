import { Button, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { SealNote } from '#renderer/components/seal-note.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { LedgerVerdict, LedgerView } from '#shared/contract/ledger.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import styles from './evaluate.module.css'

/** The sealed parts, and the way to who opened them. */
export function LedgerPanel() {
  const api = useApi()
  const [isOpen, setIsOpen] = useState(false)
  const ledger = useQuery(api.ledger.show.queryOptions())
  if (ledger.error !== null) return <ErrorState error={ledger.error} compact />
  if (ledger.data === undefined || ledger.data.testParts.length === 0) return null
  return (
    <Panel
      title="Test parts"
      padded={false}
      actions={
        <Button variant="default" size="xs" onClick={() => setIsOpen(true)}>
          Ledger
        </Button>
      }
    >
      <ul className={styles['list']} aria-label="Test parts">
        {ledger.data.testParts.map(({ splitId, split, images }) => (
          <li key={splitId} className={styles['item']}>
            <strong>{split}</strong>
            <SealNote splitId={splitId} />
            <span>{formatCount(images)} images</span>
          </li>
        ))}
      </ul>
      {isOpen && <LedgerDialog ledger={ledger.data} onClose={() => setIsOpen(false)} />}
    </Panel>
  )
}

interface LedgerDialogProps {
  readonly ledger: LedgerView
  readonly onClose: () => void
}

function LedgerDialog({ ledger, onClose }: LedgerDialogProps) {
  const api = useApi()
  const [kept, setKept] = useState('')
  const head = useQuery({ ...api.ledger.head.queryOptions(), staleTime: 0 })
  const verify = useMutation(api.ledger.verify.mutationOptions())
  const isHash = /^[0-9a-f]{64}$/.test(kept.trim())
  return (
    <Modal opened onClose={onClose} title="Ledger of the test parts" size="90rem">
      <Stack gap="md">
        <Openings ledger={ledger} />
        {head.data !== undefined && (
          <div className={styles['head']}>
            <span>
              It ends on line {formatCount(head.data.n)}. Keep this SHA-256 outside of the project: a chain
              shows that nothing was changed, and only a head that was kept shows that it was not written
              anew.
            </span>
            <code className={styles['hash']}>{head.data.sha256}</code>
            <HashText hash={head.data.sha256} of="the last line of the ledger" />
          </div>
        )}
        <form
          className={styles['verify']}
          onSubmit={(event) => {
            event.preventDefault()
            verify.mutate(isHash ? { head: kept.trim() } : {})
          }}
        >
          <TextInput
            label="A head that was kept (may be left empty)"
            value={kept}
            onChange={(event) => setKept(event.currentTarget.value)}
            error={kept.trim() === '' || isHash ? undefined : 'A SHA-256 has 64 digits from 0 to f.'}
          />
          <Button type="submit" loading={verify.isPending} disabled={kept.trim() !== '' && !isHash}>
            Check the ledger
          </Button>
        </form>
        {verify.error !== null && <ErrorState error={verify.error} compact />}
        {verify.data !== undefined && <Verdict verdict={verify.data} />}
      </Stack>
    </Modal>
  )
}

function Verdict({ verdict }: { readonly verdict: LedgerVerdict }) {
  const { holds, lines, openings, problems, remarks, keptHeadLine } = verdict
  const kept = keptHeadLine === null ? '' : ` The head that was kept is line ${formatCount(keptHeadLine)}.`
  const told = [...problems, ...remarks].map(({ line, what }) =>
    line === 0 ? what : `Line ${line}: ${what}`,
  )
  return (
    <output>
      {holds
        ? `The ledger holds: ${formatCount(lines)} lines, ${formatCount(openings)} openings.${kept}`
        : 'The ledger does not hold.'}
      <NoteList label="What was found" notes={told} />
    </output>
  )
}

function Openings({ ledger }: { readonly ledger: LedgerView }) {
  if (ledger.openings.length === 0) return <p className={styles['sealed']}>No test part was opened.</p>
  return (
    <ScrollRegion label="Openings">
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col" className="num">
              Line
            </th>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Why</th>
            <th scope="col">Model</th>
            <th scope="col">Its file</th>
            <th scope="col">Split</th>
            <th scope="col" className="num">
              Opened before
            </th>
            <th scope="col">Certificate</th>
          </tr>
        </thead>
        <tbody>
          {ledger.openings.map((one) => (
            <tr key={one.line}>
              <td className="num">{formatCount(one.line)}</td>
              <td>{formatTime(one.at)}</td>
              <td>{one.by}</td>
              <td className={styles['why']}>{one.reason ?? 'blanked by an erasure'}</td>
              <td>{one.model ?? `Model ${one.modelId}`}</td>
              <td>
                <HashText hash={one.onnxSha256} of={`the file of model ${one.modelId}`} />
              </td>
              <td>{one.split ?? `Split ${one.splitId}`}</td>
              <td className="num">{formatCount(one.earlier)}</td>
              <td>{one.certificate}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}
