import { describe, expect, test } from 'vitest';
import { detectCi, maskWarning, needsMaskWarning } from '../../../src/provisioning/pipeline/ci.ts';
import { KEY_FORMATS } from '../../../src/provisioning/pipeline/formats.ts';

/** What the systems set, tokens and addresses included. */
const GITHUB = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'contoso/images',
  GITHUB_RUN_ID: '123',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_JOB: 'build',
  GITHUB_TOKEN: 'SECRET',
  ACTIONS_RUNTIME_TOKEN: 'SECRET',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'SECRET',
};
const AZURE = {
  TF_BUILD: 'True',
  SYSTEM_TEAMPROJECT: 'Images of Contoso',
  BUILD_REPOSITORY_NAME: 'images',
  BUILD_BUILDID: '77',
  SYSTEM_JOBID: 'a-b',
  SYSTEM_ACCESSTOKEN: 'SECRET',
  BUILD_REPOSITORY_URI: 'https://SECRET@dev.azure.com/contoso',
};
const GITLAB = {
  CI: 'true',
  GITLAB_CI: 'true',
  CI_PROJECT_PATH: 'contoso/images',
  CI_PIPELINE_ID: '5',
  CI_JOB_ID: '6',
  CI_JOB_TOKEN: 'SECRET',
  CI_REPOSITORY_URL: 'https://gitlab-ci-token:SECRET@gitlab.example/contoso/images.git',
};
const JENKINS = { JENKINS_URL: 'https://user:SECRET@ci.example', JOB_NAME: 'images', BUILD_NUMBER: '8' };

describe('which pipeline this is, for the access log', () => {
  test.each([
    [{}, null],
    [{ CI: 'false' }, null],
    [{ CI: '' }, null],
    [{ CI: '1' }, { system: 'other', job: null }],
    [GITHUB, { system: 'github', job: 'github repository=contoso/images run=123 attempt=2 job=build' }],
    [
      AZURE,
      {
        system: 'azure-pipelines',
        job: 'azure-pipelines project=Images_of_Contoso repository=images build=77 job=a-b',
      },
    ],
    [GITLAB, { system: 'gitlab', job: 'gitlab project=contoso/images pipeline=5 job=6' }],
    [JENKINS, { system: 'jenkins', job: 'jenkins job=images build=8' }],
    [{ GITHUB_ACTIONS: 'true' }, { system: 'github', job: null }],
  ])('%# %j', (env, expected) => {
    expect(detectCi(env)).toEqual(expected);
    expect(JSON.stringify(detectCi(env))).not.toContain('SECRET');
  });
  test('a name cannot forge another part, or fill the log', () => {
    const env = { GITHUB_ACTIONS: '1', GITHUB_JOB: `a run=9\nb\u202E${'c'.repeat(9_999)}` };
    expect(detectCi(env)?.job).toMatch(/^github job=a_run=9_b_c+$/);
    expect(detectCi(env)?.job?.length).toBeLessThan(250);
  });
});

describe('a warning for a key that would stand in the log', () => {
  const warned = (env: Record<string, string>, isTerminal = false) =>
    KEY_FORMATS.filter((format) => needsMaskWarning(format, detectCi(env), isTerminal));

  test.each([
    ['GitHub', GITHUB, ['raw', 'json', 'env', 'dotenv', 'azure-pipelines']],
    ['Azure Pipelines', AZURE, ['raw', 'json', 'env', 'dotenv', 'github']],
    ['GitLab', GITLAB, ['raw', 'json', 'env', 'dotenv', 'github', 'azure-pipelines']],
    ['an unknown system', { CI: '1' }, []],
    ['no pipeline', {}, []],
  ])('%s', (_, env, formats) => {
    expect(warned(env)).toEqual(formats);
    expect(warned(env, true)).toEqual([]);
  });
  test('names the way that hides it', () => {
    const text = (env: Record<string, string>) =>
      maskWarning(detectCi(env) ?? { system: 'other', job: null });
    expect(text(GITHUB)).toContain('--format github');
    expect(text(AZURE)).toContain('--format azure-pipelines');
    expect(text(GITLAB)).toContain('mpn-benefits run');
  });
});
