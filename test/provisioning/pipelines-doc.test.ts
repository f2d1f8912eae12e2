import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseDocument, visit } from 'yaml';
import { CATALOGUE_DATA } from '../../src/data/catalogue.ts';
import { KEY_TYPES } from '../../src/keys/product-key.ts';
import { parseEnvFile } from '../../src/provisioning/child/env-file.ts';
import { KEY_FORMATS, KEY_TARGETS } from '../../src/provisioning/pipeline/formats.ts';
import { parseTerraformQuery } from '../../src/provisioning/pipeline/terraform.ts';
import { checkVariable } from '../../src/provisioning/pipeline/variable-name.ts';
import { type Block, blocksOf, commandsIn, inlineCodeOf } from '../helpers/doc-reader.ts';
import { parsePowerShell } from './activation/powershell/parse.ts';

const PAGE = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8');
const BLOCKS = blocksOf(PAGE);
const of = (...languages: readonly string[]): readonly Block[] =>
  BLOCKS.filter(({ language }) => languages.includes(language));
const title = ({ line, text }: Block): string => `line ${line}: ${text.trim().split('\n')[0]}`;
const titled = (blocks: readonly Block[]) => blocks.map((block) => [title(block), block] as const);

/** The command line's contract: an option's value is free, one of some words, or there is none. */
type Value = 'free' | 'none' | readonly string[];
const GLOBAL: Readonly<Record<string, Value>> = {
  '-o': ['table', 'json', 'jsonl', 'csv', 'yaml'],
  '--output': ['table', 'json', 'jsonl', 'csv', 'yaml'],
  '-p': 'free',
  '--profile': 'free',
  '--no-input': 'none',
  '-y': 'none',
  '--yes': 'none',
  '-q': 'none',
  '--quiet': 'none',
};
const COMMANDS: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  key: {
    '--key': 'free',
    '--type': KEY_TYPES,
    '--format': KEY_FORMATS,
    '--name': 'free',
    '--to': KEY_TARGETS,
    '--copy': 'none',
    '--out-file': 'free',
    '--no-newline': 'none',
    '--min-remaining': 'free',
    '--purpose': 'free',
    '--list': 'none',
    '--history': 'none',
    '--limit': 'free',
    '--mark': ['blocked', 'retired', 'active'],
    '--reason': 'free',
  },
  run: { '--env': 'free', '--file': 'free', '--env-file': 'free', '--purpose': 'free' },
};

interface Line {
  readonly command: string;
  readonly products: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** What stands behind `--`. */
  readonly child: readonly string[] | null;
}

/** Reads a command line as the contract says; throws where it does not fit. */
function readLine(all: readonly string[]): Line {
  const [command = '', ...rest] = all;
  const known = COMMANDS[command];
  if (known === undefined) throw new Error(`unknown command ${command}`);
  const end = rest.indexOf('--');
  const queue = end === -1 ? rest : rest.slice(0, end);
  const products: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < queue.length; at += 1) {
    const word = queue[at] ?? '';
    if (!word.startsWith('-')) {
      products.push(word);
      continue;
    }
    const value = { ...GLOBAL, ...known }[word];
    if (value === undefined) throw new Error(`unknown option ${word} of ${command}`);
    if (value === 'none') {
      options.set(word, '');
      continue;
    }
    at += 1;
    const given = queue[at];
    if (given === undefined) throw new Error(`${word} has no value`);
    if (value !== 'free' && !value.includes(given)) throw new Error(`${word} cannot be ${given}`);
    options.set(word, given);
    if (command === 'run' && ['--env', '--file'].includes(word)) {
      if (!/^[A-Za-z_]\w*=./.test(given)) throw new Error(`${word} ${given}`);
      products.push(given.slice(given.indexOf('=') + 1));
    }
  }
  return { command, products, options, child: end === -1 ? null : rest.slice(end + 1) };
}

/** Command lines written as lists: `program = ["mpn-benefits", …]`. */
function programsIn(hcl: string): readonly (readonly string[])[] {
  return [...hcl.matchAll(/^\s*program\s*=\s*(\[.*\])$/gm)].map(([, list = '[]']) => {
    const [name, ...words]: readonly string[] = JSON.parse(list);
    expect(name).toBe('mpn-benefits');
    return words;
  });
}

function textsIn(yaml: string): readonly string[] {
  const texts: string[] = [];
  visit(parseDocument(yaml), {
    Scalar(_, { value }) {
      if (typeof value === 'string') texts.push(value);
    },
  });
  return texts;
}

const LINES: readonly (readonly string[])[] = [
  ...of('bash', 'powershell').flatMap(({ text }) => commandsIn(text)),
  ...of('yaml').flatMap(({ text }) => textsIn(text).flatMap(commandsIn)),
  ...of('hcl').flatMap(({ text }) => programsIn(text)),
  ...inlineCodeOf(PAGE).flatMap(commandsIn),
];

/** Ids, and names as people write them. */
const PRODUCTS = new Set(
  CATALOGUE_DATA.products.flatMap(({ id, name }) => [
    id,
    name.toLowerCase(),
    name.toLowerCase().replace(/^microsoft /, ''),
  ]),
);
const isPlaceholder = (product: string): boolean => /^<.*>$/.test(product);

