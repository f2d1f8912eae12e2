import { AppError } from '../../errors.ts';
import { CODE_FUNCTIONS } from '../../provisioning/activation/licensing-program.ts';
import type { PowerShell } from '../../provisioning/activation/powershell.ts';
import { parseJson } from '../../provisioning/activation/report.ts';

/** Reading the licence classes takes seconds. */
const TIMEOUT_MS = 45_000;

const BEGINS = '=== mpn-benefits look ===';
const ENDS = '=== end of mpn-benefits look ===';

/** The frame of every look: whatever its body leaves in `$found` is printed as JSON. Nothing is changed. */
export function lookScript(body: string): string {
  return `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$found = [ordered]@{ error = $null }
${CODE_FUNCTIONS}
function Get-Value($path, $name) {
  try { return Get-ItemPropertyValue -LiteralPath $path -Name $name } catch { return $null }
}

try {
${body}
} catch {
  $found['error'] = Get-ErrorCode $_
}
[Console]::Out.WriteLine('${BEGINS}')
[Console]::Out.WriteLine((ConvertTo-Json -InputObject $found -Compress -Depth 4))
[Console]::Out.WriteLine('${ENDS}')
`;
}

/** What a look found, by name. Values are as Windows gave them, so each is looked at before it is used. */
export class Found {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  text(name: string): string | null {
    const value = this.#values.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 500) : null;
  }

  number(name: string): number | null {
    const value = this.#values.get(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  }

  flag(name: string): boolean | null {
    const value = this.#values.get(name);
    return typeof value === 'boolean' ? value : null;
  }

  /** The items of a list; PowerShell makes one item of a list of one. */
  list(name: string): readonly Found[] {
    const value = this.#values.get(name);
    const items = Array.isArray(value) ? value : [value];
    return items.slice(0, 200).flatMap((item) => {
      const read = foundIn(item);
      return read === undefined ? [] : [read];
    });
  }

  /** The list as JSON, for those who read it as it is. */
  json(name: string): string {
    const value = this.#values.get(name) ?? [];
    return JSON.stringify(Array.isArray(value) ? value : [value]);
  }
}

function foundIn(value: unknown): Found | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Found(new Map(Object.entries(value)));
}

/**
 * Runs a look on this Windows.
 * @throws AppError UNAVAILABLE if PowerShell gives no answer that can be read, or the look itself failed.
 */
export async function look(powerShell: PowerShell, body: string): Promise<Found> {
  const { stdout, ended } = await powerShell.run(lookScript(body), '', TIMEOUT_MS);
  const inside = stdout.split(BEGINS)[1]?.split(ENDS)[0];
  const found = inside === undefined ? undefined : foundIn(parseJson(inside));
  if (found === undefined) throw new AppError('UNAVAILABLE', WHY[ended], { hint: HINT });
  const error = found.text('error');
  if (error !== null) throw new LookFailed(error);
  return found;
}

/** Windows refused a look; the code says why. */
export class LookFailed extends AppError {
  readonly windowsCode: string;

  constructor(code: string) {
    super('UNAVAILABLE', `Windows answers with ${code}.`, {
      hint: `Find out why: mpn-benefits troubleshoot ${code}`,
    });
    this.windowsCode = code;
  }
}

const HINT = 'Start Windows PowerShell by hand: what it says then is the reason.';

const WHY = {
  'not-started': 'PowerShell could not be started.',
  'timed-out': 'PowerShell gave no answer in time.',
  exited: 'The answer of PowerShell cannot be read.',
} as const;
