import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, isDay } from '../../src/entitlements/days.ts';
import {
  lapseDays,
  lapsesOn,
  latestPossibleEnd,
  type OfferFacts,
  offerDates,
  offerNotes,
  offerStatus,
  parseOffer,
  parseSource,
} from '../../src/entitlements/offers.ts';
import { AppError } from '../../src/errors.ts';
import { programs } from './opened.ts';
import { anyText } from './texts.ts';

describe('a source text', () => {
  it.each([
    ['MAPS - Core', 'action-pack:core'],
    ['Legacy Gold - Core', 'legacy-gold:core'],
    ['Legacy Silver - Core', 'legacy-silver:core'],
    ['LAPS - Core', 'learning-action-pack:core'],
    ['Solutions Partner - Core', 'solutions-partner:core'],
    [
      'Solutions Partner - Microsoft Low Code Application Development (Specialization)',
      'solutions-partner:low-code-application-development',
    ],
    ['Solutions Partner - Data & AI (Azure)', 'solutions-partner:data-ai-azure'],
    ['Microsoft Action Pack - Core', 'action-pack:core'],
    ['maps - CORE', 'action-pack:core'],
    ['  MAPS   -   Core  ', 'action-pack:core'],
    ['MAPS\u00A0–\u00A0Core', 'action-pack:core'],
    ['MAPS — Core', 'action-pack:core'],
    ['MAPS- Core', 'action-pack:core'],
    ['MAPS', 'action-pack:core'],
    ['MAPS -', 'action-pack:core'],
    ['Partner Success Core Benefits - Core', 'partner-success-core:core'],
    ['Solutions Partner - A - B', 'solutions-partner:a-b'],
    ['Co-sell Heroes - Core', 'other:co-sell-heroes-core'],
    ['Co-sell', 'other:co-sell'],
    ['other - thing', 'other:thing'],
    ['Other - MAPS', 'other:maps'],
    ['MAPS - Core (sample)', 'action-pack:core'],
  ])('%j is %s', (text, id) => {
    const source = parseSource(text, programs);
    expect(source?.id).toBe(id);
    expect(`${source?.program}:${source?.part}`).toBe(id);
    expect(source?.text).toBe(text.trim());
    expect(source?.sample).toBe(text.endsWith('(sample)'));
  });

  it.each(['', ' ', '\u00A0\t'])('that is empty names no offer: %j', (text) => {
    expect(parseSource(text, programs)).toBeNull();
  });

  it('of an unknown program keeps its script apart', () => {
    const first = parseSource('合作伙伴 - 核心', programs);
    const second = parseSource('合作伙伴 - 高级', programs);
    expect(first?.program).toBe('other');
    expect(first?.id).not.toBe(second?.id);
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const source = parseSource(text, programs);
        if (source === null) expect(text.trim()).toBe('');
        else expect(source.id).toMatch(/^[a-z-]+:[a-z0-9][a-z0-9._-]*$/);
      }),
    );
    for (const text of [`a${' '.repeat(200_000)}b`, '- '.repeat(100_000), '('.repeat(200_000)]) {
      expect(parseSource(text, programs)?.program).toBe('other');
    }
  });
});

