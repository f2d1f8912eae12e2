import { expect, test } from 'vitest';
import { isSet, windowsVariable } from '../src/environment.ts';

test.each(['SystemDrive', 'SYSTEMDRIVE', 'systemdrive'])('a variable of Windows is found as %s', (name) => {
  expect(windowsVariable({ PATH: 'C:\\', [name]: 'D:' }, 'SystemDrive')).toBe('D:');
});

test('one that is not there is undefined', () => {
  expect(windowsVariable({ SystemRoot: 'C:\\Windows' }, 'SystemDrive')).toBeUndefined();
});

test.each([
  ['1', true],
  ['true', true],
  ['anything', true],
  ['0', false],
  ['False', false],
  ['', false],
  [undefined, false],
])('%j is set: %s', (value, set) => {
  expect(isSet(value)).toBe(set);
});
