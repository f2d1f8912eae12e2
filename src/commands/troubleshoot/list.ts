import type { Context } from '../../context.ts';
import { counted } from '../../counted.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { Result, View } from '../../terminal/result.ts';
import { bulleted, minute, section, stacked } from '../../terminal/text.ts';
import { savedWalks } from './saved-walks.ts';

/** The scenarios and checks that there are, and the walkthroughs that can be resumed. */
export async function list({ places }: Context): Promise<Result> {
  const [{ scenarios }, checks] = await Promise.all([
    troubleshootingKnowledge.index(),
    troubleshootingKnowledge.checks(),
  ]);
  const value = {
    scenarios: scenarios.map(({ id, title }) => ({ id, title })),
    checks: checks.map(({ id, title, reads, platform, online }) => ({ id, title, reads, platform, online })),
    walks: savedWalks(places.stateFolder).map(({ state, ended }) => ({
      id: state.id,
      updatedAt: state.updatedAt,
      product: state.product,
      codes: state.entry.codes,
      answers: state.answers.length,
      ended,
    })),
  };
  const where = ({ platform, online }: (typeof value.checks)[number]): string =>
    [platform === 'windows' ? 'Windows only' : '', online ? 'needs --online' : '']
      .filter((part) => part !== '')
      .join(', ');
  const render = (view: View): string =>
    stacked([
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
      section('Saved walkthroughs (--resume)', bulleted(value.walks.map(walkText), view, '  '), view),
    ]);
  return { kind: 'record', value, render };
}

interface ListedWalk {
  readonly id: string;
  readonly updatedAt: string;
  readonly product: string | null;
  readonly codes: readonly string[];
  readonly answers: number;
  readonly ended: boolean;
}

function walkText({ id, updatedAt, product, codes, answers, ended }: ListedWalk): string {
  const about = [...codes, ...(product === null ? [] : [product])].join(', ');
  const state = `${counted(answers, 'answer')}${ended ? ', ended' : ''}`;
  return `${id}: ${[minute(updatedAt), about, state].filter((part) => part !== '').join('; ')}`;
}
