import { Command } from 'commander'
import type { CliIo } from './cli-io.ts'
import type { CommandRegistry } from './command-registry.ts'
import { addAuditCommand } from './commands/audit-command.ts'
import { addBaselineCommands } from './commands/baseline-commands.ts'
import { addCompareCommand } from './commands/compare-command.ts'
import { addCrossCommand } from './commands/cross-command.ts'
import { addBackupCommands } from './commands/backup-commands.ts'
import { addCrossvalCommands } from './commands/crossval-commands.ts'
import { addDatasetCommands } from './commands/dataset-commands.ts'
import { addDecisionCommands } from './commands/decision-commands.ts'
import { addDemoCommand } from './commands/demo-command.ts'
import { addDevicesCommand } from './commands/devices-command.ts'
import { addEmbedCommand } from './commands/embed-command.ts'
import { addEraseCommands } from './commands/erase-commands.ts'
import { addEvaluationCommands } from './commands/evaluation-commands.ts'
import { addExplainCommand } from './commands/explain-command.ts'
import { addFairnessCommands } from './commands/fairness-commands.ts'
import { addIdentityCommands } from './commands/identity-commands.ts'
import { addImageCommands } from './commands/image-commands.ts'
import { addIntegrityCommands } from './commands/integrity-commands.ts'
import { addJobCommands } from './commands/job-commands.ts'
import { addLedgerCommands } from './commands/ledger-commands.ts'
import { addLogCommands } from './commands/log-commands.ts'
import { addModelCommands } from './commands/model-commands.ts'
import { addPredictCommand } from './commands/predict-command.ts'
import { addProjectCommands } from './commands/project-commands.ts'
import { addPurposeCommands } from './commands/purpose-commands.ts'
import { addReadingCommands } from './commands/reading-commands.ts'
import { addReportCommands } from './commands/report-commands.ts'
import { addRunsCommands } from './commands/runs-commands.ts'
import { addScanCommands } from './commands/scan-commands.ts'
import { addSensitivityCommand } from './commands/sensitivity-command.ts'
import { addServeCommand } from './commands/serve-command.ts'
import { addSignInCommands } from './commands/sign-in-commands.ts'
import { addSnapshotCommands } from './commands/snapshot-commands.ts'
import { addSplitCommands } from './commands/split-commands.ts'
import { addSweepCommands } from './commands/sweep-commands.ts'
import { addTrainCommands } from './commands/train-commands.ts'

export interface ProgramDeps {
  readonly version: string
  readonly io: CliIo
  readonly run: CommandRegistry['run']
}

export function createProgram(deps: ProgramDeps): Command {
  const program = new Command('evenhand')
    .description('From a raw folder of faces to a reproducible fairness report, offline.')
    .version(deps.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.io.stdout.write(text),
      // Usage errors are reported once, by the caller; only help on request goes out here.
      writeErr: (text) => (text.startsWith('error:') ? undefined : deps.io.stderr.write(text)),
    })
    .showSuggestionAfterError(false)
  const registry: CommandRegistry = { program, run: deps.run }
  addProjectCommands(registry)
  addBackupCommands(registry)
  addIntegrityCommands(registry)
  addDatasetCommands(registry)
  addImageCommands(registry)
  addDecisionCommands(registry)
  addSnapshotCommands(registry)
  addEraseCommands(registry)
  addScanCommands(registry)
  addReadingCommands(registry)
  addEmbedCommand(registry)
  addIdentityCommands(registry)
  addAuditCommand(registry)
  addSplitCommands(registry)
  addTrainCommands(registry)
  addRunsCommands(registry)
  addSweepCommands(registry)
  addCrossvalCommands(registry)
  addEvaluationCommands(registry)
  addFairnessCommands(registry)
  addBaselineCommands(registry)
  addCompareCommand(registry)
  addCrossCommand(registry)
  addSensitivityCommand(registry)
  addModelCommands(registry)
  addPurposeCommands(registry)
  addPredictCommand(registry)
  addExplainCommand(registry)
  addServeCommand(registry)
  addSignInCommands(registry)
  addLedgerCommands(registry)
  addReportCommands(registry)
  addLogCommands(registry)
  addJobCommands(registry)
  addDevicesCommand(registry)
  addDemoCommand(registry)
  return program
}
