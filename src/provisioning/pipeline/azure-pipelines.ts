/**
 * Azure Pipelines. Threat model: as for GitHub; here the commands travel through the log itself, and the agent takes
 * out the lines it understands. It hides whole secrets only, so the spelling without hyphens is told to it as well.
 */

import type { KeyTarget } from './formats.ts';
import { cannotHold, spellings } from './lines.ts';

/** Message of a logging command: the agent turns these back. */
function escapeMessage(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Value of a property of a logging command: `;` and `]` would end it. */
function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(']', '%5D').replaceAll(';', '%3B');
}

/**
 * The commands for stdout: first what to hide, then the secret variable.
 * @throws AppError USAGE for a key of several lines, which the agent refuses as a secret.
 */
export function azureCommands(name: string, key: string, to: KeyTarget): string {
  if (/[\r\n]/.test(key)) throw cannotHold('azure-pipelines', 'line breaks');
  const masks = spellings(key).map((spelling) => `##vso[task.setsecret]${escapeMessage(spelling)}\n`);
  const output = to === 'output' ? ';isOutput=true' : '';
  const variable = `variable=${escapeProperty(name)};issecret=true${output}`;
  return `${masks.join('')}##vso[task.setvariable ${variable}]${escapeMessage(key)}\n`;
}
