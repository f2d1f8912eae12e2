import { describe, expect, test } from 'vitest';
import { environmentKey } from '../../src/credentials/environment-key.ts';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';

const KEY = Buffer.alloc(32, 0xfb).toString('base64');

describe('MPN_BENEFITS_VAULT_KEY', () => {
  test.each([KEY, `${KEY}\n`, ` ${KEY} `])('is taken as %j', async (value) => {
    expect((await environmentKey(value).read('any'))?.reveal()).toBe(KEY);
  });

  test.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['31 bytes', Buffer.alloc(31, 1).toString('base64')],
    ['URL-safe', KEY.replaceAll('+', '-').replaceAll('/', '_')],
    ['a pass phrase', 'correct horse battery staple'],
  ])('that is %s is a usage error that does not repeat it', async (_, value) => {
    const error: unknown = await environmentKey(value)
      .read('any')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
    if (value.trim() !== '') expect(JSON.stringify([String(error), error])).not.toContain(value.trim());
  });

  test('is named, not shown, and never written', async () => {
    const source = environmentKey(KEY);
    expect(source.describe()).toContain('MPN_BENEFITS_VAULT_KEY');
    expect(source.describe()).not.toContain(KEY);
    await expect(source.store('any', new Secret(KEY))).rejects.toThrow(AppError);
  });
});
