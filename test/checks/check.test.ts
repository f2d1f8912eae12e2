import { expect, test } from 'vitest';
import { type Check, finding, isBad, lookAll, runChecks } from '../../src/checks/check.ts';
import { AppError } from '../../src/errors.ts';

const CHECKS: readonly Check[] = [
  {
    id: 'good',
    title: 'Good',
    look: () => ({ result: 'ok', evidence: 'all of it on BUILD-07', shareable: 'all of it' }),
  },
  {
    id: 'broken',
    title: 'Broken',
    look: () => {
      throw new TypeError('key BCDFG-HJKMP-QRTVW-XY234-6789B is undefined');
    },
  },
  {
    id: 'refused',
    title: 'Refused',
    look: () =>
      Promise.reject(new AppError('UNAVAILABLE', 'PowerShell could not be started.', { hint: 'Start it.' })),
  },
  { id: 'bad', title: 'Bad', look: async () => ({ result: 'fail', evidence: 'wrong', fix: 'put it right' }) },
];

test('each check gives a result; one that crashes does not end the others, and its message is not repeated', async () => {
  const heard: string[] = [];
  const results = await lookAll(CHECKS, ({ id }) => heard.push(id));
  expect(results).toEqual([
    {
      id: 'good',
      title: 'Good',
      result: 'ok',
      evidence: 'all of it on BUILD-07',
      shareable: 'all of it',
      fix: null,
    },
    {
      id: 'broken',
      title: 'Broken',
      result: 'crash',
      evidence: 'The check itself failed (TypeError).',
      shareable: 'The check itself failed (TypeError).',
      fix: expect.stringContaining('report it'),
    },
    {
      id: 'refused',
      title: 'Refused',
      result: 'crash',
      evidence: 'PowerShell could not be started.',
      shareable: 'PowerShell could not be started.',
      fix: 'Start it.',
    },
    { id: 'bad', title: 'Bad', result: 'fail', evidence: 'wrong', shareable: '', fix: 'put it right' },
  ]);
  expect(heard).toEqual(['good', 'broken', 'refused', 'bad']);
  expect(results.filter(isBad).map(({ id }) => id)).toEqual(['broken', 'refused', 'bad']);
});

test('the twin for tickets is not printed', async () => {
  const [first] = await lookAll(CHECKS);
  expect(first && Object.keys(finding(first))).toEqual(['id', 'title', 'result', 'evidence', 'fix']);
  expect(await runChecks(CHECKS)).toEqual((await lookAll(CHECKS)).map(finding));
});
