import { expect, test } from 'vitest';
import { answerCodes, answerReading, answerScenario } from '../../src/troubleshooting/answer.ts';
import { readInput } from '../../src/troubleshooting/input.ts';
import type { KnowledgeSource } from '../../src/troubleshooting/knowledge.ts';
import { index, knowledge, source } from './helpers.ts';
import * as samples from './samples.ts';

const ask = async (text: string) => answerReading(readInput(text, index), source);

/** The fields of the JSON, in their order: scripts rely on them. */
const FIELDS = [
  'scenario',
  'code',
  'name',
  'known',
  'meaning',
  'causes',
  'remedies',
  'context',
  'also',
  'source',
];

test('the answer to a code, field by field', async () => {
  const [answer] = (await ask('c004c020')) ?? [];
  expect(Object.keys(answer ?? {})).toEqual(FIELDS);
  expect(answer).toMatchObject({
    scenario: 'limit-reached',
    code: '0xC004C020',
    name: 'SL_E_CHPA_DMAK_LIMIT_EXCEEDED',
    known: true,
    context: { product: null, last5: null, status: null },
    also: [],
  });
  for (const remedy of answer?.remedies ?? []) {
    expect(Object.keys(remedy)).toEqual(['text', 'needs', 'spendsActivation']);
  }
});

test.each(Object.keys(index.codes))(
  '%s: meaning, causes, remedies from cheap to costly, source',
  async (code) => {
    const [answer] = (await answerCodes([code], source)) ?? [];
    expect(answer).toMatchObject({ code, known: true, scenario: index.codes[code] });
    expect(answer?.meaning).not.toBe('');
    expect(answer?.causes.length).toBeGreaterThan(0);
    expect(answer?.source).not.toBe('');
    const costs = answer?.remedies.map(
      ({ text }) => Object.values(knowledge.remedies).find((remedy) => remedy.text === text)?.cost ?? 0,
    );
    expect(costs?.length).toBeGreaterThan(0);
    expect(costs).toEqual(costs?.toSorted((a, b) => a - b));
  },
);

test('an unlisted code is placed by its zone and says that it is unlisted', async () => {
  const [answer] = (await ask('0xC004CABC')) ?? [];
  expect(answer).toMatchObject({ scenario: 'key-invalid', code: '0xC004CABC', name: null, known: false });
  expect(answer?.meaning).toMatch(/^This code is not in the list; .*clearing house/);
  expect(answer?.remedies.length).toBeGreaterThan(0);
});

test('several codes: the primary finding, the others in also, and one answer for each', async () => {
  const answers = (await ask('0xC004F074 c004f06c 0xC004CABC')) ?? [];
  expect(answers.map(({ code }) => code)).toEqual(['0xC004F06C', '0xC004F074', '0xC004CABC']);
  expect(answers[0]?.also).toEqual([
    { code: '0xC004F074', name: 'SL_E_VL_BINDING_SERVICE_UNAVAILABLE', known: true, scenario: 'kms' },
    { code: '0xC004CABC', name: null, known: false, scenario: 'key-invalid' },
  ]);
});

test('a pasted screen: its code, with product, last five and status around it', async () => {
  const [answer] = (await ask(samples.SLMGR_DLV)) ?? [];
  expect(answer).toMatchObject({
    scenario: 'grace-expired',
    code: '0xC004F009',
    context: { product: 'Windows(R), ServerStandard edition', last5: 'XY234', status: 'notification' },
  });
});

test('of two products the one with the failure is the context', async () => {
  const [answer] = (await ask(samples.OSPP_DSTATUS)) ?? [];
  expect(answer).toMatchObject({ code: '0xC004F074', context: { last5: 'XY234', status: 'notification' } });
});

test.each([
  ['License Status: Licensed', 'info'],
  ['License Status: Unlicensed', 'not-activated'],
  ['License Status: Initial grace period', 'not-activated'],
  [
    'License Status: Additional grace period (KMS license expired or hardware out of tolerance)',
    'hardware-change',
  ],
  ['License Status: Non-genuine grace period.', 'not-genuine'],
  ['License Status: Notification', 'grace-expired'],
  ['License Status: Extended grace period', 'grace-expired'],
  ['Name: Windows(R), ServerStandard edition', 'not-activated'],
  ['No further information available', 'cal-no-information'],
  ['You have reached the maximum number of activations.', 'limit-reached'],
])('without a code %j is %s', async (text, scenario) => {
  const [answer] = (await ask(text)) ?? [];
  expect(answer).toMatchObject({ scenario, code: null, known: true });
});

test.each(['', 'it does not work', '12'])('%j has nothing to go by', async (text) => {
  expect(await ask(text)).toBeUndefined();
});

test.each(index.scenarios.map(({ id, title }) => [id, title]))('--scenario %s', async (id, title) => {
  const answer = await answerScenario(id, source);
  expect(Object.keys(answer)).toEqual(FIELDS);
  expect(answer).toMatchObject({ scenario: id, code: null, name: title, known: true, also: [] });
  expect(answer.remedies.length).toBeGreaterThan(0);
});

test('a scenario that there is not is NOT_FOUND, also with a name that every object has', async () => {
  for (const id of ['nope', 'constructor', '__proto__']) {
    await expect(answerScenario(id, source)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('one code reads the index, the remedies and one scenario, nothing else', async () => {
  const read: string[] = [];
  const watched: KnowledgeSource = {
    ...source,
    scenario: (id) => {
      read.push(id);
      return source.scenario(id);
    },
    graph: () => Promise.reject(new Error('not needed')),
    checks: () => Promise.reject(new Error('not needed')),
    links: () => Promise.reject(new Error('not needed')),
    support: () => Promise.reject(new Error('not needed')),
  };
  await answerCodes(['0xC004C020'], watched);
  expect(read).toEqual(['limit-reached']);
});

test('the limit: the published answer, no promise, what spends is said (S8, T6)', async () => {
  const { remedies, meaning } = await answerScenario('limit-reached', source);
  const texts = remedies.map(({ text }) => text).join('\n');
  expect(meaning).toMatch(/set number of activations/);
  expect(texts).toMatch(/none are added to a key that came as a partner benefit/);
  expect(texts).toMatch(/Buy the licences/);
  expect(texts).not.toMatch(/Licensing Activation Cent|raise/i);
  expect(remedies.find(({ text }) => text.startsWith('Use another key'))?.spendsActivation).toBe(true);
  expect(remedies[0]?.spendsActivation).toBe(false);
});

test('the CAL: what it is, that nothing is to be done, and the exception (S7, T9)', async () => {
  const { meaning, causes } = await answerScenario('cal-no-information', source);
  expect(meaning).toMatch(/right of a user or device to use a server/);
  expect(meaning).toMatch(/handled on the server product itself/);
  expect(causes.join('\n')).toMatch(/Remote Desktop Services CALs/);
});
