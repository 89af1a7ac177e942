import fc from 'fast-check'
import { testSeed } from '../fixtures/seed.ts'

fc.configureGlobal({ seed: testSeed })
