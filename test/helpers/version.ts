/** For programs of tests that run the sources: what the build puts in the place of this name. To be imported first. */
Object.assign(globalThis, { __VERSION__: '0.0.0-test' });