describe('what people type for an offer', () => {
  it.each([
    ['action-pack', 'action-pack:core'],
    ['action-pack:core', 'action-pack:core'],
    ['MAPS', 'action-pack:core'],
    ['maps:Core', 'action-pack:core'],
    ['Legacy Gold', 'legacy-gold:core'],
    [
      'solutions-partner:low-code-application-development',
      'solutions-partner:low-code-application-development',
    ],
    [
      'solutions-partner: Low Code Application Development',
      'solutions-partner:low-code-application-development',
    ],
    ['solutions-partner:', 'solutions-partner:core'],
    ['MAPS - Core', 'action-pack:core'],
    ['other:co-sell-heroes-core', 'other:co-sell-heroes-core'],
    ['Other:Co-sell', 'other:co-sell'],
  ])('%j is %s', (text, id) => expect(parseOffer(text, programs).id).toBe(id));

  it('is every id that a source text gave', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.constantFrom('MAPS - ', 'Solutions Partner - ', 'Co-sell - ', ''),
        (text, program) => {
          const source = parseSource(program + text, programs);
          if (source !== null) expect(parseOffer(source.id, programs).id).toBe(source.id);
        },
      ),
    );
  });

  it.each([
    '',
    'gold-plated',
    'other',
    'other:',
    ':core',
    'action pack pack',
    '__proto__',
    'x'.repeat(100_000),
  ])('is a known program: not %.20j', (text) => {
    expect(() => parseOffer(text, programs)).toThrow(AppError);
    expect(() => parseOffer(text, programs)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('the dates of an offer', () => {
  it('follow from the purchase: a year of 365 days, 30 more for benefits, 30 for a refund', () => {
    expect(offerDates('2025-01-21')).toEqual({
      purchased: '2025-01-21',
      anniversary: '2026-01-21',
      benefitsEnd: '2026-02-20',
      refundUntil: '2025-02-20',
    });
    expect(offerDates('2024-02-29').anniversary).toBe('2025-02-28');
  });

  it('are unknown without it', () => {
    expect(offerDates(null)).toEqual({
      purchased: null,
      anniversary: null,
      benefitsEnd: null,
      refundUntil: null,
    });
    expect(lapsesOn(null)).toBeNull();
  });

  it('say when an entitlement lapses', () => {
    expect(lapsesOn('2026-01-01')).toBe('2027-01-31');
    const lapseDay = lapseDays();
    for (const day of ['2026-01-01', '2024-02-29', null, '2026-01-01'])
      expect(lapseDay(day)).toBe(lapsesOn(day));
  });

  it('stay days at the end of the calendar', () => {
    for (const day of Object.values(offerDates('9999-12-31'))) expect(isDay(day ?? '')).toBe(true);
  });
});

describe('the status of an offer', () => {
  const current = { program: 'solutions-partner', purchased: '2026-01-01' };
  it.each([
    [0, 'active'],
    [365, 'active'],
    [366, 'renewal-window'],
    [395, 'renewal-window'],
    [396, 'expired'],
  ])('%i days after the purchase: %s', (days, status) => {
    expect(offerStatus(current, addDays('2026-01-01', days), programs)).toBe(status);
  });

  it.each<[string, OfferFacts, string, string]>([
    ['no date', { program: 'solutions-partner', purchased: null }, '2026-11-24', 'unknown'],
    ['an unknown program', { program: 'other', purchased: '2026-11-01' }, '2026-11-24', 'active'],
    [
      'an ended program while it could be renewed',
      { program: 'action-pack', purchased: '2024-06-01' },
      '2025-01-21',
      'active',
    ],
    ['the day after', { program: 'action-pack', purchased: '2024-06-01' }, '2025-01-22', 'ended-programme'],
    [
      'its last possible day',
      { program: 'action-pack', purchased: '2025-01-21' },
      '2026-02-20',
      'ended-programme',
    ],
    ['the day after that', { program: 'action-pack', purchased: '2025-01-21' }, '2026-02-21', 'expired'],
    [
      'an ended program without a date',
      { program: 'legacy-gold', purchased: null },
      '2026-11-24',
      'ended-programme',
    ],
    [
      'the sandbox',
      { program: 'action-pack', purchased: '2026-11-01', sample: true },
      '2026-11-24',
      'active',
    ],
    [
      'the sandbox, late',
      { program: 'action-pack', purchased: '2025-11-01', sample: true },
      '2026-11-24',
      'renewal-window',
    ],
    [
      'the sandbox without a date',
      { program: 'action-pack', purchased: null, sample: true },
      '2026-11-24',
      'unknown',
    ],
  ])('%s', (_, offer, today, status) => expect(offerStatus(offer, today, programs)).toBe(status));
});

describe('an ended program', () => {
  it.each(['action-pack', 'learning-action-pack', 'legacy-silver', 'legacy-gold'])(
    '%s: nobody has it after 2026-02-20 (T11)',
    (program) => {
      expect(latestPossibleEnd({ program, purchased: null }, programs)).toBe('2026-02-20');
      expect(offerNotes({ program, purchased: null }, programs)).toEqual([
        expect.stringMatching(/2025-01-21.*2026-02-20/),
      ]);
    },
  );

  it('is not bought after its end', () => {
    expect(offerNotes({ program: 'legacy-gold', purchased: '2025-01-21' }, programs)).toHaveLength(1);
    expect(offerNotes({ program: 'legacy-gold', purchased: '2025-01-22' }, programs)[1]).toMatch(
      /2025-01-22/,
    );
  });

  it.each<[string, OfferFacts]>([
    ['the sandbox', { program: 'action-pack', purchased: '2026-11-01', sample: true }],
    ['a current program', { program: 'solutions-partner', purchased: '2026-11-01' }],
    ['an unknown program', { program: 'other', purchased: null }],
  ])('is not %s', (_, offer) => {
    expect(latestPossibleEnd(offer, programs)).toBeNull();
    expect(offerNotes(offer, programs)).toEqual([]);
  });
});
