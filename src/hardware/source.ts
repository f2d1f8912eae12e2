/**
 * The answers of `systeminformation` that a hardware profile needs. What it promises and what machines answer are
 * two things, so everything is unknown until it is looked at.
 */
export interface HardwareSource {
  system(): Promise<unknown>;
  baseboard(): Promise<unknown>;
  chassis(): Promise<unknown>;
  uuid(): Promise<unknown>;
  cpu(): Promise<unknown>;
  mem(): Promise<unknown>;
  diskLayout(): Promise<unknown>;
  blockDevices(): Promise<unknown>;
  networkInterfaces(): Promise<unknown>;
  graphics(): Promise<unknown>;
  battery(): Promise<unknown>;
}

export type Part = keyof HardwareSource;
export const PARTS: readonly Part[] = [
  'system',
  'baseboard',
  'chassis',
  'uuid',
  'cpu',
  'mem',
  'diskLayout',
  'blockDevices',
  'networkInterfaces',
  'graphics',
  'battery',
];

/** What was answered; a part that failed or took too long is missing. */
export type Answers = Readonly<Partial<Record<Part, unknown>>>;

/** The library itself, loaded when it is needed: it costs more than a whole listing. */
export async function systemInformation(): Promise<HardwareSource> {
  const { default: library } = await import('systeminformation');
  return library;
}

/**
 * Asks for all parts at once, each with its own time limit. A part that fails, hangs or throws is unknown and takes no
 * other with it.
 */
export async function askAll(source: HardwareSource, timeoutMs: number): Promise<Answers> {
  const answers = await Promise.all(
    PARTS.map(async (part) => [part, await ask(source, part, timeoutMs)] as const),
  );
  return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined));
}

async function ask(source: HardwareSource, part: Part, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  try {
    return await Promise.race([source[part](), limit]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
