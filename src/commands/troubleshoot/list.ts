import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { Result, View } from '../../terminal/result.ts';
import { bulleted } from '../../terminal/text.ts';
import { section } from './answer-view.ts';

/** The scenarios and checks that there are. */
export async function list(): Promise<Result> {
  const [{ scenarios }, checks] = await Promise.all([
    troubleshootingKnowledge.index(),
    troubleshootingKnowledge.checks(),
  ]);
  const value = {
    scenarios: scenarios.map(({ id, title }) => ({ id, title })),
    checks: checks.map(({ id, title, reads, platform, online }) => ({ id, title, reads, platform, online })),
  };
  const where = ({ platform, online }: (typeof value.checks)[number]): string =>
    [platform === 'windows' ? 'Windows only' : '', online ? 'needs --online' : '']
      .filter((part) => part !== '')
      .join(', ');
  const render = (view: View): string =>
    [
      section(
        'Scenarios (--scenario)',
        bulleted(
          value.scenarios.map(({ id, title }) => `${id}: ${title}`),
          view,
          '  ',
        ),
        view,
      ),
      section(
        'Checks (--checks)',
        bulleted(
          value.checks.map(
            (check) => `${check.id}: ${check.title}${where(check) === '' ? '' : ` (${where(check)})`}`,
          ),
          view,
          '  ',
        ),
        view,
      ),
    ].join('\n\n');
  return { kind: 'record', value, render };
}
