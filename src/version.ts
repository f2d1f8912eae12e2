declare const __VERSION__: string;

/** Of this program, as `package.json` has it; the build puts it in. */
export const VERSION = __VERSION__;
