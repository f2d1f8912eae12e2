import { describe, expect, test } from 'vitest';
import { parseAssignments, planVariables } from '../../../src/provisioning/child/assignments.ts';
import { checkVariable } from '../../../src/provisioning/pipeline/variable-name.ts';

const usage = expect.objectContaining({ code: 'USAGE' });

describe('VAR=<product>', () => {
  test.each([
    ['A=office-2019', { variable: 'A', product: 'office-2019' }],
    ['_a1=Office Professional 2019', { variable: '_a1', product: 'Office Professional 2019' }],
    ['A= a=b ', { variable: 'A', product: 'a=b' }],
  ])('%s', (text, expected) => {
    expect(parseAssignments('--env', [text])).toEqual([expected]);
  });
  test.each([
    '',
    'A',
    '=',
    'A=',
    'A= ',
    '=office',
    '1A=office',
    'A-B=office',
    'A B=office',
    ' A=office',
    'É=office',
  ])('%j: exit 2', (text) => {
    expect(() => parseAssignments('--file', [text])).toThrow(usage);
    expect(() => parseAssignments('--file', [text])).toThrow('--file wants VAR=<product>');
  });
});

/** The same names as in a pipeline: a key in one of them would steer programs, or stand in the place of our own. */
describe.each(['PATH', 'Path', 'BASH_ENV', 'LD_PRELOAD', 'NODE_OPTIONS', 'MPN_BENEFITS_VAULT_KEY'])(
  '%s has a meaning of its own and gets no key',
  (name) => {
    test.each(['--env', '--file'] as const)('by %s', (option) => {
      expect(() => parseAssignments(option, [`${name}=office`])).toThrow(usage);
      expect(() => parseAssignments(option, [`${name}=office`])).toThrow(`${option} ${name} has a meaning`);
    });
    test('by a pipeline', () => {
      expect(() => checkVariable('github', name, 'env')).toThrow(usage);
      expect(() => checkVariable('env', name, 'env')).toThrow(usage);
    });
    test('by a file, which may give it another value', () => {
      const plan = (value: string) =>
        planVariables({ env: ['A=a'], envFiles: [{ file: 'a', text: `${name}=${value}` }] });
      expect(() => plan('mpn-benefits://office')).toThrow(`a, line 1: ${name} has a meaning`);
      expect(plan('value').plain).toEqual({ [name]: 'value' });
    });
  },
);

describe('options and files together', () => {
  const envFiles = [
    { file: 'a', text: 'A=mpn-benefits://a\nB=plain\nC=mpn-benefits://c\n' },
    { file: 'b', text: 'C=now plain\nD=mpn-benefits://d\n' },
  ];
  test('a later file beats an earlier one, an option beats both', () => {
    expect(planVariables({ env: ['B=b'], file: ['D=d2'], envFiles })).toEqual({
      keys: [
        { variable: 'A', product: 'a', way: 'env' },
        { variable: 'D', product: 'd2', way: 'file' },
        { variable: 'B', product: 'b', way: 'env' },
      ],
      plain: { C: 'now plain' },
    });
  });
  test('one variable cannot have two products', () => {
    expect(() => planVariables({ env: ['A=a', 'A=b'] })).toThrow(usage);
    expect(() => planVariables({ env: ['A=a'], file: ['A=a'] })).toThrow('A is given twice');
  });
  test('somebody has to get a key', () => {
    expect(() => planVariables({})).toThrow(usage);
    expect(() => planVariables({ envFiles: [{ file: 'a', text: 'A=1' }] })).toThrow(
      'No variable gets a product key',
    );
  });
  test('a name of an object is a name like any other', () => {
    const { keys, plain } = planVariables({
      env: ['constructor=a'],
      envFiles: [{ file: 'a', text: '__proto__=1\ntoString=2' }],
    });
    expect(keys).toHaveLength(1);
    expect(Object.entries(plain)).toEqual([
      ['__proto__', '1'],
      ['toString', '2'],
    ]);
  });
});
