import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromEventHardware,
  readHardwareProfile,
  toEventHardware,
} from '../../src/activation/hardware-file.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { AppError } from '../../src/errors.ts';
import { hardware } from './world.ts';

const GOOD = hardware('web01');
const read = (value: unknown) => readHardwareProfile(value, HARDWARE_TABLE);
const withCharacteristic = (name: string, value: unknown) => ({
  ...GOOD,
  characteristics: { ...GOOD.characteristics, [name]: value },
});

test('a good file is read as it is', () => {
  expect(read(JSON.parse(JSON.stringify(GOOD)))).toEqual(GOOD);
});

test('what is missing or empty is unknown; values are sorted, each once', () => {
  const profile = read({
    ...GOOD,
    characteristics: { ramRange: [], systemDisk: ['bbbbb', 'aaaaa', 'bbbbb'] },
  });
  expect(profile.characteristics).toMatchObject({
    ramRange: null,
    systemUuid: null,
    systemDisk: ['aaaaa', 'bbbbb'],
  });
});

describe('a bad file names its field', () => {
  test.each<[unknown, string]>([
    [null, 'the file'],
    [[], 'the file'],
    ['text', 'the file'],
    [{}, 'schema'],
    [{ ...GOOD, schema: 'mpn-benefits/hardware/2' }, 'schema'],
    [{ ...GOOD, machine: '' }, 'machine'],
    [{ ...GOOD, machine: '   ' }, 'machine'],
    [{ ...GOOD, machine: 7 }, 'machine'],
    [{ ...GOOD, machine: 'x'.repeat(256) }, 'machine'],
    [{ ...GOOD, machine: 'web\ud800' }, 'machine'],
    [{ ...GOOD, virtual: 'yes' }, 'virtual'],
    [{ ...GOOD, portable: null }, 'portable'],
    [{ ...GOOD, characteristics: null }, 'characteristics'],
    [{ ...GOOD, characteristics: [] }, 'characteristics'],
    [withCharacteristic('biosDate', ['aaaaa']), 'characteristics'],
    [withCharacteristic('ramRange', 'aaaaa'), 'characteristics.ramRange'],
    [withCharacteristic('ramRange', ['AAAAA']), 'characteristics.ramRange[0]'],
    [withCharacteristic('ramRange', ['aaaaa', 'aaaa']), 'characteristics.ramRange[1]'],
    [withCharacteristic('ramRange', ['aaaaa', 5]), 'characteristics.ramRange[1]'],
    [withCharacteristic('ramRange', Array(257).fill('aaaaa')), 'characteristics.ramRange'],
  ])('%j: %s', (value, field) => {
    expect(() => read(value)).toThrowError(
      expect.objectContaining({ code: 'INVALID_DATA', details: { field } }),
    );
  });

  test('whatever it is given, it answers or refuses in words', () => {
    const part = fc.oneof(fc.anything(), fc.constant(GOOD.characteristics));
    const shape = fc.record({
      schema: fc.constant(GOOD.schema),
      machine: part,
      virtual: part,
      characteristics: part,
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), shape), (value) => {
        try {
          read(value);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});

test('an event holds a profile without booleans and gives it back', () => {
  const laptop = hardware('lap', { opticalDrive: null }, { portable: true, virtual: false });
  expect(toEventHardware(laptop)).toMatchObject({ portable: 'yes', virtual: 'no' });
  expect(fromEventHardware('lap', toEventHardware(laptop))).toEqual(laptop);
  expect(fromEventHardware('lap', toEventHardware(null))).toBeNull();
});
