/** In the place of a home folder where there is none: nothing can be read or made below it. */
export const NO_HOME = '/dev/null';
