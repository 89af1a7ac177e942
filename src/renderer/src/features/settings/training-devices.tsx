import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { DeviceReport } from '#shared/contract/system.contract.ts'
import styles from './settings.module.css'

const stateWords = { available: 'Available', unavailable: 'Not available', untested: 'Not tested' } as const

/** What can train here, and the test that finds out. */
export function TrainingDevices() {
  const api = useApi()
  const queries = useQueryClient()
  const list = useQuery(api.system.devices.queryOptions())
  const testOne = useMutation(api.system.testDevice.mutationOptions())
  const [testing, setTesting] = useState<string | null>(null)
  const testAll = useMutation({
    mutationFn: async (devices: readonly DeviceReport[]) => {
      try {
        for (const [index, { id, name }] of devices.entries()) {
          setTesting(`Testing ${name}, ${index + 1} of ${devices.length}`)
          await testOne.mutateAsync({ device: id })
          await queries.invalidateQueries({ queryKey: api.system.devices.key() })
        }
      } finally {
        setTesting(null)
      }
    },
  })
  if (list.error !== null) return <ErrorState error={list.error} compact />
  if (list.data === undefined) return <Skeleton h={120} />
  const { devices, automatic } = list.data
  const chosen = devices.find(({ id }) => id === automatic)?.name ?? automatic
  return (
    <>
      <p className={styles['text']}>
        A device is offered once it has trained a step here that agrees with the CPU. A run on Automatic takes{' '}
        {chosen}.
      </p>
      <dl className={styles['facts']}>
        {devices.map((device) => (
          <div key={device.id}>
            <dt>{device.name}</dt>
            <dd>{describeDevice(device)}</dd>
          </div>
        ))}
      </dl>
      {testAll.error !== null && <ErrorState error={testAll.error} compact />}
      <div className={styles['row']}>
        <output>{testing ?? 'A test takes about ten seconds a device, a first one up to minutes.'}</output>
        <Button variant="default" loading={testAll.isPending} onClick={() => testAll.mutate(devices)}>
          Test devices
        </Button>
      </div>
    </>
  )
}

const describeSpeed = (speed: number): string => `${speed.toFixed(speed < 10 ? 1 : 0)} images/s`

/** State, hardware, speed beside the CPU's, agreement, and what is wrong, in one line. */
function describeDevice({ state, hardware, reason, measured }: DeviceReport): string {
  const parts: string[] = [stateWords[state]]
  if (hardware !== null) parts.push(hardware)
  if (measured !== null) {
    const { imagesPerSecond, cpuImagesPerSecond, parity, operators } = measured
    if (imagesPerSecond !== null) parts.push(describeSpeed(imagesPerSecond))
    if (parity !== null) {
      if (imagesPerSecond === null) parts.push('too slow to measure')
      if (cpuImagesPerSecond !== null) parts.push(`the CPU then ${describeSpeed(cpuImagesPerSecond)}`)
      parts.push(`gradients within ${parity.gradients.toExponential(1)} of the CPU's`)
    }
    if (operators !== null && operators.onCpu.length > 0)
      parts.push(`the CPU computes ${operators.onCpu.join(', ')}`)
  }
  const line = `${parts.join(', ')}.`
  return reason === null ? line : `${line} ${reason}`
}
