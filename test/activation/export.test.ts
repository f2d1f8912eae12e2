import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainEnds, type StoredEvent } from '../../src/activation/chain.ts';
import {
  exportEventLine,
  exportHeaderLine,
  readExport,
  readExportHeader,
} from '../../src/activation/export.ts';
import { requires } from '../helpers/requires.ts';
import { hardware, LEDGER, sha256Hex, World } from './world.ts';

function small(): World {
  const world = new World({ id: 'key-a', last5: '6789B' }, { id: 'key-b', last5: 'XY234' });
  world.activate(hardware('web01'), { wish: { key: 'key-a' } });
  world.activate('bücher-😀', { wish: { key: 'key-b' } });
  const { activationId } = world.reserve('line\u2028end\u0085', { wish: { key: 'key-a' } });
  world.settle(activationId, { outcome: 'failed', code: '0xC004C020', reason: '"quoted" \\ \t' });
  return world;
}

function exported(world: World): string[] {
  const byChain = [...world.rows].sort((a, b) =>
    a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : a.seq - b.seq,
  );
  const ends = chainEnds(world.chains.values());
  return [
    exportHeaderLine(LEDGER, ends, new Date('2026-11-24T12:00:00Z'), sha256Hex),
    ...byChain.map(exportEventLine),
  ];
}

const LINES = exported(small());
const at = (index: number): string => LINES[index] ?? '';

describe('an export', () => {
  test('says which ledger it is and how far its chains went', () => {
    const world = small();
    expect(readExportHeader(at(0))).toEqual({
      ledger: LEDGER,
      exportedAt: '2026-11-24T12:00:00.000Z',
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
      chains: chainEnds(world.chains.values()),
    });
  });

  test('is sound by itself', async () => {
    const { report } = await readExport(LINES, sha256Hex);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, events: LINES.length - 1, head: readExportHeader(at(0)).head });
  });

  test('blank lines and carriage returns between lines do no harm', async () => {
    expect((await readExport([...LINES.map((line) => `${line}\r`), '', ' '], sha256Hex)).report.ok).toBe(
      true,
    );
  });

  test('holds each event as the text that was hashed', () => {
    const event: Pick<StoredEvent, 'hash' | 'text'> = {
      text: '{"a":"é\\n"}',
      hash: sha256Hex('{"a":"é\\n"}'),
    };
    const line: { event: string; hash: string } = JSON.parse(exportEventLine(event));
    expect(line).toEqual({ event: event.text, hash: event.hash });
    expect(exportEventLine(event)).not.toContain('\n');
  });

  test('without any one of its events it is not sound', async () => {
    for (let index = 1; index < LINES.length; index += 1) {
      expect((await readExport(LINES.toSpliced(index, 1), sha256Hex)).report.ok).toBe(false);
    }
  });

  test('with another head or list of chains it is not sound', async () => {
    const { head } = readExportHeader(at(0));
    const forged = at(0).replace(head, '0'.repeat(64));
    expect((await readExport(LINES.with(0, forged), sha256Hex)).report.findings[0]?.problem).toContain(
      'head',
    );
    const shorter = at(0).replace('["key-a",4,', '["key-a",3,');
    expect((await readExport(LINES.with(0, shorter), sha256Hex)).report.ok).toBe(false);
  });

  test.each<[string, string[], string]>([
    ['nothing', [], 'Line 1'],
    ['blank lines', ['', ' '], 'Line 1'],
    ['no JSON', ['hello'], 'Line 1'],
    ['another schema', ['{"schema":"x"}'], 'Line 1'],
    ['no list of chains', [at(0).replace(/"chains":\[.*\]\],/, '"chains":"none",')], 'Line 1'],
    ['a chain without a number', [at(0).replace(',4,', ',"4",')], 'Line 1'],
    ['a chain with a part of a number', [at(0).replace(',4,', ',4.5,')], 'Line 1'],
    ['an event that is none', [at(0), '[]'], 'Line 2'],
    ['an event without text', [at(0), at(1), '{"hash":"x"}'], 'Line 3'],
    ['an event without a place', [at(0), at(1), '{"hash":"x","event":"{}"}'], 'Line 3'],
  ])('%s: exit 8, with the line', async (_, lines, place) => {
    await expect(readExport(lines, sha256Hex)).rejects.toThrowError(
      expect.objectContaining({ code: 'INVALID_DATA', message: expect.stringContaining(place) }),
    );
  });
});

const python = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!requires('python3', python))('the verifier of docs/ledger.md', () => {
  let folder = '';
  let script = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
    script = join(folder, 'verify.py');
    const [, code = ''] = /```python\n([\s\S]*?)```/.exec(readFileSync('docs/ledger.md', 'utf8')) ?? [];
    writeFileSync(script, code);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const verify = (lines: readonly string[]) => {
    const file = join(folder, 'export.jsonl');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    const { status, stdout, stderr } = spawnSync('python3', [script, file], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test('finds our export sound, with the same head', () => {
    expect(verify(LINES)).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining(`VALID, head ${readExportHeader(at(0)).head}`),
    });
    expect(verify(LINES).stdout).toContain('key-a: 4 events, used 1');
  });

  test.each<[string, (lines: string[]) => string[], string]>([
    ['an edited event', (lines) => lines.with(1, at(1).replace('web01', 'web02')), 'does not have its hash'],
    ['a missing event', (lines) => lines.toSpliced(1, 1), 'missing or out of order'],
    ['exchanged events', (lines) => lines.with(1, at(2)).with(2, at(1)), 'missing or out of order'],
    ['a cut end', (lines) => lines.slice(0, -1), 'do not end where'],
    [
      'another head',
      (lines) => lines.with(0, at(0).replace(/"head":"./, '"head":"x')),
      'head does not belong',
    ],
  ])('finds %s', (_, tamper, problem) => {
    const { status, stderr } = verify(tamper([...LINES]));
    expect(status).not.toBe(0);
    expect(stderr).toContain(`NOT VALID`);
    expect(stderr).toContain(problem);
  });

  test('the page says what is proven and what is not', () => {
    const page = readFileSync('docs/ledger.md', 'utf8');
    expect(page).toContain('found **only against a\n  head that was kept elsewhere**');
    for (const type of [
      'reserved',
      'correction',
      'allowance-set',
      'chain-opened',
      'machine-retired',
      'revealed',
    ]) {
      expect(page).toContain(`\`${type}\``);
    }
  });
});
