import { describe, expect, test } from 'vitest';
import { confirm, hidden, select } from '../../src/terminal/prompts.ts';
import { fakeTerminal } from './fake-terminal.ts';

describe('where nobody can be asked', () => {
  test.each([
    ['no terminal', {}],
    ['--no-input', { columns: 80, options: { noInput: true } }],
    ['CI', { columns: 80, env: { CI: 'true' } }],
  ])('%s: fails, names the flag, writes nothing', async (_, setup) => {
    const { terminal, out, err } = await fakeTerminal(setup);
    const question = { message: 'Which machine?', flag: '--machine <name>' };
    for (const asked of [
      confirm(terminal, question),
      select(terminal, { ...question, choices: [{ name: 'srv-01', value: 1 }] }),
      hidden(terminal, question),
    ]) {
      await expect(asked).rejects.toMatchObject({
        code: 'CONFIRMATION_REQUIRED',
        exitCode: 2,
        message: 'An answer is needed: Which machine? Pass --machine <name>.',
        details: { flag: '--machine <name>' },
      });
    }
    expect(out() + err()).toBe('');
  });
});

test('--yes answers confirmations, and only those', async () => {
  const { terminal } = await fakeTerminal({ options: { yes: true } });
  expect(await confirm(terminal, { message: 'Sure?', flag: '--yes' })).toBe(true);
  await expect(hidden(terminal, { message: 'Name?', flag: '--name' })).rejects.toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
  });
});
