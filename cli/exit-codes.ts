/**
 * What a command's end says to scripts; a process ended by a signal ends with 128 and the signal's number, as in a shell.
 */
export const exitCodes = {
  done: 0,
  /** The work failed, or what was looked at is not as it should be. */
  failed: 1,
  /** The command line cannot be understood: nothing was begun. */
  wrongUsage: 2,
} as const;
