import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_FACTS, type WalkFacts } from '../../src/troubleshooting/facts.ts';
import type { Step } from '../../src/troubleshooting/types.ts';
import { seenLast5 } from '../../src/troubleshooting/values.ts';
import { answer, answerAll, back, isEnd } from '../../src/troubleshooting/walk.ts';
import { readState } from '../../src/troubleshooting/walk-state.ts';
import { begin, CAL, context, index, product, RDS_CAL, say, step, USED_UP, valuesOf } from './helpers.ts';
import * as samples from './samples.ts';

const asked = (at: Step): string => `${at.kind} ${at.id}`;

test('without anything to go by it asks what is seen, with the reason', () => {
  expect(step(begin())).toMatchObject({ kind: 'question', id: 'symptom', scenario: null, input: 'choice' });
  expect(step(begin())).toHaveProperty('why', 'It decides where to begin.');
});

test.each([
  ['the value', 'limit'],
  ['the number', '2'],
  ['the text', 'A message that the maximum number of activations is reached'],
  ['the value with blanks, in capitals', '  LIMIT '],
])('an option is chosen by %s', (_, typed) => {
  expect(asked(step(say(begin(), [typed])))).toBe('question limit-reached.key-kind');
});

test('anything else is refused with what would be accepted', () => {
  expect(() => say(begin(), ['maybe'])).toThrowError(
    expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('limit') }),
  );
});

test('a pasted screen begins the walk of its primary finding; of the text only codes, states and the end of the key are saved', () => {
  const state = say(begin(), [
    'code',
    `${samples.SLMGR_DLV}\nkey BCDFG-HJKMP-QRTVW-XY234-6789B of ACME-SRV-01`,
  ]);
  expect(state.answers.at(-1)?.value).toBe('codes:0xC004F009 status:notification');
  expect(seenLast5(state)).toBe('XY234');
  expect(seenLast5(back(state, context()))).toBeNull();
  expect(step(state).scenario).toBe('grace-expired');
});

test('"I don\'t know" is accepted by every question of every scenario', () => {
  for (const { id } of index.scenarios) {
    let state = begin({ scenario: id });
    for (let at = step(state); !isEnd(at); at = step(state)) state = say(state, ['unknown']);
    expect(isEnd(step(state))).toBe(true);
  }
});

test('what changes or may spend is confirmed before, and a no goes on without it', () => {
  const state = begin({ codes: ['0xC004F06C'] });
  const set = say(state, ['same']);
  expect(step(set)).toMatchObject({
    kind: 'confirm',
    id: 'confirm-sync-time',
    remedy: { changes: true, needs: ['administrator', 'network'], spendsActivation: false },
  });
  expect(asked(step(say(set, ['yes'])))).toBe('remedy sync-time');
  expect(asked(step(say(set, ['no'])))).toBe('confirm confirm-set-clock');
});

test('after each remedy the same test, with what was seen before', () => {
  const at = step(begin({ codes: ['0xC004F06C'] }));
  const later = step(say(begin({ codes: ['0xC004F06C'] }), ['same', 'yes']));
  expect(at).toMatchObject({ kind: 'remedy', id: 'check-clock', before: '0xC004F06C' });
  expect(later).toMatchObject({ kind: 'remedy', test: 'test' in at ? at.test : '' });
});

test('when an obstacle is gone the activation follows, confirmed because it counts; then it is done', () => {
  const free = say(begin({ codes: ['0xC004F06C'] }), ['same', 'yes', 'fixed']);
  expect(step(free)).toMatchObject({
    kind: 'confirm',
    id: 'confirm-activate-again',
    remedy: { spendsActivation: true },
  });
  expect(step(say(free, ['yes', 'fixed']))).toMatchObject({ kind: 'done', outcome: 'fixed' });
});

test('a stored confirmation ID that is applied again activates without spending: nothing follows', () => {
  const state = say(begin({ codes: ['0xC004C020'] }), ['none', 'yes', 'yes', 'fixed'], USED_UP);
  expect(step(state, USED_UP)).toMatchObject({ kind: 'done', outcome: 'fixed' });
});

test('a pasted "licensed" is success', () => {
  const state = say(begin({ scenario: 'not-activated' }), ['yes', samples.SLMGR_DLI_LICENSED]);
  expect(step(state)).toMatchObject({ kind: 'done', outcome: 'fixed' });
});

