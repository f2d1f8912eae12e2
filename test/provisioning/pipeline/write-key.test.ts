import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { KEY_FORMATS } from '../../../src/provisioning/pipeline/formats.ts';
import { writeKey } from '../../../src/provisioning/pipeline/write-key.ts';
import { answer, BARE, HOSTILE, KEY } from './keys.ts';
import { parseFileCommands, readLoggingCommand, readWorkflowCommand } from './readers.ts';

const anyText = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0'));

const lines = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n');

test('raw is the key and a newline, or no newline', () => {
  expect(writeKey('raw', answer())).toEqual({ text: `${KEY}\n`, runnerFile: null, warnings: [] });
  expect(writeKey('raw', answer(), { newline: false }).text).toBe(KEY);
});

test('json has the fields of key -o json in their order, in plain ASCII', () => {
  const { text } = writeKey('json', answer('ключ\u202E\u0085'));
  expect(text).toMatch(/^[\x20-\x7E]+\n$/);
  expect(Object.entries(JSON.parse(writeKey('json', answer()).text))).toEqual([
    ['key', KEY],
    ['last5', '6789B'],
    ['keyId', 'k-1'],
    ['productId', 'office-2019'],
    ['type', 'mak'],
  ]);
  fc.assert(
    fc.property(anyText, (key) => JSON.parse(writeKey('json', answer(key)).text).key === key),
    { numRuns: 50 },
  );
});

test('terraform answers one flat object of strings', () => {
  for (const key of [KEY, ...HOSTILE]) {
    const result: Record<string, unknown> = JSON.parse(writeKey('terraform', answer(key)).text);
    expect(Object.keys(result)).toEqual(['key', 'last5', 'productId']);
    expect(Object.values(result).map((value) => typeof value)).toEqual(['string', 'string', 'string']);
    expect(result['key']).toBe(key);
  }
});

describe('env is an assignment that a shell runs with eval', () => {
  const read = 'eval "$ASSIGNMENT"; printf %s. "$LICENCE"; env | grep -c "^LICENCE="';
  test.each(['sh', 'bash'])('%s gets every key as it is, exported', (shell) => {
    for (const key of [KEY, ...HOSTILE]) {
      const { text } = writeKey('env', answer(key), { name: 'LICENCE' });
      const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ASSIGNMENT: text };
      expect(
        execFileSync(shell, ['-ec', read], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
      ).toBe(`${key}.1\n`);
    }
  });
  test('a plain key looks as one would write it', () => {
    expect(writeKey('env', answer()).text).toBe(`export PRODUCT_KEY='${KEY}'\n`);
  });
});

describe('dotenv is one unquoted line', () => {
  test('that Node reads back, with a warning about reports', () => {
    const { text, warnings } = writeKey('dotenv', answer(), { name: 'LICENCE' });
    expect(text).toBe(`LICENCE=${KEY}\n`);
    expect(parseEnv(text)).toEqual({ LICENCE: KEY });
    expect(warnings).toEqual([expect.stringContaining('can be downloaded')]);
  });
  test('or nothing at all, for keys that readers of dotenv would change', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        let text: string;
        try {
          text = writeKey('dotenv', answer(key)).text;
        } catch (error) {
          return error instanceof AppError && error.code === 'USAGE';
        }
        return text.split('\n').length === 2 && parseEnv(text)['PRODUCT_KEY'] === key;
      }),
      { numRuns: 100 },
    );
    for (const key of ['a\nb', "it's", '"a"', 'a#b', '$HOME', 'a\\n', ' a']) {
      expect(() => writeKey('dotenv', answer(key))).toThrow('The dotenv format cannot hold');
    }
  });
});

describe('github hides the key first, then adds it to the file', () => {
  test('both spellings are masked, on stdout', () => {
    const { text, runnerFile } = writeKey('github', answer());
    expect(text).toBe(`::add-mask::${KEY}\n::add-mask::${BARE}\n`);
    expect(runnerFile).toBe(`PRODUCT_KEY=${KEY}\n`);
  });
  test('what the runner reads is the key, whatever is in it', () => {
    for (const key of [KEY, ...HOSTILE]) {
      const { text, runnerFile } = writeKey('github', answer(key), { name: 'LICENCE' });
      expect(parseFileCommands(runnerFile ?? '')).toEqual([['LICENCE', key]]);
      const masked = lines(text).map((line) => readWorkflowCommand(line));
      for (const line of key.split('\n')) expect(masked).toContainEqual({ command: 'add-mask', text: line });
      expect(masked.every(({ command }) => command === 'add-mask')).toBe(true);
    }
  });
  test('any text without control characters comes through', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        if (/\p{Cc}/u.test(key.replaceAll('\n', ''))) return true;
        const written = writeKey('github', answer(key)).runnerFile ?? '';
        return JSON.stringify(parseFileCommands(written)) === JSON.stringify([['PRODUCT_KEY', key]]);
      }),
      { numRuns: 100 },
    );
  });
  test('a key of its own kind is hidden as it is written too, without separators', () => {
    expect(writeKey('github', answer('Ab-7f-Straße')).text).toBe(
      '::add-mask::Ab-7f-Straße\n::add-mask::Ab7fStraße\n::add-mask::AB7FSTRASSE\n',
    );
  });
  test('control characters are refused', () => {
    expect(() => writeKey('github', answer('a\rEVIL=1'))).toThrow('cannot hold control characters');
  });
});

describe('azure-pipelines tells what to hide, then sets the secret variable', () => {
  test('for later steps', () => {
    expect(writeKey('azure-pipelines', answer(), { name: 'Licence.Key' }).text).toBe(
      [
        `##vso[task.setsecret]${KEY}`,
        `##vso[task.setsecret]${BARE}`,
        `##vso[task.setvariable variable=Licence.Key;issecret=true]${KEY}`,
        '',
      ].join('\n'),
    );
  });
  test('as an output', () => {
    const { text } = writeKey('azure-pipelines', answer(), { to: 'output' });
    expect(readLoggingCommand(lines(text).at(-1) ?? '')).toEqual({
      command: 'task.setvariable',
      properties: { variable: 'PRODUCT_KEY', issecret: 'true', isOutput: 'true' },
      message: KEY,
    });
  });
  test('what the agent reads is the key', () => {
    for (const key of HOSTILE.filter((text) => !text.includes('\n'))) {
      const commands = lines(writeKey('azure-pipelines', answer(key)).text).map((line) =>
        readLoggingCommand(line),
      );
      expect(commands[0]).toEqual({ command: 'task.setsecret', properties: {}, message: key });
      expect(commands.at(-1)?.message).toBe(key);
    }
    expect(() => writeKey('azure-pipelines', answer('a\nb'))).toThrow('cannot hold line breaks');
  });
});

test('no error and no warning holds a part of the key', () => {
  for (const format of KEY_FORMATS) {
    for (const key of ['SECRET\rSECRET', 'SECRET\nSECRET', '"SECRET"']) {
      try {
        expect(writeKey(format, answer(key)).warnings.join()).not.toContain('SECRET');
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect(JSON.stringify({ ...(error as AppError), text: String(error) })).not.toContain('SECRET');
      }
    }
  }
});
