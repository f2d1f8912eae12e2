import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WalkFacts } from '../../src/troubleshooting/facts.ts';
import { makeTranscript } from '../../src/troubleshooting/transcript.ts';
import { transcriptMarkdown } from '../../src/troubleshooting/transcript-markdown.ts';
import { begin, knowledge, NOW, product, say, USED_UP } from './helpers.ts';
import * as samples from './samples.ts';

const VERSIONS = { 'mpn-benefits': '0.1.0', node: '24.21.0', windows: '10.0.17763' };
const state = say(
  begin({ codes: ['0xC004C020'], status: 'notification' }),
  ['none', 'yes', 'yes', 'same', 'no'],
  USED_UP,
);

const make = (facts: WalkFacts = USED_UP, includePersonal = false) =>
  makeTranscript({ state, facts, knowledge, now: NOW, versions: VERSIONS, includePersonal });

test('versions, product, last five, counts, machines, what was asked, answered and tried, codes before and after', () => {
  expect(make()).toMatchObject({
    schema: 'mpn-benefits/support-request/1',
    createdAt: NOW,
    versions: VERSIONS,
    product: { id: 'windows-server-2019-standard', name: 'Windows Server 2019 Standard' },
    key: { last5: 'XY234', type: 'mak' },
    counts: { granted: 10, allowed: 10, used: 10, pending: 1, remaining: 0, policy: 'documented' },
    machines: [
      { machine: 'machine 1', activations: 3, retiredOn: null },
      { machine: 'machine 2', activations: 2, retiredOn: '2026-03-01' },
    ],
    notSettled: [{ activation: 'activation 1', machine: 'machine 1' }],
    otherKeys: [{ last5: '6789B', remaining: 4 }],
    before: { codes: ['0xC004C020'], status: 'notification' },
    after: { code: '0xC004C020' },
    outcome: 'unfinished',
    declined: [expect.stringMatching(/^Use another key/)],
    tried: [{ outcome: 'same', before: '0xC004C020', after: '0xC004C020' }],
  });
});

test('machines of the same name are told apart', () => {
  const facts = { ...USED_UP, machines: USED_UP.machines.map((machine) => ({ ...machine, name: 'SRV-1' })) };
  expect(make(facts).machines.map(({ machine }) => machine)).toEqual(['machine 1', 'machine 2']);
});

test('what was read from the record is told apart from what was asked', () => {
  expect(make().asked.map(({ readFromRecord }) => readFromRecord)).toEqual([true, true, false, false, true]);
});

test('how technical support incidents work: who, the two IDs, versions, how many, where (S9)', () => {
  const { support } = make();
  expect(support.incidents).toEqual([{ program: 'Action Pack', incidents: 10, cloud: 'none' }]);
  expect(support.who).toMatch(/Global admin/);
  expect(support.ids).toMatch(/Access ID and Contract ID/);
  expect(support.versions).toMatch(/current and the previous version.*mainstream support/);
  expect(support.where.join(' ')).toMatch(/Support for Business/);
  expect(support.links).toContainEqual({
    title: 'Partner support',
    url: 'https://partner.microsoft.com/support',
  });
});

test('without a known programme every programme is listed', () => {
  expect(
    make({ ...USED_UP, programs: [] }).support.incidents.map(({ program, incidents }) => [
      program,
      incidents,
    ]),
  ).toEqual([
    ['Action Pack', 10],
    ['Learning Action Pack', 10],
    ['Solutions Partner', 20],
    ['Legacy Silver', 15],
    ['Legacy Gold', 20],
  ]);
});

