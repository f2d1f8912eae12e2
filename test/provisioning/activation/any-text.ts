import fc from 'fast-check';

/** Texts of any characters, lone surrogates and controls too; the ones of the world's keyboards more often. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0x17f }));
  return fc.array(unit, { maxLength }).map((units) => String.fromCharCode(...units));
}
