import { Button, Group, Modal, NumberInput, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatTime } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'

export interface ReadingDialogProps {
  readonly check: CheckId
  readonly onOpen: (readingId: number) => void
  readonly onClose: () => void
}

/** Begins a second reading, or takes one up again. */
export function ReadingDialog({ check, onOpen, onClose }: ReadingDialogProps) {
  const api = useApi()
  const [sample, setSample] = useState<string | number>(100)
  const [seed, setSeed] = useState<string | number>(1)
  const readings = useQuery(api.reading.list.queryOptions())
  const settings = useQuery(api.settings.get.queryOptions())
  const start = useMutation(api.reading.start.mutationOptions({ onSuccess: ({ id }) => onOpen(id) }))
  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault()
    start.mutate({ check, sample: Number(sample), seed: Number(seed) })
  }
  const failure = readings.error ?? start.error
  return (
    <Modal opened onClose={onClose} title="Second reader" size="lg">
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Answers for images that somebody else has decided in {checks[check].title}, without seeing how. At
            its end it tells how far two readers agree beyond chance, and what they differ on is settled
            there; until then nothing follows from the answers.
            {settings.data !== undefined && ` You read as ${settings.data.reviewer}; Settings has the name.`}
          </Text>
          <Group gap="md" align="flex-end">
            <NumberInput
              label="Images"
              min={1}
              max={10_000}
              value={sample}
              onChange={setSample}
              data-autofocus
            />
            <NumberInput label="Seed of the draw" min={0} value={seed} onChange={setSeed} />
            <Button type="submit" loading={start.isPending}>
              Begin a reading
            </Button>
          </Group>
          {failure !== null && <ErrorState error={failure} compact />}
          {readings.data !== undefined && readings.data.length > 0 && (
            <table className="ev-table">
              <thead>
                <tr>
                  <th scope="col">Queue</th>
                  <th scope="col">Reader</th>
                  <th scope="col">Begun</th>
                  <th scope="col" className="num">
                    Answered
                  </th>
                  <th scope="col">
                    <VisuallyHidden>Open</VisuallyHidden>
                  </th>
                </tr>
              </thead>
              <tbody>
                {readings.data.map((reading) => (
                  <tr key={reading.id}>
                    <th scope="row">{checks[reading.check].title}</th>
                    <td>{reading.reviewer}</td>
                    <td>{formatTime(reading.createdAt)}</td>
                    <td className="num">
                      {formatCount(reading.answered)} of {formatCount(reading.images)}
                    </td>
                    <td className="num">
                      <Button size="compact-xs" variant="default" onClick={() => onOpen(reading.id)}>
                        {reading.isFinished ? 'Result' : 'Go on'}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Stack>
      </form>
    </Modal>
  )
}