describe('every command line of the page', () => {
  test('is found: there are more calls than blocks that hold some', () => {
    expect(LINES.length).toBeGreaterThanOrEqual(24);
    expect(LINES.length).toBe(
      // Every mention of the name with something behind it, but the references of an env file and this test's own.
      [...PAGE.matchAll(/(?<![\w./-])mpn-benefits(?:", "| )(?=key|run)/g)].length,
    );
  });
  test.each(LINES.map((words) => [words.join(' '), words] as const))('%s', (_, words) => {
    const { command, products, options, child } = readLine(words);
    for (const product of products) {
      if (!isPlaceholder(product)) expect(PRODUCTS).toContain(product.toLowerCase());
    }
    if (command === 'run') {
      expect(child?.length).toBeGreaterThan(0);
      expect(products.length > 0 || options.has('--env-file')).toBe(true);
      return;
    }
    expect(child).toBe(null);
    const format = KEY_FORMATS.find((each) => each === (options.get('--format') ?? 'raw')) ?? 'raw';
    const to = KEY_TARGETS.find((each) => each === options.get('--to')) ?? 'env';
    checkVariable(format, options.get('--name') ?? 'PRODUCT_KEY', to);
    const namesNone = format === 'terraform' || options.has('--history');
    expect(products.length).toBe(namesNone ? 0 : 1);
  });
});

test('the reader of command lines finds mistakes', () => {
  const read = (line: string) => () => readLine(commandsIn(line)[0] ?? []);
  expect(read('mpn-benefits key a --no-newline | x')).not.toThrow();
  expect(read('mpn-benefits keys a')).toThrow('unknown command');
  expect(read('mpn-benefits key a --colour')).toThrow('unknown option');
  expect(read('mpn-benefits key a --format yaml')).toThrow('cannot be yaml');
  expect(read('mpn-benefits key a --name')).toThrow('no value');
  expect(read('mpn-benefits run --env office -- x')).toThrow('--env office');
  expect(commandsIn('x \'mpn-benefits key "a b" -y\' && mpn-benefits key $(c) > d')).toEqual([
    ['key', 'a b', '-y'],
    ['key', '$(c'],
  ]);
});

describe('every example', () => {
  test('is in a language that is checked here', () => {
    const checked = ['bash', 'powershell', 'yaml', 'hcl', 'json', 'dotenv', 'dockerfile'];
    expect([...new Set(BLOCKS.map(({ language }) => language))].sort()).toEqual(checked.sort());
  });
  test('holds no key but the made-up one', () => {
    const keys = PAGE.match(/\b(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}\b/g);
    expect(keys).toEqual(['BCDFG-HJKMP-QRTVW-XY234-6789B']);
  });

  test.each(titled(of('yaml')))('YAML, %s', (_, { text }) => {
    expect(parseDocument(text, { strict: true }).errors).toEqual([]);
    expect(parseDocument(text).toJS()).toBeTypeOf('object');
  });

  test.each(titled(of('json')))('JSON, %s', (_, { text }) => {
    expect(Object.values(JSON.parse(text)).every((value) => typeof value === 'string')).toBe(true);
  });

  test.each(titled(of('hcl')))('HCL, %s', (_, { text }) => {
    const bare = text.replace(/^\s*#.*$/gm, '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
    expect(bare).not.toMatch(/[^"]"[^"]/);
    const open: string[] = [];
    for (const [bracket] of bare.matchAll(/[[\](){}]/g)) {
      if ('[({'.includes(bracket)) open.push(bracket);
      else expect(`${open.pop()}${bracket}`).toMatch(/^(\[\]|\(\)|\{\})$/);
    }
    expect(open).toEqual([]);
    // A line opens a block, sets an argument, or closes something.
    for (const line of bare.split('\n').filter((each) => each.trim() !== '')) {
      expect(line).toMatch(/^\s*(\w+( "")* \{|\w+\s*= .+|[\])}]+)$/);
    }
  });
  test('HCL: the query is one that the program takes', () => {
    const [, query = ''] =
      /query = \{(.*?)\}/s.exec(
        of('hcl')
          .map(({ text }) => text)
          .join(''),
      ) ?? [];
    const fields = [...query.matchAll(/(\w+)\s*= "(.*)"/g)].map(([, name = '', value = '']) => [name, value]);
    const parsed = parseTerraformQuery(Buffer.from(JSON.stringify(Object.fromEntries(fields))));
    expect(PRODUCTS).toContain(parsed.product);
  });

  test.each(titled(of('dotenv')))('dotenv, %s', (_, { text }) => {
    const products = parseEnvFile(text, 'deploy.env').flatMap((line) =>
      line.kind === 'reference' ? [line.product.toLowerCase()] : [],
    );
    expect(products.length).toBeGreaterThan(0);
    for (const product of products) expect(PRODUCTS).toContain(product);
  });

  test.each(titled(of('dockerfile')))('Dockerfile, %s', (_, { text }) => {
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(#|FROM |COPY |RUN )/);
    expect(text).toMatch(/--mount=type=secret,id=product_key/);
  });

  test.each(titled(of('powershell')))('PowerShell, %s', (_, { text }) => {
    // The grammar does not know the bare `--`, which PowerShell hands on to a program like any other word.
    expect(() => parsePowerShell(text.replaceAll(' -- ', " '--' "))).not.toThrow();
    expect(() => parsePowerShell(`${text})`)).toThrow();
  });

  test.each(titled(of('bash')))('bash, %s', (_, { text, note }) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const known = note === null ? [] : (/^stubs ([^;]+)/.exec(note)?.[1] ?? '').split(', ');
    const programs = commandsIn(text).flatMap((words) => {
      const at = words.indexOf('--');
      return at === -1 ? [] : [words[at + 1] ?? ''];
    });
    for (const program of programs) expect(known).toContain(program);
    const needed = /needs (\S+)$/.exec(note ?? '')?.[1];
    if (needed !== undefined)
      expect(BLOCKS.some(({ text: other }) => other.startsWith(`# ${needed}\n`))).toBe(true);
  });
});
