import { type Environment, isSet } from '../../environment.ts';
import type { KeyFormat } from './formats.ts';

export type CiSystem = 'github' | 'azure-pipelines' | 'gitlab' | 'jenkins' | 'other';

export interface Ci {
  readonly system: CiSystem;
  /** Who asks, for the access log: names and numbers that find the job again, never a token. Null if unknown. */
  readonly job: string | null;
}

interface KnownCi {
  readonly system: CiSystem;
  /** Set by the system to say that it is there. */
  readonly sign: string;
  /** Label and variable. Variables that hold addresses are left out: some carry a token in them. */
  readonly job: readonly (readonly [label: string, variable: string])[];
}

const KNOWN: readonly KnownCi[] = [
  {
    system: 'github',
    sign: 'GITHUB_ACTIONS',
    job: [
      ['repository', 'GITHUB_REPOSITORY'],
      ['run', 'GITHUB_RUN_ID'],
      ['attempt', 'GITHUB_RUN_ATTEMPT'],
      ['job', 'GITHUB_JOB'],
    ],
  },
  {
    system: 'azure-pipelines',
    sign: 'TF_BUILD',
    job: [
      ['project', 'SYSTEM_TEAMPROJECT'],
      ['repository', 'BUILD_REPOSITORY_NAME'],
      ['build', 'BUILD_BUILDID'],
      ['job', 'SYSTEM_JOBID'],
    ],
  },
  {
    system: 'gitlab',
    sign: 'GITLAB_CI',
    job: [
      ['project', 'CI_PROJECT_PATH'],
      ['pipeline', 'CI_PIPELINE_ID'],
      ['job', 'CI_JOB_ID'],
    ],
  },
  {
    system: 'jenkins',
    sign: 'JENKINS_URL',
    job: [
      ['job', 'JOB_NAME'],
      ['build', 'BUILD_NUMBER'],
    ],
  },
  { system: 'other', sign: 'CI', job: [] },
];

/** The longest part of a job's name that the access log keeps. */
const LONGEST = 200;

/** Which pipeline this is, by the variables that pipelines set; null outside of one. */
export function detectCi(env: Environment): Ci | null {
  const known = KNOWN.find(({ sign }) => isSet(env[sign]));
  if (known === undefined) return null;
  const parts = known.job.flatMap(([label, variable]) => {
    const value = env[variable];
    return value ? [`${label}=${plain(value)}`] : [];
  });
  return { system: known.system, job: parts.length === 0 ? null : `${known.system} ${parts.join(' ')}` };
}

/** Blanks and control characters would let a name forge a part of its own. */
function plain(value: string): string {
  return value.slice(0, LONGEST).replace(/[^\x21-\x7E]/g, '_');
}

/** Systems whose log is kept and shown to others, and how to hide a key in it. */
const MASKING: Readonly<Record<string, string>> = {
  github: 'use --format github, which hides it first',
  'azure-pipelines': 'use --format azure-pipelines, which hides it first',
  gitlab: 'give it to a program with `mpn-benefits run`, which hides it in the output',
};

/**
 * True if a key in this format would stand readable in a pipeline's log, should stdout be the log. Whether it is one
 * cannot be seen from inside; a terminal is none, and Terraform reads its answer itself.
 */
export function needsMaskWarning(format: KeyFormat, ci: Ci | null, isTerminal: boolean): boolean {
  if (ci === null || isTerminal || MASKING[ci.system] === undefined) return false;
  return format !== ci.system && format !== 'terraform';
}

/** The warning itself. */
export function maskWarning(ci: Ci): string {
  const advice = MASKING[ci.system] ?? 'make sure that it is hidden';
  return `The key is not hidden in the log of this job. If it is printed there, ${advice}.`;
}
