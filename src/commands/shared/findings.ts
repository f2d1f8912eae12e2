import { type Finding, isBad } from '../../checks/check.ts';
import { AppError } from '../../errors.ts';
import type { RecordResult, View } from '../../terminal/result.ts';
import { wrap } from '../../terminal/text.ts';

/** What checks found, as an answer; CHECK_FAILED beside it if something is wrong. */
export function findingsResult(findings: readonly Finding[]): RecordResult {
  const bad = findings.filter(isBad);
  return {
    kind: 'record',
    value: { ok: bad.length === 0, checks: findings },
    render: (view) => findings.map((found) => renderFinding(found, view)).join('\n'),
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
function renderFinding({ title, result, evidence, fix }: Finding, view: View): string {
  const { good, warn, bad, faint } = view.palette;
  const style = { ok: good, warn, fail: bad, skip: faint, crash: bad }[result];
  const lines = [
    `${style(result.padEnd(5))} ${wrap(title, view, '      ').trimStart()}`,
    wrap(evidence, view, '      '),
  ];
  if (fix !== null) lines.push(wrap(`To do: ${fix}`, view, '      '));
  return lines.join('\n');
}
