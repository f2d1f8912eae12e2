import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/keys/secret.ts';
import { OutputClosed } from '../../src/terminal/terminal.ts';
import { fakeTerminal } from './fake-terminal.ts';
import { hostileText, STEERING } from './hostile.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

describe('what a terminal can do', () => {
  test.each([
    ['a terminal', {}, {}, true],
    ['--no-input', { noInput: true }, {}, false],
    ['CI', {}, { CI: 'true' }, false],
    ['CI=1', {}, { CI: '1' }, false],
    ['CI=false', {}, { CI: 'false' }, true],
    ['an empty CI', {}, { CI: '' }, true],
  ])('prompting with %s', async (_, options, env, expected) => {
    const { terminal } = await fakeTerminal({ columns: 80, options, env });
    expect(terminal.canPrompt).toBe(expected);
  });

  test('no prompting away from a terminal', async () => {
    expect((await fakeTerminal()).terminal.canPrompt).toBe(false);
  });

  test.each([
    [120, 120],
    [40, 40],
    [5, 20],
    [0, 80],
    [undefined, undefined],
  ])('%s columns are a width of %s', async (columns, width) => {
    expect((await fakeTerminal({ columns })).terminal.view().width).toBe(width);
  });

  test('today is the day on the wall', async () => {
    const { terminal } = await fakeTerminal({ now: () => new Date(2026, 0, 5, 23, 59) });
    expect(terminal.view().today).toBe('2026-01-05');
  });

  test('only a terminal is trusted with more than ASCII', async () => {
    const env = { LANG: 'C.UTF-8' };
    expect((await fakeTerminal({ env })).terminal.view().unicode).toBe(false);
    expect((await fakeTerminal({ env, columns: 80 })).terminal.view().unicode).toBe(true);
  });
});

describe('messages', () => {
  const speak = async (options: object, columns?: number) => {
    const fake = await fakeTerminal({ options, columns });
    fake.terminal.warn('careful');
    fake.terminal.note('by the way');
    fake.terminal.say('read this');
    fake.terminal.verbose('in detail');
    fake.terminal.debug('in every detail');
    return fake;
  };

  test.each([
    ['by default', {}, 'warning: careful\nby the way\nread this\n'],
    ['--quiet', { quiet: true }, 'warning: careful\nread this\n'],
    ['--verbose', { verbose: true }, 'warning: careful\nby the way\nread this\nin detail\n'],
    [
      '--debug',
      { debug: true },
      'warning: careful\nby the way\nread this\nin detail\ndebug: in every detail\n',
    ],
  ])('%s', async (_, options, expected) => {
    const fake = await speak(options);
    expect(fake.err()).toBe(expected);
    expect(fake.out()).toBe('');
  });

  test('wait until the outcome is known where JSON was asked for', async () => {
    const fake = await speak({ json: true });
    expect(fake.err()).toBe('read this\n');
    fake.terminal.flush();
    expect(fake.err()).toBe('read this\nwarning: careful\nby the way\n');
    fake.terminal.flush();
    expect(fake.terminal.takeWarnings()).toEqual([]);
  });

  test('have colour on a terminal', async () => {
    const fake = await speak({}, 80);
    expect(fake.err()).toContain('\u001B[33mwarning:\u001B[39m careful');
  });

  test('never hold what steers a screen, nor a key, nor a registered secret', async () => {
    const { terminal, err } = await fakeTerminal({ options: { debug: true } });
    terminal.registerSecret(new Secret('t0ken-of-mine'));
    fc.assert(
      fc.property(hostileText, hostileText, (before, after) => {
        const text = `${before} ${KEY} t0ken-of-mine ${after}`;
        for (const say of [terminal.warn, terminal.note, terminal.say, terminal.verbose, terminal.debug])
          say(text);
      }),
      { numRuns: 50 },
    );
    expect(err()).not.toMatch(STEERING);
    expect(err()).not.toContain('BCDFG');
    expect(err()).not.toContain('t0ken');
  });

  test('a key that control characters were hidden in is still a key', async () => {
    const { terminal, err } = await fakeTerminal();
    terminal.warn(KEY.replaceAll('-', '-\u202E\u0000'));
    expect(err()).not.toContain('BCDFG');
  });
});

test('colour hides no key', async () => {
  const { terminal, err } = await fakeTerminal({ columns: 80, options: { verbose: true } });
  const { palette } = terminal.messageView();
  const bare = KEY.replaceAll('-', '');
  for (const key of [KEY, bare]) {
    terminal.verbose(key);
    terminal.say(`${palette.good(key)} ${palette.bad(palette.strong(key))}`);
  }
  expect(err()).not.toContain('BCDFG');
  expect(err().match(/6789B/g)).toHaveLength(6);
});

describe('a line that goes away', () => {
  test('is cut to the screen, makes room for messages and for data', async () => {
    const { terminal, err, out } = await fakeTerminal({ columns: 20, options: { color: false } });
    terminal.transient('Reading\n a file with a long name');
    expect(err()).toBe('Reading  a file wit');
    terminal.say('hello');
    expect(err()).toBe('Reading  a file wit\r\u001B[2Khello\n');
    terminal.transient('again');
    await terminal.writeOut('data\n');
    expect(err()).toMatch(/again\r\u001B\[2K$/);
    expect(out()).toBe('data\n');
  });

  test.each([
    ['no terminal', {}],
    ['--quiet', { columns: 80, options: { quiet: true } }],
    ['JSON', { columns: 80, options: { json: true } }],
    ['TERM=dumb', { columns: 80, env: { TERM: 'dumb' } }],
    ['CI', { columns: 80, env: { CI: '1' } }],
  ])('is not shown with %s', async (_, setup) => {
    const { terminal, err } = await fakeTerminal(setup);
    terminal.transient('working');
    terminal.transient(undefined);
    expect(err()).toBe('');
  });
});

describe('stdout', () => {
  const failing = (code: string) =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });

  test('data goes out as it is', async () => {
    const { terminal, out } = await fakeTerminal();
    await terminal.writeOut(`${KEY}\u001B\n`);
    await terminal.writeOut(new Uint8Array([0x41, 0x0a]));
    await terminal.writeOut('');
    expect(out()).toBe(`${KEY}\u001B\nA\n`);
  });

  test('text for people is sanitised and keeps our colours', async () => {
    const { terminal, out } = await fakeTerminal({ columns: 80 });
    await terminal.writeText(terminal.view().palette.good('\u001B[31mname\u202E'));
    expect(out()).toBe('\u001B[32m[31mname\u001B[39m');
  });

  test('a slow reader slows the writer down', async () => {
    const pending: (() => void)[] = [];
    const stdout = new Writable({ write: (_chunk, _encoding, done) => void pending.push(done) });
    const { terminal } = await fakeTerminal({ stdout });
    let taken = false;
    const written = terminal.writeOut('data').then(() => {
      taken = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
    pending.shift()?.();
    await written;
    expect(taken).toBe(true);
  });

  test.each(['EPIPE', 'EOF', 'ECONNRESET'])('%s: the reader has gone, now and later', async (code) => {
    const { terminal } = await fakeTerminal({ stdout: failing(code) });
    await expect(terminal.writeOut('data')).rejects.toBeInstanceOf(OutputClosed);
    await expect(terminal.writeText('more')).rejects.toBeInstanceOf(OutputClosed);
  });

  test.each(['ENOSPC', 'EIO'])('%s: an error with a code', async (code) => {
    const { terminal } = await fakeTerminal({ stdout: failing(code) });
    await expect(terminal.writeOut('data')).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      details: { systemCode: code },
    });
  });
});
