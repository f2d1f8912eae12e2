import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  powerShellComment,
  powerShellLiteral,
} from '../../../src/provisioning/activation/powershell-text.ts';
import { anyText } from './any-text.ts';
import { runPowerShell } from './powershell/interpreter.ts';
import { parsePowerShell } from './powershell/parse.ts';

const NOTHING = { commands: {}, statics: {}, stderr: () => {} };

function evaluate(expression: string): string {
  return runPowerShell(`Write-Output ${expression}`, [], NOTHING).stdout.slice(0, -1);
}

const HOSTILE = fc.oneof(
  anyText(30),
  fc
    .array(
      fc.constantFrom(
        "'",
        '\u2018',
        '\u2019',
        '\u201A',
        '\u201B',
        '"',
        '$',
        '`',
        '\n',
        '\0',
        ';',
        '#',
        ')',
        '\u00FC',
        'a',
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    "'; Remove-Item C:\\ -Recurse #",
    '$(calc)',
    '\u2019; calc #',
    "a'+(calc)+'b",
    '\r\nexit',
    "''",
  ),
);

describe('a text as a PowerShell literal', () => {
  it.each([
    ['BCDFG-HJKMP', "'BCDFG-HJKMP'"],
    ['', "''"],
    ["O'Neil $env:PATH `n", "'O''Neil $env:PATH `n'"],
    ['Müller', "('' + 'M' + [char]0x00FC + 'ller')"],
    ['\u2019', "('' + [char]0x2019)"],
    ['😀', "('' + [char]0xD83D + [char]0xDE00)"],
  ])('%j is %s', (text, literal) => {
    expect(powerShellLiteral(text)).toBe(literal);
  });

  it('is the same text again, and one expression, whatever is in it', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const literal = powerShellLiteral(text);
        expect(literal).toMatch(/^[\x20-\x7E]*$/);
        expect(evaluate(literal)).toBe(text);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a text in a comment', () => {
  it('stays in it', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const line = `# Machine: ${powerShellComment(text)}`;
        expect(line).toMatch(/^[\x20-\x7E]*$/);
        expect(parsePowerShell(`${line}\n1`).text.split('\n')).toEqual([line, '1']);
        expect(evaluate(`1\n${line}`)).toBe('1');
      }),
      { numRuns: 100 },
    );
  });
});
