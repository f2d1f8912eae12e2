import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { KEYS, open, type Pty, type PtyOptions } from '../helpers/pty.ts';
import { runProgram } from '../helpers/warm.ts';
import * as samples from '../troubleshooting/samples.ts';

const SECONDS = 30_000;

/** The program on a terminal of its own, over a home folder. */
function troubleshoot(home: string, args: readonly string[], options: PtyOptions = {}): Pty {
  const env = { ...cleanEnvironment(home), TERM: 'xterm-256color', ...options.env };
  const pty = open(process.execPath, [PROGRAM, 'troubleshoot', ...args], { cwd: home, ...options, env });
  onTestFinished(() => pty.kill());
  return pty;
}

/** Waits for a question and answers it; a question on the screen from before does not count. */
async function reply(pty: Pty, question: RegExp, keys: string): Promise<void> {
  await pty.waitFor(question, SECONDS);
  pty.type(keys);
}

const PLAIN = { env: { NO_COLOR: '1' } };
const enter = (text: string): string => `${text}${KEYS.enter}`;
const saved = (home: string): string[] => readdirSync(join(home, 'state'));

describe('the two cases of the article', () => {
  test('a CAL without further information: explained, with the product that holds it, and nothing is asked twice', async () => {
    const pty = troubleshoot(temporaryFolder(), ['-p', 'sandbox'], PLAIN);
    await reply(pty, /Which product is it about/, enter('Windows Server 2019 CALs'));
    await reply(pty, /It is about Windows Server 2019 CALs[\s\S]*Number or word/, enter('cal'));
    const screen = await pty.waitFor(/Explained[\s\S]*1\. Finish/, SECONDS);
    expect(screen).toContain('Windows Server 2019 CALs belongs to Windows Server.');
    pty.type(enter('1'));
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('an RDS CAL has its own way: a licence server that is activated, and CALs installed on it', async () => {
    const pty = troubleshoot(temporaryFolder(), ['-p', 'sandbox', '--product', 'rds'], PLAIN);
    await reply(pty, /What do you see\?[\s\S]*Number or word/, enter('cal'));
    const screen = await pty.waitFor(/activated[\s\S]*1\. Yes[\s\S]*q quits/, SECONDS);
    expect(screen).toMatch(/licen[cs]e server/i);
    pty.type(enter('q'));
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('the limit, with the numbers of the ledger: what is used, pending, and which key has room', async () => {
    const pty = troubleshoot(
      temporaryFolder(),
      ['0xC004C020', '--checks', 'disk-space', '--product', 'visio-pro-2019', '-p', 'sandbox'],
      PLAIN,
    );
    const screen = await pty.waitFor(/How many activations does Partner Center/, SECONDS);
    expect(screen).toMatch(/Key …[A-Z0-9]{5}: 1 of 1 used by the ledger, 0 left\./);
    expect(screen).toContain('Granted by the membership: 1 activation.');
    expect(screen).not.toContain('What kind of key is it?');
    await reply(pty, /How many[\s\S]*q quits/, enter('none'));
    await reply(pty, /activated through VAMT[\s\S]*q quits/, enter('no'));
    // No other key of the product has room: that is read, not asked.
    await reply(pty, /Must this machine be activated at all[\s\S]*q quits/, enter('yes'));
    const end = await pty.waitFor(/Support request[\s\S]*1\. Write the support request/, SECONDS);
    expect(end.replace(/\s+/g, ' ')).toContain('no activations are added');
    pty.type(enter('1'));
    await reply(pty, /Name of the file/, enter('request.md'));
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('what is pending can be settled, and is named', async () => {
    const pty = troubleshoot(temporaryFolder(), ['-p', 'sandbox', '--product', 'windows-enterprise'], PLAIN);
    await reply(pty, /What do you see\?[\s\S]*q quits/, enter('2'));
    await reply(pty, /Who refuses[\s\S]*q quits/, enter('tool'));
    const screen = await pty.waitFor(/Not settled: \S+ on \S+, reserved/, SECONDS);
    expect(screen).toMatch(/4 of 10 used by the ledger, 1 of them not settled, 6 left/);
    pty.type(enter('q'));
    await pty.exit;
  });
});

describe('one question at a time', () => {
  test('with a list to choose from: back, quit, and go on where it was', async () => {
    const home = temporaryFolder();
    const first = troubleshoot(home, []);
    await reply(first, /Your answer/, `${KEYS.down}${KEYS.enter}`);
    await reply(first, /What kind of key is it\?[\s\S]*Your answer/, KEYS.enter);
    await reply(
      first,
      /Who refuses[\s\S]*Your answer[\s\S]*Back/,
      `${KEYS.down}${KEYS.down}${KEYS.down}${KEYS.enter}`,
    );
    // Back again at the kind of key: it is on the screen a second time.
    await reply(first, /Who refuses[\s\S]*What kind of key is it\?[\s\S]*Quit; it is kept/, `${KEYS.up}`);
    first.type(KEYS.ctrlC);
    expect((await first.exit).exitCode).toBe(130);
    const id = /--resume (\w+)/.exec(first.screen())?.[1] ?? 'none';
    expect(saved(home)).toEqual([`walk-${id}.json`]);

    const second = troubleshoot(home, ['--resume'], PLAIN);
    await reply(second, /What kind of key is it\?[\s\S]*q quits/, enter('q'));
    expect((await second.exit).exitCode).toBe(0);
    expect(second.screen()).not.toContain('What do you see?');
  });

  test('"I don\'t know" is an answer, and so are numbers and words', async () => {
    const pty = troubleshoot(temporaryFolder(), [], PLAIN);
    await reply(pty, /What do you see\?[\s\S]*11\. I don't know[\s\S]*q quits/, enter('?'));
    await reply(pty, /What does the licence status say\?[\s\S]*q quits/, enter('Unlicensed'));
    await reply(pty, /Is a product key installed|product key/i, enter('b'));
    await reply(pty, /(What does the licence status say\?[\s\S]*){2}q quits/, enter('q'));
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('what is no answer is told, with what would be one', async () => {
    const pty = troubleshoot(temporaryFolder(), [], PLAIN);
    await reply(pty, /q quits/, enter('whatever'));
    await pty.waitFor(/That is no answer here\. Give one of: code, limit/, SECONDS);
    pty.type(enter('b'));
    await pty.waitFor(/This is the first question/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
  });

  test('what changes something or spends an activation says so and asks first', async () => {
    const pty = troubleshoot(temporaryFolder(), ['0xC004F06C', '--answer', 'check-clock=same'], PLAIN);
    const screen = await pty.waitFor(/1\. Yes[\s\S]*q quits/, SECONDS);
    expect(screen).toMatch(
      /Next:[\s\S]*Needs administrator rights, the network\. Spends no activation\. Changes this machine/,
    );
    pty.type(enter('yes'));
    await reply(pty, /Do:[\s\S]*Test:[\s\S]*Before it was 0xC004F06C/, enter('fixed'));
    const activate = await pty.waitFor(/May spend an activation/, SECONDS);
    expect(activate.lastIndexOf('May spend an activation')).toBeGreaterThan(activate.indexOf('Test:'));
    pty.type(enter('q'));
    await pty.exit;
  });
});

describe('the question for the product', () => {
  test('a code typed there is where the walk begins; Enter skips the product', async () => {
    const home = temporaryFolder();
    const pty = troubleshoot(home, ['-p', 'sandbox'], PLAIN);
    await reply(pty, /Enter skips, q quits\):\s*$/, enter('0xC004C020'));
    await reply(pty, /It begins with 0xC004C020\. And the product\?[\s\S]*q quits\):\s*$/, enter(''));
    await reply(pty, /What kind of key is it\?[\s\S]*q quits\):\s*$/, enter('q'));
    expect((await pty.exit).exitCode).toBe(0);
    expect(pty.screen()).not.toContain('What do you see?');
    expect(pty.screen()).not.toContain('No product is called');
  });

  test('the key on a screen that is pasted there is the one that it is about', async () => {
    const pty = troubleshoot(temporaryFolder(), ['-p', 'sandbox'], { cols: 200, ...PLAIN });
    const screen = `${samples.SLMGR_ATO_FAILED}Partial Product Key: XY234`.replaceAll('\n', '\r');
    await reply(pty, /Enter skips, q quits\):\s*$/, enter(`\u001B[200~${screen}\u001B[201~`));
    await reply(pty, /It begins with 0xC004C020[\s\S]*q quits\):\s*$/, enter('visio-pro-2019'));
    await reply(pty, /What kind of key is it\?[\s\S]*q quits\):\s*$/, enter('mak'));
    await pty.waitFor(/The ledger holds no key of this product that ends in XY234/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
  });

  test('what is neither is told, and asked again', async () => {
    const pty = troubleshoot(temporaryFolder(), ['-p', 'sandbox'], PLAIN);
    await reply(pty, /Enter skips/, enter('nonsense'));
    await pty.waitFor(/No product is called "?nonsense[\s\S]*Enter skips/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
  });
});

describe('going on later', () => {
  test('the command to go on names the profile, and what was seen and tried is told again', async () => {
    const home = temporaryFolder();
    const args = [
      '0xC004F06C',
      '-p',
      'sandbox',
      '--product',
      'windows-enterprise',
      '--answer',
      'check-clock=same',
    ];
    const first = troubleshoot(home, args, { cols: 200, ...PLAIN });
    await reply(first, /q quits\):\s*$/, KEYS.ctrlC);
    expect((await first.exit).exitCode).toBe(130);
    const [, command = ''] =
      /Go on with: mpn-benefits troubleshoot (--resume \w+ -p sandbox)/.exec(first.screen()) ?? [];
    expect(command).not.toBe('');

    const second = troubleshoot(home, command.split(' '), { cols: 200, ...PLAIN });
    const screen = await second.waitFor(/q quits\):\s*$/, SECONDS);
    expect(screen).toMatch(/Walkthrough \w+ of \d{4}-\d{2}-\d{2} goes on\.\s+Begun with: 0xC004F06C\./);
    expect(screen).toMatch(/Product: Windows .*\./);
    expect(screen).toContain('Tried (same): ');
    second.type(enter('q'));
    await second.exit;
  });
});

describe('leaving', () => {
  test.each([
    ['Ctrl-C at a line', PLAIN, KEYS.ctrlC],
    ['Escape at a line', PLAIN, KEYS.escape],
    ['Ctrl-C at a list', {}, KEYS.ctrlC],
    ['Escape at a list', {}, KEYS.escape],
  ])('%s: exit code 130, the terminal as it was, everything kept', async (_, options, key) => {
    const home = temporaryFolder();
    const pty = troubleshoot(home, ['--answer', 'symptom=limit'], options);
    await reply(pty, /What kind of key is it\?[\s\S]*(q quits|Your answer)/, key);
    expect((await pty.exit).exitCode).toBe(130);
    expect(pty.screen()).toContain(
      'This walkthrough is kept. Go on with: mpn-benefits troubleshoot --resume',
    );
    // Bracketed paste and a hidden cursor are undone.
    const count = (text: string): number => pty.raw().split(text).length - 1;
    expect(count('\u001B[?2004h')).toBe(count('\u001B[?2004l'));
    expect(pty.raw().lastIndexOf('\u001B[?25h')).toBeGreaterThanOrEqual(pty.raw().lastIndexOf('\u001B[?25l'));
    const [file = ''] = saved(home);
    expect(statSync(join(home, 'state', file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(home, 'state', file), 'utf8'))).toMatchObject({
      answers: [{ step: 'symptom', value: 'limit' }],
    });
  });

  test('after being killed it goes on where it was', async () => {
    const home = temporaryFolder();
    const pty = troubleshoot(home, ['--answer', 'symptom=limit'], PLAIN);
    await reply(pty, /What kind of key is it\?[\s\S]*q quits/, enter('mak'));
    await pty.waitFor(/Who refuses/, SECONDS);
    pty.kill('SIGKILL');
    await pty.exit;
    const again = troubleshoot(home, ['--resume'], PLAIN);
    await reply(again, /Who refuses[\s\S]*q quits/, enter('q'));
    expect((await again.exit).exitCode).toBe(0);
  });
});

describe('pasting into a question', () => {
  const SCREEN = [
    'Name: Windows(R), ServerStandard edition',
    'Partial Product Key: XY234',
    '1',
    '',
    'License Status: Notification',
    'Notification Reason: 0xC004F009 (grace time expired).',
  ];

  test.each([
    ['marked by the terminal', `\u001B[200~${SCREEN.join('\r')}\u001B[201~`],
    ['as it comes', SCREEN.join('\r')],
    ['as it comes, with its last line ended', `${SCREEN.join('\r\n')}\r\n`],
  ])('a whole screen is one answer: %s', async (_, pasted) => {
    const home = temporaryFolder();
    const pty = troubleshoot(home, ['--answer', 'symptom=code'], PLAIN);
    await reply(pty, /paste what the screen or log says[\s\S]*q quits/, pasted);
    if (!pasted.endsWith('\n')) pty.type(KEYS.enter);
    await pty.waitFor(/q quits[\s\S]*q quits/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
    const [file = ''] = saved(home);
    expect(
      JSON.parse(readFileSync(join(home, 'state', file), 'utf8')).answers.map(
        ({ value }: { value: string }) => value,
      ),
    ).toEqual(['code', 'codes:0xC004F009 status:notification']);
  });

  test('the ledger then speaks of the key on it, until the answer is taken back', async () => {
    const args = ['--product', 'visio-pro-2019', '-p', 'sandbox', '--answer', 'symptom=code'];
    const pty = troubleshoot(temporaryFolder(), args, { cols: 200, ...PLAIN });
    const screen = `${samples.SLMGR_ATO_FAILED}Partial Product Key: XY234`.replaceAll('\n', '\r');
    await reply(pty, /paste what the screen[\s\S]*q quits\):\s*$/, enter(`\u001B[200~${screen}\u001B[201~`));
    await reply(pty, /What kind of key is it\?[\s\S]*q quits\):\s*$/, enter('mak'));
    await reply(pty, /holds no key of this product that ends in XY234[\s\S]*q quits\):\s*$/, enter('b'));
    await reply(pty, /(What kind of key is it\?[\s\S]*){2}q quits\):\s*$/, enter('b'));
    await reply(pty, /(paste what the screen[\s\S]*){2}q quits\):\s*$/, enter('0xC004C020'));
    await pty.waitFor(/Key …[A-Z0-9]{5}: 1 of 1 used by the ledger/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
  });

  test('a hostile text does no harm: control characters, no code, a product key', async () => {
    const home = temporaryFolder();
    const pty = troubleshoot(home, ['--answer', 'symptom=code'], PLAIN);
    const key = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
    await reply(
      pty,
      /q quits/,
      `\u001B[200~\u001B]0;owned\u0007\u001B[31mred\r${key}\r\u0000\u0001\u009B2J\u001B[201~`,
    );
    await pty.waitFor(/\[3 lines\]/, SECONDS);
    pty.type(KEYS.enter);
    await pty.waitFor(/That is no answer here/, SECONDS);
    expect(pty.raw()).not.toContain('owned');
    expect(pty.raw()).not.toContain(key);
    pty.type(enter('q'));
    expect((await pty.exit).exitCode).toBe(0);
    for (const file of saved(home))
      expect(readFileSync(join(home, 'state', file), 'utf8')).not.toContain('BCDFG');
  });

  test('a line can be corrected', async () => {
    const pty = troubleshoot(temporaryFolder(), ['--answer', 'symptom=code'], PLAIN);
    await reply(pty, /q quits/, `nonsense${KEYS.ctrlU}0xC004F06D\u007FC`);
    await pty.waitFor(/0xC004F06C/, SECONDS);
    pty.type(KEYS.enter);
    await pty.waitFor(/Before it was 0xC004F06C/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
  });
});

describe('a narrow screen, no colour, a screen reader', () => {
  const widest = (screen: string): number => Math.max(...screen.split('\n').map((line) => line.length));

  test('a straight answer fits into forty columns, and every line is a sentence of its own', async () => {
    const pty = troubleshoot(temporaryFolder(), ['0xC004C020'], { cols: 40, rows: 200, ...PLAIN });
    await pty.exit;
    const screen = pty.screen();
    expect(widest(screen)).toBeLessThanOrEqual(40);
    expect(screen).toMatch(/What to do, from cheap to costly/);
    // Lines that the program broke, not the terminal: none begins in the middle of a word.
    // A command to paste stays whole.
    const written = pty
      .raw()
      .replaceAll('\r', '')
      .split('\n')
      .filter((line) => !line.includes('mpn-benefits troubleshoot 0x'));
    expect(Math.max(...written.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test('the walkthrough fits into forty columns', async () => {
    const pty = troubleshoot(
      temporaryFolder(),
      ['--answer', 'symptom=limit', '--answer', 'limit-reached.key-kind=mak'],
      { cols: 40, rows: 60, ...PLAIN },
    );
    const screen = await pty.waitFor(/Who refuses[\s\S]*q quits/, SECONDS);
    expect(screen).toMatch(/^Why: /m);
    for (const word of ['Microsoft', 'mpn-benefits', 'ledger']) expect(screen).toContain(word);
    pty.type(enter('q'));
    await pty.exit;
  });

  test.each([60, 80])('at %d columns choices and messages end between words', async (cols) => {
    const pty = troubleshoot(temporaryFolder(), [], { cols, rows: 200, ...PLAIN });
    await reply(pty, /q quits\):\s*$/, enter('whatever'));
    await pty.waitFor(/That is no answer here[\s\S]*q quits\):\s*$/, SECONDS);
    pty.type(enter('q'));
    await pty.exit;
    // A command to paste stays whole.
    const written = pty
      .raw()
      .replaceAll(/\r|\u001B\[\?2004[hl]/g, '')
      .split('\n')
      .filter((line) => !line.includes('--resume'));
    expect(Math.max(...written.map((line) => line.length))).toBeLessThanOrEqual(cols);
  });

  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }, []],
    ['--no-color', {}, ['--no-color']],
    ['TERM=dumb', { TERM: 'dumb' }, []],
  ])('%s: no boxes, no pointer, no redrawing; numbers to type', async (_, env, args) => {
    const pty = troubleshoot(temporaryFolder(), args, { env });
    await reply(pty, /1\. An error code[\s\S]*11\. I don't know[\s\S]*q quits/, enter('2'));
    await reply(pty, /What kind of key is it\?[\s\S]*q quits/, enter('q'));
    await pty.exit;
    expect(pty.raw()).not.toMatch(/[\u2500-\u259F❯✔→]/);
    expect(pty.raw().replaceAll(/\u001B\[\?2004[hl]/g, '')).not.toContain('\u001B');
  });

  test('a dumb terminal gets no escape sequence at all', async () => {
    const pty = troubleshoot(temporaryFolder(), [], { env: { TERM: 'dumb' } });
    await reply(pty, /q quits/, enter('q'));
    await pty.exit;
    expect(pty.raw()).not.toContain('\u001B');
  });

  test('with colour a straight answer says the same words as without', async () => {
    const home = temporaryFolder();
    const coloured = troubleshoot(home, ['0xC004F06C'], { cols: 200 });
    await coloured.exit;
    expect(coloured.raw()).toContain('\u001B[1m');
    const words = (text: string): string => text.replaceAll(/\u001B\[[0-9;]*m/g, '').replaceAll(/\s+/g, ' ');
    const piped = await runProgram(home, ['troubleshoot', '0xC004F06C']);
    expect(words(coloured.raw())).toContain(words(piped.stdout).trim());
  });
});
