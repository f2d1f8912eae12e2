import { keyPlaces } from '../backend/open.ts';
import { type Finding, runChecks } from '../checks/check.ts';
import { installationChecks } from '../checks/installation.ts';
import { lastExportCheck } from '../checks/last-export.ts';
import { lookAtVaultKey } from '../checks/vault-key.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Result, View } from '../terminal/result.ts';
import { wrap } from '../terminal/text.ts';

/** Checks this installation. Exit code 9 if something is wrong. */
export async function run(_options: object, context: Context): Promise<Result> {
  const { places, surroundings, terminal } = context;
  const { env, platform } = surroundings;
  const profile = context.profile();
  const findings = await runChecks([
    ...installationChecks({
      places,
      profile,
      nodeVersion: surroundings.nodeVersion,
      platform,
      vaultKey: () => lookAtVaultKey(keyPlaces({ profile, places, env, platform })),
    }),
    lastExportCheck({ places, profile, today: terminal.messageView().today }),
  ]);
  const bad = findings.filter(({ result }) => result === 'fail' || result === 'crash');
  return {
    kind: 'record',
    value: { ok: bad.length === 0, checks: findings },
    render: (view) => findings.map((finding) => renderFinding(finding, view)).join('\n'),
    failure:
      bad.length === 0
        ? undefined
        : new AppError('CHECK_FAILED', `${bad.length} of ${findings.length} checks found something.`, {
            hint: 'What to do stands below each of them.',
            details: { failed: bad.map(({ id }) => id) },
          }),
  };
}

/** One finding as people see it: the word carries the meaning, the colour repeats it. */
export function renderFinding({ title, result, evidence, fix }: Finding, view: View): string {
  const { good, warn, bad, faint } = view.palette;
  const style = { ok: good, warn, fail: bad, skip: faint, crash: bad }[result];
  const lines = [`${style(result.padEnd(5))} ${title}`, wrap(evidence, view, '      ')];
  if (fix !== null) lines.push(wrap(fix, view, '      → '));
  return lines.join('\n');
}
