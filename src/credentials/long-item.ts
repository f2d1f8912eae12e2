import { Secret } from '../keys/secret.ts';
import type { Keychain } from './keychain.ts';

/** The Windows Credential Manager holds 2,560 bytes of UTF-16 in an item; tokens of large organisations are longer. */
const PART_LENGTH = 1_200;

const PART = /^([0-9a-f-]{36}):(\d{1,3}):(.*)$/s;

const account = (name: string, number: number): string => (number === 0 ? name : `${name}#${number}`);

/** Another process may be writing: its parts are all there a moment later. */
const READINGS = 10;
const PAUSE = 50;

/** A secret of any length, in as many items as it needs. `writeId` tells the parts of two writings apart. */
export async function storeLong(
  keychain: Keychain,
  name: string,
  secret: Secret,
  writeId: string,
): Promise<void> {
  const text = secret.reveal();
  const count = Math.max(1, Math.ceil(text.length / PART_LENGTH));
  // The first part comes last: until then whoever reads sees the writing before, or that one is going on.
  for (let number = count - 1; number >= 0; number -= 1) {
    const part = text.slice(number * PART_LENGTH, (number + 1) * PART_LENGTH);
    await keychain.store(account(name, number), new Secret(`${writeId}:${count}:${part}`));
  }
}

/** Null if there is none. Undefined if its parts do not belong together, also after waiting. */
export async function readLong(keychain: Keychain, name: string): Promise<Secret | null | undefined> {
  for (let reading = 0; reading < READINGS; reading += 1) {
    const found = await readOnce(keychain, name);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return undefined;
}

async function readOnce(keychain: Keychain, name: string): Promise<Secret | null | undefined> {
  const first = await keychain.read(name);
  if (first === null) return null;
  const [, id, count = '', head = ''] = PART.exec(first.reveal()) ?? [];
  if (id === undefined) return undefined;
  let text = head;
  for (let number = 1; number < Number(count); number += 1) {
    const part = await keychain.read(account(name, number));
    const [, partId, , rest] = PART.exec(part?.reveal() ?? '') ?? [];
    if (partId !== id || rest === undefined) return undefined;
    text += rest;
  }
  return new Secret(text);
}

/** Removes all parts; false if there was none. */
export async function removeLong(keychain: Keychain, name: string): Promise<boolean> {
  const there = await keychain.remove(name);
  for (let number = 1; await keychain.remove(account(name, number)); number += 1);
  return there;
}
