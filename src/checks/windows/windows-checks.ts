import type { PowerShell } from '../../provisioning/activation/powershell.ts';
import type { KnowledgeIndex } from '../../troubleshooting/knowledge.ts';
import type { Verdict } from '../check.ts';

/** What checks of a Windows work with. */
export interface WindowsSetup {
  readonly powerShell: PowerShell;
  readonly index: KnowledgeIndex;
  /** Last five characters of the keys in the profile. Asks the ledger, which may be out of reach. */
  readonly knownKeys: () => Promise<readonly string[]>;
}

/** Checks by their ids. */
export type WindowsLooks = Readonly<Record<string, (setup: WindowsSetup) => Promise<Verdict>>>;