test('what is licensed after an obstacle was removed is not activated again', () => {
  const state = say(begin({ codes: ['0xC004F06C'] }), [samples.SLMGR_DLI_LICENSED]);
  expect(step(state)).toMatchObject({ kind: 'done', outcome: 'fixed' });
});

test('another code after a remedy is another obstacle, and its walk follows; the same code goes on', () => {
  const state = begin({ codes: ['0xC004F06C'] });
  expect(asked(step(say(state, ['0xC004F06C'])))).toBe('confirm confirm-sync-time');
  expect(step(say(state, ['-1073430496']))).toMatchObject({ kind: 'question', scenario: 'limit-reached' });
});

test('a status that was read without a scenario chooses one', () => {
  const state = say(begin(), ['not-activated', 'unknown', 'License Status: Notification']);
  expect(step(state).scenario).toBe('grace-expired');
});

test('the last step is the support request', () => {
  const { step: last } = answerAll(
    begin({ scenario: 'service' }),
    {
      'check-system-log': 'same',
      'check-policy': 'same',
      'confirm-start-service': 'no',
      'confirm-restart-service': 'no',
      'confirm-restart-machine': 'no',
    },
    context(),
  );
  expect(last).toMatchObject({ kind: 'support-request', outcome: 'support' });
  expect(isEnd(last) ? last.links.map(({ url }) => url) : []).toContain(
    'https://partner.microsoft.com/support',
  );
});

test('an ended walk takes no answer', () => {
  const state = say(begin({ scenario: 'cal-no-information' }), ['server']);
  expect(() => answer(state, 'yes', context())).toThrowError(expect.objectContaining({ code: 'USAGE' }));
});

test('what the ledger and the code say is not asked: the kind of key, and who refuses', () => {
  const state = begin({ codes: ['0xC004C020'] });
  expect(step(state).id).toBe('limit-reached.key-kind');
  expect(step(state, USED_UP).id).toBe('limit-reached.portal-count');
});

test('the limit shows the real numbers: ledger, grant, open reservations, retired machines, keys with room', () => {
  const state = begin({ codes: ['0xC004C020'] });
  expect(step(state, USED_UP).evidence).toEqual([
    'Key …XY234: 10 of 10 used by the ledger, 1 of them not settled, 0 left.',
    'Granted by the membership: 10 activations.',
    'Not settled: act-7f3a on BUILD-07, reserved 2026-11-20.',
  ]);
});

test('at the limit: the other key first, then the published answer, what is left, and how to need fewer', () => {
  const state = say(begin({ codes: ['0xC004C020'] }), ['none', 'no'], USED_UP);
  expect(step(state, USED_UP)).toMatchObject({
    id: 'confirm-use-other-key',
    evidence: ['Key …6789B (Windows Server 2019 Standard): 4 left by the ledger.'],
  });
  const end = step(say(state, ['no', 'yes'], USED_UP), USED_UP);
  expect(end).toMatchObject({ kind: 'support-request', id: 'limit-reached.no-more' });
  expect(end.text).toMatch(/no activations are added/);
  expect(end.evidence).toContain('Retired 2026-03-01: OLD-SRV; its 2 activations do not come back.');
  const advice = isEnd(end) ? end.advice.map(({ text }) => text).join('\n') : '';
  expect(advice).toMatch(/Buy the licences/);
  expect(advice).toMatch(/To need fewer next time/);
});

test('at the limit of the ledger itself, open reservations are settled first', () => {
  const facts: WalkFacts = { ...USED_UP, otherKeys: [] };
  const state = say(begin({ scenario: 'limit-reached' }), ['tool', 'same'], facts);
  expect(step(state, facts)).toMatchObject({ kind: 'confirm', id: 'confirm-settle-pending' });
  const settled = say(state, ['yes', 'fixed'], facts);
  expect(step(settled, facts)).toMatchObject({ kind: 'confirm', id: 'confirm-activate-again' });
});

test('numbers that are not known are said to be unknown', () => {
  const numbers = { used: 3, pending: 0, allowed: null, remaining: null, unlimited: false };
  const facts: WalkFacts = { ...NO_FACTS, key: { last5: 'XY234', type: 'mak', numbers } };
  expect(step(begin({ codes: ['0xC004C020'] }), facts).evidence).toContain(
    'Key …XY234: 3 used by the ledger; how many are allowed is not recorded.',
  );
});

