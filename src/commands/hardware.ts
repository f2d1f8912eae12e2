import type { HardwareProfile } from '../activation/hardware.ts';
import { HARDWARE_SCHEMA } from '../activation/hardware.ts';
import type { Context } from '../context.ts';
import type { JsonObject, Result } from '../terminal/result.ts';
import { fileNamed, writeOwnFile } from './shared/out-file.ts';
import { thisHardware } from './shared/this-hardware.ts';

/** The hardware of this machine, as hashes that are enough to compare and useless to identify. */
export async function run(
  options: { readonly outFile?: string | undefined },
  context: Context,
): Promise<Result> {
  const value = toJson(await thisHardware(context));
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const { virtual, characteristics } = value;
  if (virtual === true) context.terminal.note('This is a virtual machine: no rule is published for those.');
  const known = Object.values(characteristics).filter((hashes) => hashes !== null).length;
  context.terminal.note(`${known} of ${Object.keys(characteristics).length} characteristics could be read.`);
  const file = fileNamed(options.outFile);
  if (file === undefined) return { kind: 'record', value, render: () => text };
  await writeOwnFile(file, text, context);
  return {
    kind: 'record',
    value,
    render: () => `Wrote ${file}. Use it with: mpn-benefits activate <product> --hardware ${file}`,
  };
}

type HardwareJson = JsonObject & { readonly characteristics: JsonObject };

function toJson({ machine, virtual, portable, characteristics }: HardwareProfile): HardwareJson {
  return { schema: HARDWARE_SCHEMA, machine, virtual, portable, characteristics: { ...characteristics } };
}
