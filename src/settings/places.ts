import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';
import { AppError } from '../errors.ts';
import { NO_HOME } from './no-home.ts';

/** Where this program keeps its files. Nothing is created by knowing it. */
export interface Places {
  /** Settings and the list of remote profiles; never a secret. */
  readonly configFile: string;
  /** One folder for each profile. */
  readonly profilesFolder: string;
  /** Walkthroughs that can be resumed. */
  readonly stateFolder: string;
  /** What is compiled of the program itself. May be deleted at any time. */
  readonly compiledFolder: string;
  /** Empty pipes for the output of the next program that is run. May be deleted at any time. */
  readonly pipesFolder: string;
}

/**
 * @param home the value of `MPN_BENEFITS_HOME`: one folder in place of the platform's own.
 * @throws AppError STORAGE_UNAVAILABLE if the user has no home folder.
 */
export function findPlaces(home: string | undefined): Places {
  if (home !== undefined && home !== '') {
    return {
      configFile: join(home, 'config.json'),
      profilesFolder: join(home, 'profiles'),
      stateFolder: join(home, 'state'),
      compiledFolder: join(home, 'compiled'),
      pipesFolder: join(home, 'pipes'),
    };
  }
  const platform = envPaths('mpn-benefits', { suffix: '' });
  for (const folder of [platform.config, platform.data, platform.cache]) {
    if (!isAbsolute(folder) || folder.startsWith(`${NO_HOME}/`)) throw noHome();
  }
  return {
    configFile: join(platform.config, 'config.json'),
    profilesFolder: join(platform.data, 'profiles'),
    stateFolder: join(platform.data, 'state'),
    compiledFolder: join(platform.cache, 'compiled'),
    pipesFolder: join(platform.cache, 'pipes'),
  };
}

function noHome(): AppError {
  return new AppError('STORAGE_UNAVAILABLE', 'This user has no home folder to keep anything in.', {
    hint: 'Set MPN_BENEFITS_HOME to a folder of your own, or HOME to the home folder.',
  });
}