test('a CAL is explained without a question, with the server product that holds it', () => {
  const facts: WalkFacts = { ...NO_FACTS, product: CAL };
  expect(step(begin({ scenario: 'cal-no-information' }), facts)).toMatchObject({
    kind: 'done',
    outcome: 'explained',
    evidence: ['Windows Server 2019 CALs belongs to Windows Server.'],
  });
});

test.each([
  ['Microsoft Exchange Server 2019 Standard CALs', 'Exchange Server'],
  ['Microsoft SharePoint Server 2019 Enterprise CALs', 'SharePoint Server'],
  ['Microsoft Skype for Business Server 2019 Standard CALs', 'Skype for Business Server'],
])('%s belongs to %s', (name, holder) => {
  const facts: WalkFacts = { ...NO_FACTS, product: { ...CAL, name } };
  expect(step(begin({ scenario: 'cal-no-information' }), facts).evidence).toEqual([
    `${name} belongs to ${holder}.`,
  ]);
});

test('an RDS CAL has a path of its own', () => {
  const facts: WalkFacts = { ...NO_FACTS, product: RDS_CAL };
  const state = begin({ scenario: 'cal-no-information' });
  expect(step(state, facts)).toMatchObject({ kind: 'question', id: 'rds-cal.server', scenario: 'rds-cal' });
  expect(asked(step(say(state, ['yes', 'no'], facts), facts))).toBe('confirm confirm-rds-install-cals');
});

test('a check of the machine answers its question', () => {
  const check = {
    id: 'elevated',
    title: 'Administrator rights',
    evidence: 'not elevated',
    shareable: 'not elevated',
    fix: null,
  };
  const state = begin({ scenario: 'permissions' });
  expect(asked(step(state))).toBe('question permissions.elevated');
  const failing: WalkFacts = { ...NO_FACTS, checks: [{ ...check, result: 'fail' }] };
  expect(asked(step(state, failing))).toBe('remedy run-elevated');
  const skipped: WalkFacts = { ...NO_FACTS, checks: [{ ...check, result: 'skip' }] };
  expect(asked(step(state, skipped))).toBe('question permissions.elevated');
  const licensed = { ...check, id: 'license-status', result: 'ok' as const };
  const running: WalkFacts = { ...NO_FACTS, checks: [licensed] };
  expect(step(say(begin(), ['not-activated'], running), running)).toMatchObject({
    kind: 'done',
    outcome: 'explained',
  });
});

test.each([
  ['an Office product', { kind: 'office-client' as const }, 'wrong-edition', 'remedy check-office-kind'],
  ['a Windows product', {}, 'wrong-edition', 'question wrong-edition.evaluation'],
  [
    'a product that needs no activation',
    { requiresActivation: { value: 'no' as const, why: 'S5' } },
    'not-activated',
    'done not-activated.not-needed',
  ],
])('%s is known from the profile', (_, over, scenario, expected) => {
  const facts: WalkFacts = { ...NO_FACTS, product: product(over) };
  expect(asked(step(begin({ scenario }), facts))).toBe(expected);
});

test('back takes the last answer away, down to the beginning and no further', () => {
  const states = [begin()];
  for (const typed of ['limit', 'mak', 'microsoft', 'none'])
    states.push(say(states.at(-1) ?? begin(), [typed]));
  let state = states.pop() ?? begin();
  for (const earlier of states.reverse()) {
    state = back(state, context());
    expect(state).toEqual(earlier);
  }
  expect(back(state, context())).toEqual(state);
});

test('saved and read back, a walk stands where it stood', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...index.scenarios.map(({ id }) => id)),
      fc.infiniteStream(fc.nat(20)),
      (scenario, choices) => {
        let state = begin({ scenario, last5: 'XY234' });
        for (let at = step(state); !isEnd(at) && state.answers.length < 12; at = step(state)) {
          const values = valuesOf(at);
          state = say(state, [values[(choices.next().value ?? 0) % values.length] ?? 'unknown']);
        }
        const saved = readState(JSON.parse(JSON.stringify(state)));
        expect(saved).toEqual(state);
        expect(step(saved)).toEqual(step(state));
      },
    ),
    { numRuns: 60 },
  );
});

