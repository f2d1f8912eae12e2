import { describe, expect, test } from 'vitest';
import { childEnvironment } from '../../../src/provisioning/child/environment.ts';
import { findCommand } from '../../../src/provisioning/child/find-command.ts';

/** A file system of a few files: programs, and others that cannot be run. */
function files(programs: readonly string[], others: readonly string[] = []) {
  return (path: string) =>
    programs.includes(path) ? 'program' : others.includes(path) ? 'other' : 'nothing';
}

describe('a command is found as a shell finds it', () => {
  const env = { PATH: '/a:/b' };
  const find = (name: string, look: ReturnType<typeof files>, PATH?: string) =>
    findCommand(name, { env: PATH === undefined ? env : { PATH }, platform: 'linux', look });

  test('first folder of the PATH first', () => {
    expect(find('x', files(['/b/x', '/a/x']))).toEqual({ found: true, path: '/a/x' });
    expect(find('x', files(['/b/x'], ['/a/x']))).toEqual({ found: true, path: '/b/x' });
    expect(find('x', files(['x']), '/a:')).toEqual({ found: true, path: 'x' });
  });
  test('a name with a slash is a place', () => {
    expect(find('./x', files(['./x', '/a/x']))).toEqual({ found: true, path: './x' });
    expect(find('/c/x', files(['/a/x']))).toMatchObject({ found: false, exitCode: 127 });
  });
  test('127 if there is none, 126 if it is no program', () => {
    expect(find('x', files([]))).toEqual({ found: false, exitCode: 127, message: 'There is no command x.' });
    expect(find('', files(['/a']))).toEqual({
      found: false,
      exitCode: 127,
      message: 'The name of the command is empty.',
    });
    expect(find('x', files([], ['/a/x']))).toMatchObject({ found: false, exitCode: 126 });
  });
  test('on the real file system too', () => {
    const real = { env: { PATH: '/usr/bin:/bin' }, platform: 'linux' } as const;
    expect(findCommand('sh', real)).toMatchObject({ found: true });
    expect(findCommand('/etc/passwd', real)).toMatchObject({ exitCode: 126 });
    expect(findCommand('/tmp', real)).toMatchObject({ exitCode: 126 });
  });
});

describe('on Windows', () => {
  const env = { Path: 'C:\\tools;C:\\Windows', PATHEXT: '.COM;.EXE;.BAT;.CMD' };
  const find = (name: string, programs: readonly string[]) =>
    findCommand(name, { env, platform: 'win32', look: files(programs) });

  test('endings are tried, the current folder is not', () => {
    expect(find('x', ['C:\\Windows\\x.exe'])).toMatchObject({ found: true, path: 'C:\\Windows\\x.exe' });
    expect(find('x.exe', ['C:\\tools\\x.exe'])).toMatchObject({ found: true, path: 'C:\\tools\\x.exe' });
    expect(find('.\\x', ['.\\x.exe'])).toMatchObject({ found: true, path: '.\\x.exe' });
    expect(find('x', ['x.exe', 'C:\\tools\\x'])).toMatchObject({ found: false, exitCode: 127 });
  });
  test.each(['x', 'x.cmd', 'X.CMD'])('a batch file is refused: it would need a shell (%s)', (name) => {
    const programs = ['C:\\tools\\x.cmd', 'C:\\tools\\X.CMD'];
    expect(() => find(name, programs)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => find(name, programs)).toThrow('batch file');
  });
});

describe('the environment of a child', () => {
  test('has ours without what opens our doors', () => {
    const env = {
      PATH: '/bin',
      MPN_BENEFITS_HOME: '/h',
      MPN_BENEFITS_VAULT_KEY: 'v',
      MPN_BENEFITS_TOKEN: 't',
      MPN_BENEFITS_DATABASE_URL: 'd',
      NOTHING: undefined,
    };
    expect(childEnvironment(env, 'linux')).toEqual({ PATH: '/bin', MPN_BENEFITS_HOME: '/h' });
  });
  test('has what is added, in the place of what was there', () => {
    expect(childEnvironment({ A: '1', a: '2' }, 'linux', { A: '3' })).toEqual({ A: '3', a: '2' });
    expect(childEnvironment({ Path: '1', Mpn_Benefits_Token: 't' }, 'win32', { PATH: '3' })).toEqual({
      PATH: '3',
    });
  });
});
