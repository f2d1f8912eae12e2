import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { KEY_FORMATS, type KeyFormat, type KeyTarget } from '../../../src/provisioning/pipeline/formats.ts';
import { checkVariable } from '../../../src/provisioning/pipeline/variable-name.ts';

const check =
  (format: KeyFormat, name: string, to: KeyTarget = 'env') =>
  () =>
    checkVariable(format, name, to);

test('every format takes the default name', () => {
  for (const format of KEY_FORMATS) {
    expect(check(format, 'PRODUCT_KEY')).not.toThrow();
    expect(check(format, 'PRODUCT_KEY', 'output')).not.toThrow();
  }
});

test.each<[format: KeyFormat, to: KeyTarget, name: string]>([
  ['env', 'env', '_a9'],
  ['dotenv', 'env', '9a'],
  ['dotenv', 'env', 'A'.repeat(255)],
  ['github', 'output', 'product-key'],
  ['azure-pipelines', 'env', 'Licence.Key'],
  ['raw', 'env', 'no variable, so no rule'],
])('%s, %s takes %s', (format, to, name) => {
  expect(check(format, name, to)).not.toThrow();
});

const INJECTIONS = ['', ' ', 'a b', 'a=b', 'a\nb', 'a;b', 'a]b', 'a<<b', "a'b", '$(a)', 'ä', 'a\0'];

test.each<[format: KeyFormat, to: KeyTarget, names: readonly string[]]>([
  ['env', 'env', [...INJECTIONS, '9a', 'a-b', 'a.b']],
  ['dotenv', 'env', [...INJECTIONS, 'a-b', 'A'.repeat(256)]],
  [
    'github',
    'env',
    [...INJECTIONS, 'a-b', 'GITHUB_TOKEN', 'github_env', 'RUNNER_TEMP', 'NODE_OPTIONS', 'PATH', 'ld_preload'],
  ],
  ['github', 'output', [...INJECTIONS, '-a']],
  [
    'azure-pipelines',
    'env',
    [...INJECTIONS, '.a', 'secretKey', 'Path', 'INPUT_X', 'endpoint', 'secureFile.x'],
  ],
  ['azure-pipelines', 'output', [...INJECTIONS, 'secretKey']],
])('%s, %s refuses names that it could not hold', (format, to, names) => {
  for (const name of names) {
    expect(check(format, name, to), JSON.stringify(name)).toThrow(AppError);
    expect(check(format, name, to)).toThrow(/--name/);
  }
});