test('a walk that was saved before the key was kept is read without one', () => {
  const walk = say(begin({ codes: ['0xC004F06C'] }), ['same']);
  const before = JSON.parse(JSON.stringify(walk).replaceAll(',"last5":null', ''));
  expect(JSON.stringify(before)).not.toContain('last5');
  expect(readState(before)).toEqual(walk);
});

test('whatever is answered, a walk ends', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(index.codes)),
      fc.infiniteStream(fc.nat(20)),
      (code, choices) => {
        let state = begin({ codes: [code] });
        for (let at = step(state); !isEnd(at); at = step(state)) {
          const values = valuesOf(at);
          state = say(state, [values[(choices.next().value ?? 0) % values.length] ?? 'unknown']);
          expect(state.answers.length).toBeLessThan(300);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['null', null, 'the file'],
  ['a list', [], 'the file'],
  ['a newer version', { ...begin(), schema: 'mpn-benefits/walk/2' }, 'schema'],
  ['no answers', { ...begin(), answers: 'none' }, 'answers'],
  ['an answer without a step', { ...begin(), answers: [{ value: 'x', at: 'y' }] }, 'answers[0].step'],
  [
    'a status that there is not',
    { ...begin(), entry: { scenario: null, codes: [], status: 'fine' } },
    'entry.status',
  ],
  ['a key that is no text', { ...begin(), entry: { ...begin().entry, last5: 5 } }, 'entry.last5'],
  ['a text without end', { ...begin(), id: 'x'.repeat(10_000) }, 'id'],
])('a saved walk that is %s is INVALID_DATA and names the place', (_, value, field) => {
  expect(() => readState(value)).toThrowError(
    expect.objectContaining({ code: 'INVALID_DATA', details: { field } }),
  );
});

test('saved answers that no longer fit are asked again', () => {
  const state = {
    ...begin({ scenario: 'limit-reached' }),
    answers: [{ step: 'limit-reached.key-kind', value: 'gone', at: 'x', last5: null }],
  };
  expect(step(state).id).toBe('limit-reached.key-kind');
});

test('from answers: as far as they go, then what would be asked, and which of them nobody asked for', () => {
  const {
    step: at,
    unused,
    state,
  } = answerAll(
    begin(),
    { symptom: 'limit', 'limit-reached.key-kind': 'mak', 'limit-reached.typo': 'x' },
    context(),
  );
  expect(asked(at)).toBe('question limit-reached.who-says');
  expect(unused).toEqual(['limit-reached.typo']);
  expect(state.answers.map(({ step }) => step)).toEqual(['symptom', 'limit-reached.key-kind']);
});

test('from answers a confirmation is not taken for granted', () => {
  const { step: at } = answerAll(begin({ codes: ['0xC004F06C'] }), { 'check-clock': 'same' }, context());
  expect(asked(at)).toBe('confirm confirm-sync-time');
});

test('an answer named like a part of every object is not an answer', () => {
  const { step: at } = answerAll(begin(), Object.create({ symptom: 'limit' }), context());
  expect(at.id).toBe('symptom');
});

test('without a product nothing is said of the ledger', () => {
  const state = say(begin({ codes: ['0xC004C020'] }), ['mak']);
  expect(step(state).evidence.join(' ')).not.toContain('ledger');
  expect(step(state, { ...NO_FACTS, product: product() }).evidence.join(' ')).toContain(
    'holds no key of this product',
  );
});

test('commands name the product that the walk is about, in steps and in what happened', () => {
  const facts: WalkFacts = { ...USED_UP, otherKeys: [] };
  const id = USED_UP.product?.id ?? '';
  const settling = say(begin({ scenario: 'limit-reached' }), ['tool', 'same', 'yes'], facts);
  expect(step(settling, facts)).toMatchObject({
    kind: 'remedy',
    test: expect.stringContaining(`mpn-benefits activate ${id} --dry-run`),
  });
  const activating = say(settling, ['fixed'], facts);
  expect(step(activating, facts)).toMatchObject({
    remedy: { text: expect.stringContaining(`mpn-benefits activate ${id}`) },
  });
  // Nobody can paste what is not known.
  expect(JSON.stringify(step(begin({ scenario: 'limit-reached' })))).not.toContain(id);
});
