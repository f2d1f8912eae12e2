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
}

/** @param home the value of `MPN_BENEFITS_HOME`: one folder in place of the platform's own. */
export function findPlaces(home: string | undefined): Places {
  if (home !== undefined && home !== '') {
    return {
      configFile: join(home, 'config.json'),
      profilesFolder: join(home, 'profiles'),
      stateFolder: join(home, 'state'),
    };
  }
  const platform = envPaths('mpn-benefits', { suffix: '' });
  return {
    configFile: join(platform.config, 'config.json'),
    profilesFolder: join(platform.data, 'profiles'),
    stateFolder: join(platform.data, 'state'),
  };
}