test('as Markdown: one section for each, nothing empty', () => {
  const text = transcriptMarkdown(make());
  expect(text.match(/^## .*$/gm)).toEqual([
    '## Versions',
    '## Product and key',
    '## Codes',
    '## What it means',
    '## Likely causes',
    '## What helps, from cheap to costly',
    '## Machines',
    '## Asked and answered',
    '## Tried',
    '## Not done, on purpose',
    '## How to file it',
    '## Technical support incidents of the membership',
  ]);
  expect(text).toContain('- Count: 10 of 10 used by the ledger, 1 of them not settled, 0 left.');
  expect(text).toContain('- Before: 0xC004C020, licence status notification');
  expect(text).toContain('- machine 2: activations 2, retired 2026-03-01');
});

test('what the code means, whatever was answered; nothing where nothing was seen', () => {
  const state = begin({ codes: ['0xC004C020'] });
  const { finding } = makeTranscript({ state, facts: USED_UP, knowledge, now: NOW, versions: {} });
  expect(finding).toMatchObject({
    scenario: 'limit-reached',
    meaning: expect.stringContaining('activation'),
  });
  expect(finding?.causes.length).toBeGreaterThan(0);
  // A command to paste, with the product in it.
  expect(finding?.remedies.join(' ')).toContain(`mpn-benefits activate ${USED_UP.product?.id}`);
  const ofStatus = makeTranscript({
    state: begin({ status: 'notification' }),
    facts: USED_UP,
    knowledge,
    now: NOW,
    versions: {},
  });
  expect(ofStatus.finding).toMatchObject({ scenario: 'grace-expired' });
  const empty = makeTranscript({ state: begin(), facts: USED_UP, knowledge, now: NOW, versions: {} });
  expect(empty.finding).toBeNull();
  expect(transcriptMarkdown(empty)).not.toContain('What it means');
});

const marker = fc.stringMatching(/^PRIV[a-z]{6}[0-9]{4}$/);

test('no names, no full ids, no evidence of this machine unless asked for', () => {
  fc.assert(
    fc.property(
      fc.array(marker, { minLength: 4, maxLength: 4 }),
      ([machine = '', id = '', evidence = '', retired = '']) => {
        const facts: WalkFacts = {
          ...USED_UP,
          pending: [{ activationId: id, machine: { id: 'm-1', name: machine }, at: NOW }],
          machines: [
            { id: 'm-1', name: machine, activations: 1, retiredOn: null },
            { id: 'm-2', name: retired, activations: 1, retiredOn: '2026-01-01' },
          ],
          checks: [
            {
              id: 'dns',
              title: 'Name resolution',
              result: 'fail',
              evidence,
              shareable: 'not resolved',
              fix: null,
            },
          ],
        };
        const shared = make(facts);
        expect(JSON.stringify(shared)).not.toContain('PRIV');
        expect(transcriptMarkdown(shared)).not.toContain('PRIV');
        const personal = JSON.stringify(make(facts, true));
        for (const word of [machine, id, evidence, retired]) expect(personal).toContain(word);
      },
    ),
  );
});

test('of a pasted screen nothing but codes and states gets in', () => {
  const pasted = say(begin(), [
    'code',
    `${samples.SLMGR_DLV}\nBCDFG-HJKMP-QRTVW-XY234-6789B on PRIVATE-HOST`,
  ]);
  const input = {
    state: pasted,
    facts: USED_UP,
    knowledge,
    now: NOW,
    versions: VERSIONS,
    includePersonal: true,
  };
  const text = transcriptMarkdown(makeTranscript(input));
  expect(text).toContain('or log says. 0xC004F009, licence status notification\n');
  expect(text).toContain('- Before: 0xC004F009, licence status notification');
  expect(text).not.toMatch(/PRIVATE-HOST|HJKMP|00206|012345678901234567890/);
});

test('text of others cannot break out of its line', () => {
  const name = 'x\n# Owned\u202e `rm` [a](b) <img>|';
  const text = transcriptMarkdown(make({ ...USED_UP, product: product({ name }) }));
  expect(text).not.toMatch(/^# Owned/m);
  expect(text).not.toContain('\u202e');
  expect(text).toContain('\\`rm\\` \\[a\\](b) \\<img\\>\\|');
});
