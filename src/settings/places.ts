import { join } from 'node:path';
import envPaths from 'env-paths';

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
}

/** @param home the value of `MPN_BENEFITS_HOME`: one folder in place of the platform's own. */
export function findPlaces(home: string | undefined): Places {
  if (home !== undefined && home !== '') {
    return {
      configFile: join(home, 'config.json'),
      profilesFolder: join(home, 'profiles'),
      stateFolder: join(home, 'state'),
      compiledFolder: join(home, 'compiled'),
    };
  }
  const platform = envPaths('mpn-benefits', { suffix: '' });
  return {
    configFile: join(platform.config, 'config.json'),
    profilesFolder: join(platform.data, 'profiles'),
    stateFolder: join(platform.data, 'state'),
    compiledFolder: join(platform.cache, 'compiled'),
  };
}
