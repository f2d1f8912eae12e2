/** Ways to write a key for somebody other than a person (`key --format`). */
export const KEY_FORMATS = [
  'raw',
  'json',
  'env',
  'dotenv',
  'github',
  'azure-pipelines',
  'terraform',
] as const;
export type KeyFormat = (typeof KEY_FORMATS)[number];

/** Where a pipeline keeps the variable: for later steps of this job, or as an output of this step. */
export const KEY_TARGETS = ['env', 'output'] as const;
export type KeyTarget = (typeof KEY_TARGETS)[number];
