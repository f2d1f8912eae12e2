import * as z from 'zod/mini';
import { formatCode, parseCode } from '../../troubleshooting/codes.ts';

/** `look` is the first reading of the status, `status` every later one. */
const STEPS = ['elevation', 'look', 'install', 'activate', 'status', 'done'] as const;
type Step = (typeof STEPS)[number];

/** What a machine says when it is done; the same for a run of ours and for a script that was carried elsewhere. */
export interface LicenceReport {
  /** The step it was at; `done` if none failed. */
  readonly step: Step;
  readonly elevated: boolean;
  readonly last5: string;
  /** How many licences of this application have a key with these last characters. */
  readonly rows: number;
  /** SoftwareLicensingProduct.LicenseStatus, 0 to 6; null if it could not be read or it is unclear of which row. */
  readonly licenseStatus: number | null;
  /** SoftwareLicensingProduct.LicenseStatusReason as a code; null like the status. */
  readonly licenseStatusReason: string | null;
  /** Code of the step that failed. */
  readonly error: string | null;
  /** True once Activate was called, whatever came of it. */
  readonly activated: boolean;
}

const code = z.nullable(z.string().check(z.regex(/^0x[0-9a-fA-F]{8}$/)));

/** What the PowerShell writes. Fields only ever get more. */
export const REPORT_FIELDS = {
  v: z.literal(1),
  step: z.enum(STEPS),
  elevated: z.boolean(),
  last5: z.string().check(z.maxLength(5)),
  rows: z.number().check(z.nonnegative()),
  licenseStatus: z.nullable(z.number().check(z.gte(0), z.lte(6))),
  licenseStatusReason: code,
  error: code,
  activated: z.boolean(),
};
const REPORT = z.object(REPORT_FIELDS);

/** The report without what a reader does not need, its codes in the one form that all codes have here. */
export function tidyReport(read: z.infer<typeof REPORT>): LicenceReport {
  const { v: _, licenseStatusReason, error, ...rest } = read;
  return { ...rest, licenseStatusReason: tidyCode(licenseStatusReason), error: tidyCode(error) };
}

function tidyCode(text: string | null): string | null {
  return text === null ? null : (parseCode(text) ?? formatCode(Number(text)));
}

/** Lines around the report, which tell it from whatever else a machine prints. */
export const REPORT_BEGINS = '=== mpn-benefits report ===';
export const REPORT_ENDS = '=== end of mpn-benefits report ===';

/** The report in what PowerShell printed; undefined unless there is exactly one and all of it can be read. */
export function readReport(stdout: string): LicenceReport | undefined {
  const [, inside, ...others] = stdout.split(REPORT_BEGINS);
  if (inside === undefined || others.length > 0) return undefined;
  const end = inside.indexOf(REPORT_ENDS);
  if (end === -1) return undefined;
  const parsed = REPORT.safeParse(parseJson(inside.slice(0, end)));
  return parsed.success ? tidyReport(parsed.data) : undefined;
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
